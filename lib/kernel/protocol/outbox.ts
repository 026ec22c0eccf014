/** The part of a zeromq socket that sends. */
export interface Sender {
  send(frames: (string | Buffer)[]): Promise<void>;
}

/**
 * Sends on a socket one message after the other. A zeromq socket takes a single pending send and rejects the others,
 * so a caller that does not wait (tslab's own server does not) loses messages.
 */
export class Outbox {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Sender) {}

  /** Queues a message; never rejects, since a closed socket has nobody left to tell. */
  send(frames: (string | Buffer)[]): void {
    this.last = this.last.then(() => this.socket.send(frames)).catch(() => undefined);
  }

  /** Resolves when everything queued so far is on its way. */
  flushed(): Promise<void> {
    return this.last;
  }
}

export type StreamName = "stdout" | "stderr";

/** How long (ms) output may wait to be joined with what follows it. */
const flushAfterMs = 15;
/** Output beyond this many characters is sent without waiting. */
const flushAboveCharacters = 32_768;

/** Joins writes to stdout and stderr into few messages, and keeps the order in which they were written. */
export class StreamBuffer {
  private name: StreamName = "stdout";
  private parts: string[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (name: StreamName, text: string) => void) {}

  write(name: StreamName, text: string): void {
    if (name !== this.name) this.flush();
    this.name = name;
    this.parts.push(text);
    this.length += text.length;
    if (this.length > flushAboveCharacters) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushAfterMs);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.length === 0) return;
    const text = this.parts.join("");
    this.parts = [];
    this.length = 0;
    this.publish(this.name, text);
  }
}
