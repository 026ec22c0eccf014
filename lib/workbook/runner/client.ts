import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Subscriber } from "zeromq";
import { CellError } from "../../core/errors.js";
import { type ConnectionInfo, decode, encode, type Message, request } from "../../kernel/protocol/wire.js";

const launcher = fileURLToPath(new URL("../../kernel/launch.js", import.meta.url));

/** How often (ms) a starting kernel is asked whether it is there, and how long at most. */
const askEveryMs = 100;
const startLimitMs = 60_000;
/** How long (ms) a kernel has to leave after it was asked to, before it is killed. */
const leaveLimitMs = 1000;

export interface KernelOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with every message that the kernel publishes. */
  readonly onPublished: (message: Message) => void;
}

/** A kernel process of our own and the sockets to talk to it. */
export class KernelClient {
  /** Resolves with a sentence once the process is gone, whatever the reason. */
  readonly gone: Promise<string>;
  private readonly session = randomUUID();
  private readonly shell = new Dealer({ linger: 0 });
  private readonly control = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
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
    this.gone = new Promise((resolve) => {
      child.once("error", (error) => resolve(`the kernel could not be started (${error.message})`));
      child.once("exit", (code, signal) => {
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
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
    const connection: ConnectionInfo = {
      transport: "tcp",
      ip: "127.0.0.1",
      ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
      key: randomUUID(),
      signature_scheme: "hmac-sha256",
      kernel_name: "weightbook",
    };
    const folder = mkdtempSync(join(tmpdir(), "weightbook-kernel-"));
    const file = join(folder, "connection.json");
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
    const child = spawn(process.execPath, [launcher, "--connection-file", file], {
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
    const message = request("execute_request", this.session, {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false,
    });
    onSent(message.header.msg_id);
    const idle = new Promise<void>((resolve) => this.idleOf.set(message.header.msg_id, resolve));
    const [reply] = await Promise.all([this.ask(message), idle]);
    return reply;
  }

  /** Interrupts what the kernel is doing. */
  interrupt(): void {
    this.tell(request("interrupt_request", this.session, {}));
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Ends the kernel: asks it to leave, then kills it. Safe to call twice. */
  async shutdown(): Promise<void> {
    if (this.leaving) return;
    this.leaving = true;
    this.tell(request("shutdown_request", this.session, { restart: false }));
    const timer = setTimeout(() => this.kill(), leaveLimitMs);
    await this.gone;
    clearTimeout(timer);
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
    const ready = new Promise<void>((resolve) => {
      const ask = () => {
        const message = request("kernel_info_request", this.session, {});
        this.idleOf.set(message.header.msg_id, () => {
          clearInterval(timer);
          resolve();
        });
        this.ask(message);
      };
      const timer = setInterval(ask, askEveryMs);
      this.gone.then(() => clearInterval(timer));
    });
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      limit = setTimeout(resolve, startLimitMs, `the kernel did not answer within ${startLimitMs / 1000} s`);
    });
    const trouble = await Promise.race([ready.then(() => undefined), this.gone, late]);
    clearTimeout(limit);
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

/** Ports of this machine that nobody listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
