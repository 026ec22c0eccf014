import type { FromCells, StreamName } from "../channel.js";

/** One piece of output, from whichever of the three channels it came. */
export type Piece =
  | { readonly from: "messages"; readonly message: FromCells }
  | { readonly from: StreamName; readonly text: string };

type Channel = Piece["from"];
/** A barrier; in the channel of messages with what it says about the text that follows it on the streams. */
interface Barrier {
  readonly barrier: number;
  readonly piece?: Piece;
}
type Waiting = Piece | Barrier;

const channels: readonly Channel[] = ["stdout", "stderr", "messages"];

/**
 * Brings three channels back into one order. JavaScript's output comes as messages, in order; what native code and
 * child processes write comes by stdout and stderr. Nothing tells how these interleave, except barriers, which are
 * written to all three: what stands before a barrier in any channel is let through before what stands after it.
 */
export class OrderedOutput {
  private readonly queues: Record<Channel, Waiting[]> = { stdout: [], stderr: [], messages: [] };
  private readonly partial: Record<StreamName, string> = { stdout: "", stderr: "" };
  private readonly mark: RegExp;

  /**
   * @param token of the barriers' marks, which no program can guess
   * @param emit takes the pieces in order
   */
  constructor(
    private readonly token: string,
    private readonly emit: (piece: Piece) => void,
  ) {
    this.mark = new RegExp(`\0${token}:(\\d+);`);
  }

  message(message: FromCells): void {
    if (message.type === "barrier") {
      for (const name of ["stdout", "stderr"] as const) {
        if (message.closed.includes(name === "stdout" ? 1 : 2))
          this.queues[name].push({ barrier: message.number });
      }
    }
    const piece = { from: "messages", message } as const;
    this.queues.messages.push(message.type === "barrier" ? { barrier: message.number, piece } : piece);
    this.pump();
  }

  /** Text as it arrived on one of the streams, cut anywhere. */
  text(name: StreamName, chunk: string): void {
    let rest = this.partial[name] + chunk;
    for (let found = this.mark.exec(rest); found; found = this.mark.exec(rest)) {
      this.pushText(name, rest.slice(0, found.index));
      this.queues[name].push({ barrier: Number(found[1]) });
      rest = rest.slice(found.index + found[0].length);
    }
    const kept = this.beginsMark(rest);
    this.pushText(name, rest.slice(0, rest.length - kept));
    this.partial[name] = kept > 0 ? rest.slice(-kept) : "";
    this.pump();
  }

  /** Lets everything through that still waits; no more will come. */
  end(): void {
    for (const name of ["stdout", "stderr"] as const) {
      this.pushText(name, this.partial[name]);
      this.partial[name] = "";
    }
    for (const channel of channels) {
      for (const waiting of this.queues[channel].splice(0)) {
        const piece = "barrier" in waiting ? waiting.piece : waiting;
        if (piece) this.emit(piece);
      }
    }
  }

  private pushText(name: StreamName, text: string): void {
    if (text) this.queues[name].push({ from: name, text });
  }

  /** Length of the text's end that may be the beginning of a mark. */
  private beginsMark(text: string): number {
    const at = text.lastIndexOf("\0");
    if (at < 0) return 0;
    const tail = text.slice(at);
    const head = `\0${this.token}:`;
    return head.startsWith(tail) || (tail.startsWith(head) && /^\d*$/.test(tail.slice(head.length)))
      ? tail.length
      : 0;
  }

  private pump(): void {
    for (;;) {
      for (const channel of channels) {
        const queue = this.queues[channel];
        let ready = queue.findIndex((piece) => "barrier" in piece);
        if (ready < 0) ready = queue.length;
        for (const piece of queue.splice(0, ready)) if (!("barrier" in piece)) this.emit(piece);
      }
      if (channels.some((channel) => this.queues[channel].length === 0)) return;
      for (const channel of channels) {
        const passed = this.queues[channel].shift();
        if (passed && "barrier" in passed && passed.piece) this.emit(passed.piece);
      }
    }
  }
}
