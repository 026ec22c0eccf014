import { randomUUID } from "node:crypto";
import { Publisher, Reply, Router } from "zeromq";
import { type Cells, textWriter } from "../cells/cells.js";
import type { Failure } from "../cells/failure.js";
import { answer } from "../language/introspection.js";
import { kernelInfo } from "./kernel-info.js";
import { Outbox, StreamBuffer } from "./outbox.js";
import { type ConnectionInfo, decode, encode, type Message, reply, routingPrefix } from "./wire.js";

/** Data by MIME type, as Jupyter displays it. */
export type MimeBundle = Record<string, unknown>;

export interface DisplayOptions {
  readonly metadata?: Record<string, unknown>;
  /** Names the output, so that a later call with `update` replaces it. */
  readonly displayId?: string;
  readonly update?: boolean;
}

/** A request with the socket it came by and the prefix that leads back to its sender. */
interface Incoming {
  readonly message: Message;
  readonly outbox: Outbox;
  readonly prefix: readonly Buffer[];
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Requests that came within this time (ms) of a failed cell are aborted with it ("run all" stops at an error). */
const abortWindowMs = 100;

/**
 * Serves the Jupyter protocol 5.3 over zeromq for cells that run in this process. Everything on one socket is sent in
 * order and nothing is dropped; a cell's `idle` is the last message that its outputs can precede.
 */
export class KernelServer {
  private readonly session = randomUUID();
  // No high-water marks: a slow reader must not lose output.
  private readonly iopubSocket = new Publisher({ sendHighWaterMark: 0 });
  private readonly shellSocket = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  private readonly controlSocket = new Router({ sendHighWaterMark: 0 });
  private readonly stdinSocket = new Router();
  private readonly heartbeatSocket = new Reply();
  private readonly iopub = new Outbox(this.iopubSocket);
  private readonly shell = new Outbox(this.shellSocket);
  private readonly control = new Outbox(this.controlSocket);
  private readonly streams = new StreamBuffer((name, text) => this.publish("stream", { name, text }));
  private parent: Message | undefined;
  private cellQueue: Promise<void> = Promise.resolve();
  private abortUntil = 0;
  private onClosed: () => void = () => undefined;

  constructor(
    private readonly cells: Cells,
    private readonly connection: ConnectionInfo,
  ) {}

  /** Binds the five sockets and starts to answer; the promise resolves when a shutdown request was answered. */
  async serve(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.onClosed = resolve;
    });
    const address = (port: number) => `${this.connection.transport}://${this.connection.ip}:${port}`;
    await this.iopubSocket.bind(address(this.connection.iopub_port));
    await this.shellSocket.bind(address(this.connection.shell_port));
    await this.controlSocket.bind(address(this.connection.control_port));
    await this.stdinSocket.bind(address(this.connection.stdin_port));
    await this.heartbeatSocket.bind(address(this.connection.hb_port));
    process.stdout.write = textWriter("stdout", (name, text) => this.streams.write(name, text));
    process.stderr.write = textWriter("stderr", (name, text) => this.streams.write(name, text));
    const hook = (bundle: MimeBundle, options?: DisplayOptions) => this.display(bundle, options);
    Object.defineProperty(globalThis, Symbol.for("weightbook.display"), { value: hook });
    this.beat();
    this.listen(this.shellSocket, this.shell);
    this.listen(this.controlSocket, this.control);
    await closed;
  }

  private async listen(socket: Router, outbox: Outbox): Promise<void> {
    for await (const frames of socket) {
      const message = decode(frames, this.connection.key);
      if (message) this.receive({ message, outbox, prefix: routingPrefix(frames), receivedAt: Date.now() });
    }
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeatSocket) await this.heartbeatSocket.send(frames);
  }

  /** Cells wait for each other; every other request is answered between them. */
  private receive(incoming: Incoming): void {
    if (incoming.message.header.msg_type === "execute_request") {
      this.cellQueue = this.cellQueue.then(() => this.execute(incoming));
      return;
    }
    const { message } = incoming;
    this.send(this.iopub, [], reply("status", message, this.session, { execution_state: "busy" }));
    const closing = this.respond(incoming);
    this.send(this.iopub, [], reply("status", message, this.session, { execution_state: "idle" }));
    if (closing) this.close();
  }

  /** Answers a request that is not a cell; true when it asked for the end. */
  private respond({ message, outbox, prefix }: Incoming): boolean {
    const type = message.header.msg_type;
    const content = (() => {
      if (type === "kernel_info_request") return kernelInfo;
      if (type === "shutdown_request") return { status: "ok", restart: message.content.restart === true };
      if (type === "interrupt_request") {
        this.cells.interrupt();
        return { status: "ok" };
      }
      if (type === "comm_info_request") return { status: "ok", comms: {} };
      if (type === "history_request") return { status: "ok", history: [] };
      return answer(this.cells.executor, type, message.content);
    })();
    if (content)
      this.send(outbox, prefix, reply(type.replace(/_request$/, "_reply"), message, this.session, content));
    return type === "shutdown_request";
  }

  private async execute({ message, outbox, prefix, receivedAt }: Incoming): Promise<void> {
    this.streams.flush();
    this.parent = message;
    this.publish("status", { execution_state: "busy" });
    const content = receivedAt < this.abortUntil ? { status: "aborted" } : await this.runCell(message);
    this.streams.flush();
    this.send(outbox, prefix, reply("execute_reply", message, this.session, content));
    this.publish("status", { execution_state: "idle" });
    await this.iopub.flushed();
  }

  private async runCell(message: Message): Promise<Record<string, unknown>> {
    const { code, silent, stop_on_error } = message.content;
    if (!silent) this.publish("execute_input", { code, execution_count: this.cells.executed + 1 });
    const { status, executionCount, failure } = await this.cells.run(String(code));
    if (!failure) return { status, execution_count: executionCount, user_expressions: {}, payload: [] };
    this.streams.flush();
    this.publish("error", { ...failure });
    if (stop_on_error !== false) this.abortUntil = Date.now() + abortWindowMs;
    return { status, execution_count: executionCount, ...(failure satisfies Failure) };
  }

  private display(bundle: MimeBundle, options: DisplayOptions = {}): void {
    this.streams.flush();
    const transient = options.displayId === undefined ? {} : { display_id: options.displayId };
    const content = { data: bundle, metadata: options.metadata ?? {}, transient };
    this.publish(options.update ? "update_display_data" : "display_data", content);
  }

  /** Sends to everyone who listens, as a consequence of the cell that ran last. */
  private publish(type: string, content: Record<string, unknown>): void {
    this.send(this.iopub, [], reply(type, this.parent, this.session, content));
  }

  private send(outbox: Outbox, prefix: readonly Buffer[], message: Message): void {
    outbox.send([...prefix, ...encode(message, this.connection.key)]);
  }

  private async close(): Promise<void> {
    this.streams.flush();
    await Promise.all([this.iopub.flushed(), this.shell.flushed(), this.control.flushed()]);
    const sockets = [
      this.iopubSocket,
      this.shellSocket,
      this.controlSocket,
      this.stdinSocket,
      this.heartbeatSocket,
    ];
    for (const socket of sockets) socket.close();
    this.cells.close();
    this.onClosed();
  }
}
