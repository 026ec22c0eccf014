import type { Failure, FromCells, Outcome } from "../channel.js";
import type { CellProcess } from "./cell-process.js";
import type { Comms } from "./comms.js";
import { History } from "./history.js";
import type { Piece } from "./ordered-output.js";
import type { Incoming } from "./sockets.js";
import { StreamBuffer } from "./stream-buffer.js";
import { type Message, reply } from "./wire.js";

type Content = Readonly<Record<string, unknown>>;

/** How messages leave. */
interface Publishing {
  readonly session: string;
  readonly publish: (type: string, parent: Message | undefined, content: Content) => void;
}

/** A request to run a cell, with what its outputs need for as long as they may come. */
interface Cell {
  /** The request without its code, as parent of what follows from it. */
  readonly parent: Message;
  /** Nothing but the reply is wanted. */
  readonly silent: boolean;
}

/**
 * Runs cells one after the other and publishes what they print and show under the request that started them, also
 * when it comes after their end.
 */
export class Execution {
  readonly history = new History();
  private readonly streams: StreamBuffer;
  private readonly cells = new Map<number, Cell>();
  private queue: Incoming[] = [];
  private running: { incoming: Incoming; cell: number; count: number } | undefined;
  /** To whose output belongs what is written past JavaScript. */
  private rawCell = 0;
  private serial = 0;
  private count = 0;
  private causeOfDeath: string | undefined;

  constructor(
    private readonly process: CellProcess,
    private readonly comms: Comms,
    private readonly out: Publishing,
    private readonly memoryAdvice: string,
  ) {
    this.streams = new StreamBuffer((cell, name, text) => this.publishFor(cell, "stream", { name, text }));
  }

  /** Number of the request that runs, 0 for none. */
  get runningCell(): number {
    return this.running?.cell ?? 0;
  }

  /** Queues an execute_request. */
  add(incoming: Incoming): void {
    this.queue.push(incoming);
    if (!this.running) this.next();
  }

  /** One piece of output of the cells' process. */
  take(piece: Piece): void {
    // What native code and child processes write belongs to the cell that runs, or that ran last.
    if (piece.from !== "messages") this.streams.write(this.rawCell, piece.from, piece.text);
    else this.takeMessage(piece.message);
  }

  /** Publishes what is still buffered. */
  close(): void {
    this.streams.flush();
  }

  /** Fails the running cell because the process behind it is gone, and every one that waits. */
  die(cause: string): void {
    this.causeOfDeath = cause;
    const { running } = this;
    const failure = this.failureOfDeath(cause);
    if (running) this.finish(running.incoming, running.cell, running.count, { status: "error", failure });
    else {
      this.streams.write(this.rawCell, "stderr", `${failure.evalue}\n`);
      this.streams.flush();
    }
    for (const waiting of this.queue.splice(0)) this.giveUp(waiting);
  }

  private takeMessage(message: FromCells): void {
    const { streams } = this;
    if (message.type === "text") streams.write(message.cell, message.name, message.text);
    else if (message.type === "display") this.display(message);
    else if (message.type === "comm-target") this.comms.register(message.target);
    else if (message.type === "comm") {
      streams.flush();
      const { type, content } = this.comms.publish(message.message);
      this.publishFor(message.cell, type, content);
    } else if (message.type === "barrier") this.rawCell = message.cell;
    else if (message.type === "clear") {
      streams.flush();
      this.publishFor(message.cell, "clear_output", { wait: message.wait });
    }
  }

  private display({ cell, data, options }: Extract<FromCells, { type: "display" }>): void {
    this.streams.flush();
    const transient = options.displayId === undefined ? {} : { display_id: options.displayId };
    const content = { data, metadata: options.metadata ?? {}, transient };
    this.publishFor(cell, options.update ? "update_display_data" : "display_data", content);
  }

  private next(): void {
    const incoming = this.queue.shift();
    if (!incoming || this.causeOfDeath !== undefined) return;
    const { content } = incoming.message;
    const silent = content.silent === true;
    const isStored = !silent && content.store_history !== false;
    const code = typeof content.code === "string" ? content.code : "";
    const cell = ++this.serial;
    if (isStored) this.count++;
    const count = isStored ? this.count : this.count + 1;
    this.cells.set(cell, { parent: { ...incoming.message, content: {} }, silent });
    this.running = { incoming, cell, count };
    this.rawCell = cell;
    this.out.publish("status", incoming.message, { execution_state: "busy" });
    this.publishFor(cell, "execute_input", { code, execution_count: count });
    if (isStored) this.history.add(count, code);
    this.process
      .run({ cell, count, code, expressions: expressionsOf(content.user_expressions) })
      .then((outcome) => this.finish(incoming, cell, count, outcome));
  }

  private finish(incoming: Incoming, cell: number, count: number, outcome: Outcome): void {
    this.streams.flush();
    if (outcome.status === "error") this.publishFor(cell, "error", { ...outcome.failure });
    else if (outcome.result) this.showResult(cell, count, outcome.result);
    // Requests that were waiting when a cell failed are given up: "run all" stops at an error.
    const stops = outcome.status === "error" && incoming.message.content.stop_on_error !== false;
    const givenUp = stops ? this.queue.splice(0) : [];
    const content =
      outcome.status === "error"
        ? { status: "error", ...outcome.failure }
        : { status: "ok", user_expressions: outcome.expressions };
    this.answer(incoming, { ...content, execution_count: this.count, payload: [] });
    for (const waiting of givenUp) this.giveUp(waiting);
    this.running = undefined;
    this.next();
  }

  private showResult(cell: number, count: number, data: Readonly<Record<string, unknown>>): void {
    this.publishFor(cell, "execute_result", { data, metadata: {}, execution_count: count });
    const text = data["text/plain"];
    if (typeof text === "string") this.history.noteOutput(count, text);
  }

  private giveUp(incoming: Incoming): void {
    this.out.publish("status", incoming.message, { execution_state: "busy" });
    this.answer(incoming, { status: "aborted", execution_count: this.count });
  }

  /** Sends the reply to an execute_request, and the `idle` that ends it. */
  private answer({ message, answer }: Incoming, content: Content): void {
    answer(reply("execute_reply", message, this.out.session, { ...content }));
    this.out.publish("status", message, { execution_state: "idle" });
  }

  private publishFor(cell: number, type: string, content: Content): void {
    const known = this.cells.get(cell);
    if (!known?.silent) this.out.publish(type, known?.parent, content);
  }

  private failureOfDeath(cause: string): Failure {
    const isMemory = cause === "out of memory";
    const ename = isMemory ? "OutOfMemory" : "KernelDied";
    const evalue = isMemory
      ? `the kernel ran out of memory and ends, with all its variables; ${this.memoryAdvice}`
      : `the kernel ends, with all its variables: ${cause}`;
    return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
  }
}

function expressionsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, code]) => [name, String(code)]));
}
