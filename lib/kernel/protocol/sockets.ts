import { Publisher, Router } from "zeromq";
import { Outbox } from "./outbox.js";
import { type ConnectionInfo, decode, encode, type Message, routingPrefix } from "./wire.js";

/** A request with the way back to its sender. */
export interface Incoming {
  readonly message: Message;
  readonly answer: (message: Message) => void;
}

type OnRequest = (incoming: Incoming) => Promise<void>;

/** How long (ms) zeromq may take to hand over what was sent when the sockets are closed. */
const lingerMs = 1000;

/**
 * The five sockets of a Jupyter kernel. Everything on one socket is sent in order and nothing is dropped; the
 * heartbeat is answered here. Frames that are no message, or whose signature is wrong, are ignored.
 */
export class Sockets {
  // No high-water marks: a slow reader must not lose output.
  private readonly iopubSocket = new Publisher({ sendHighWaterMark: 0, linger: lingerMs });
  private readonly shell = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: lingerMs });
  private readonly control = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: lingerMs });
  private readonly stdin = new Router();
  // A router, which gives back whatever comes. A reply socket drops what has no envelope, and its reader then fails.
  private readonly heartbeat = new Router({ linger: 0 });
  private readonly iopub = new Outbox(this.iopubSocket);
  private readonly outboxes: Outbox[] = [this.iopub];

  constructor(private readonly connection: ConnectionInfo) {}

  /**
   * Binds the sockets and hands every request that comes to `onRequest`.
   * @param ready until then requests on the shell socket wait; on the control socket they never do
   */
  async open(onRequest: OnRequest, ready: Promise<void>): Promise<void> {
    const { transport, ip, ...ports } = this.connection;
    const address = (port: number) =>
      transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
    const bound = [
      [this.iopubSocket, ports.iopub_port],
      [this.shell, ports.shell_port],
      [this.control, ports.control_port],
      [this.stdin, ports.stdin_port],
      [this.heartbeat, ports.hb_port],
    ] as const;
    for (const [socket, port] of bound) {
      await socket.bind(address(port)).catch((error: Error) => {
        throw new Error(`the kernel cannot listen at ${address(port)}: ${error.message}`);
      });
    }
    this.beat();
    ready.then(() => this.listen(this.shell, onRequest));
    this.listen(this.control, onRequest);
    // Nobody is asked for input, so what comes here answers nothing; read, so that it does not pile up.
    this.listen(this.stdin, async () => undefined);
  }

  /** Sends to everyone who listens. */
  publish(message: Message): void {
    this.iopub.send(encode(message, this.connection.key));
  }

  /** Closes the sockets once everything is sent. */
  async close(): Promise<void> {
    await Promise.all(this.outboxes.map((outbox) => outbox.flushed()));
    for (const socket of [this.iopubSocket, this.shell, this.control, this.stdin, this.heartbeat])
      socket.close();
  }

  private async listen(socket: Router, onRequest: OnRequest): Promise<void> {
    const outbox = new Outbox(socket);
    this.outboxes.push(outbox);
    for await (const frames of socket) {
      const message = decode(frames, this.connection.key);
      if (!message) continue;
      const prefix = routingPrefix(frames);
      const answer = (reply: Message) => outbox.send([...prefix, ...encode(reply, this.connection.key)]);
      // One request that goes wrong must not end the kernel for all others.
      onRequest({ message, answer }).catch((error: unknown) => console.error("a request failed:", error));
    }
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }
}
