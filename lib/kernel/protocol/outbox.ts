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
