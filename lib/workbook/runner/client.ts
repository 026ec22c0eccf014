import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import { CellError } from "../../core/errors.js";
import { type ConnectionInfo, decode, encode, type Message, request } from "../../kernel/protocol/wire.js";
import { freeConnection, ownProgram, type Program } from "./program.js";

/** A starting kernel is asked again so long (ms) after an answer, and after none for so long. */
const askAgainMs = 10;
const answerLimitMs = 500;
/** How long (ms) a kernel may take to start. */
const startLimitMs = 60_000;
/** How often (ms) a socket tries to reach a kernel that does not listen yet; zeromq's own 100 would blur a start. */
const reconnectInterval = 10;
/** How long (ms) a kernel has to leave after it was asked to, before it is killed. */
const leaveLimitMs = 1000;

export interface KernelOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What to start; default this project's kernel. */
  readonly program?: Program;
  /** Called with every message that the kernel publishes. */
  readonly onPublished: (message: Message) => void;
}

/** A kernel process of our own and the sockets to talk to it. */
export class KernelClient {
  /** Resolves with a sentence once the process is gone, whatever the reason. */
  readonly gone: Promise<string>;
  private readonly session = randomUUID();
  private readonly shell = new Dealer({ linger: 0, reconnectInterval });
  private readonly control = new Dealer({ linger: 0, reconnectInterval });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0, reconnectInterval });
  private readonly waiting = new Map<string, (reply: Message) => void>();
  private shellQueue: Promise<void> = Promise.resolve();
  private controlQueue: Promise<void> = Promise.resolve();
  private leaving = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly connection: ConnectionInfo,
    private readonly folder: string,
    private readonly onPublished: (message: Message) => void,
  ) {
    let words = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2000);
    });
    child.stdout?.resume();
    process.once("exit", this.killNow);
    this.gone = new Promise((resolve) => {
      child.once("error", (error) => resolve(`the kernel could not be started (${error.message})`));
      child.once("exit", (code, signal) => {
        process.off("exit", this.killNow);
        const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
        resolve(`the kernel ${how}${words.trim() ? `: ${words.trim()}` : ""}`);
      });
    });
  }

  /**
   * Starts a kernel and waits until it listens.
   * @throws CellError "kernel/start" when it does not come up; what it wrote to stderr is in the message
   */
  static async start(options: KernelOptions): Promise<KernelClient> {
    const connection = await freeConnection();
    const folder = mkdtempSync(join(tmpdir(), "weightbook-kernel-"));
    const file = join(folder, "connection.json");
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
    const { command, args } = options.program ?? ownProgram;
    const child = spawn(command, [...args(file)], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env, JPY_PARENT_PID: String(process.pid) },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: Ctrl-C at the terminal is ours to pass on.
      detached: process.platform !== "win32",
    });
    const client = new KernelClient(child, connection, folder, options.onPublished);
    await client.connect();
    return client;
  }

  /** Runs code; resolves with the reply once the cell's `idle` arrived too. */
  async execute(code: string, onSent: (id: string) => void): Promise<Message> {
    const message = this.cell(code);
    onSent(message.header.msg_id);
    const idle = new Promise<void>((resolve) => this.idleOf.set(message.header.msg_id, resolve));
    const [reply] = await Promise.all([this.ask(message), idle]);
    return reply;
  }

  /** Runs code; resolves with the reply alone, for kernels that now and then lose an `idle` or an output. */
  executeUntilReply(code: string): Promise<Message> {
    return this.ask(this.cell(code));
  }

  private cell(code: string): Message {
    return request("execute_request", this.session, {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false,
    });
  }

  /** Interrupts what the kernel is doing. */
  interrupt(): void {
    this.tell(request("interrupt_request", this.session, {}));
  }

  kill(): void {
    this.killNow();
  }

  /** Also when this process exits, whatever the reason: a kernel that does not watch its parent would stay. */
  private readonly killNow = (): void => {
    try {
      // With the processes that it has started: the group is its own.
      if (this.child.pid !== undefined) process.kill(-this.child.pid, "SIGKILL");
    } catch {
      this.child.kill("SIGKILL");
    }
  };

  /** Ends the kernel: asks it to leave, then kills it. Safe to call twice. */
  async shutdown(): Promise<void> {
    if (this.leaving) return;
    this.leaving = true;
    this.tell(request("shutdown_request", this.session, { restart: false }));
    const left = await Promise.race([this.gone, setTimeout(leaveLimitMs)]);
    if (left === undefined) this.kill();
    await this.gone;
    for (const socket of [this.shell, this.control, this.iopub]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private readonly idleOf = new Map<string, () => void>();

  private async connect(): Promise<void> {
    const address = (port: number) => `tcp://127.0.0.1:${port}`;
    this.shell.connect(address(this.connection.shell_port));
    this.control.connect(address(this.connection.control_port));
    this.iopub.connect(address(this.connection.iopub_port));
    this.iopub.subscribe();
    this.listen(this.shell, (message) => this.waiting.get(message.parent_header.msg_id ?? "")?.(message));
    this.listen(this.control, () => undefined);
    this.listen(this.iopub, (message) => this.published(message));
    // The subscription is known to stand once the idle of some kernel_info arrives.
    let asking = true;
    const ready = new Promise<void>((resolve) => {
      const ask = async (): Promise<void> => {
        if (!asking) return;
        const message = request("kernel_info_request", this.session, {});
        this.idleOf.set(message.header.msg_id, resolve);
        await Promise.race([this.ask(message), setTimeout(answerLimitMs)]);
        setTimeout(askAgainMs).then(ask);
      };
      ask();
    });
    const lateness = `the kernel did not answer within ${startLimitMs / 1000} s`;
    const late = setTimeout(startLimitMs, lateness, { ref: false });
    const trouble = await Promise.race([ready.then(() => undefined), this.gone, late]);
    asking = false;
    if (trouble === undefined) return;
    await this.shutdown();
    throw new CellError("kernel/start", trouble);
  }

  /** Sends on the control socket, which the kernel reads whatever it is doing. */
  private tell(message: Message): void {
    this.controlQueue = this.controlQueue
      .then(() => this.control.send(encode(message, this.connection.key)))
      .catch(() => undefined);
  }

  /** Sends on the shell socket, one after the other, and waits for the reply. */
  private ask(message: Message): Promise<Message> {
    const id = message.header.msg_id;
    const answered = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    const frames = encode(message, this.connection.key);
    this.shellQueue = this.shellQueue.then(() => this.shell.send(frames)).catch(() => undefined);
    return answered.finally(() => this.waiting.delete(id));
  }

  private published(message: Message): void {
    this.onPublished(message);
    const id = message.parent_header.msg_id ?? "";
    if (message.header.msg_type !== "status" || message.content.execution_state !== "idle") return;
    this.idleOf.get(id)?.();
    this.idleOf.delete(id);
  }

  private async listen(socket: Dealer | Subscriber, handle: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const message = decode(frames, this.connection.key);
      if (message) handle(message);
    }
  }
}
