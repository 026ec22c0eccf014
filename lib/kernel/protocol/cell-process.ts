import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  type CellRequest,
  type CommMessage,
  descriptors,
  type FromCells,
  type Outcome,
  type ToCells,
} from "../channel.js";
import { OrderedOutput, type Piece } from "./ordered-output.js";

const program = fileURLToPath(new URL("../cells/main.js", import.meta.url));

/** Node would end the process when an interrupt has terminated a callback halfway (see cells/termination.ts). */
const options = ["--no-force-async-hooks-checks"];

/** How long (ms) the process has to leave before it is killed. */
const leaveLimitMs = 500;
/** How long (ms) what a dead process has written is waited for. */
const lastWordsLimitMs = 500;

/** The process that runs the cells, as the front sees it. */
export class CellProcess {
  /** Resolves with a sentence once the process is gone. */
  readonly gone: Promise<string>;
  /** Resolves when cells can be run. */
  readonly ready: Promise<void>;
  private readonly child: ChildProcess;
  private readonly output: OrderedOutput;
  private readonly outcomes = new Map<number, (outcome: Outcome) => void>();
  private readonly answers = new Map<number, (content: Readonly<Record<string, unknown>>) => void>();
  private questions = 0;
  private onReady: () => void = () => undefined;
  /** What the engine printed when it died. */
  private lastWords = "";

  private readonly token = randomBytes(16).toString("hex");

  /** @param onPiece takes everything that cells print and display, in order */
  constructor(private readonly onPiece: (piece: Piece) => void) {
    const { token } = this;
    this.output = new OrderedOutput(token, (piece) => this.take(piece));
    this.child = spawn(process.execPath, [...process.execArgv, ...options, program], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "ipc"],
    });
    this.gone = new Promise((resolve) => {
      this.child.once("error", (error) => resolve(`its process could not be started (${error.message})`));
      this.child.once("exit", (code, signal) => {
        const end = () => {
          clearTimeout(timer);
          this.output.end();
          resolve(this.causeOfDeath(code, signal));
        };
        // Its last words are read first; a process that it started may keep the streams open.
        (this.child.stdio[descriptors.interrupts] as Writable).destroy();
        const timer = setTimeout(end, lastWordsLimitMs);
        this.child.once("close", end);
      });
    });
    this.ready = new Promise((resolve) => {
      this.onReady = resolve;
    });
    this.listen();
    this.tell({ type: "start", token });
  }

  /** Runs a cell; the promise stays open when the process dies meanwhile. */
  run(request: CellRequest): Promise<Outcome> {
    this.tell({ type: "execute", ...request });
    return new Promise((resolve) => this.outcomes.set(request.cell, resolve));
  }

  /** Asks the compiler about code, e.g. for completions. */
  ask(about: string, content: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const question = ++this.questions;
    this.tell({ type: "ask", question, about, content });
    return new Promise((resolve) => this.answers.set(question, resolve));
  }

  /** Passes on what a front end says to a widget's cell. */
  tellComm(message: CommMessage): void {
    this.tell({ type: "comm", message });
  }

  /**
   * Stops what the cells are doing, be it waiting or computing.
   * @param cell that is meant; 0 for what earlier cells have left behind
   */
  interrupt(cell: number): void {
    (this.child.stdio[descriptors.interrupts] as Writable).write(`${cell}\n`);
  }

  /** Ends the process: it is asked, then killed. */
  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), leaveLimitMs);
    await this.gone;
    clearTimeout(timer);
  }

  private listen(): void {
    const { stdout, stderr, stdio } = this.child;
    const interrupts = stdio[descriptors.interrupts] as Writable;
    // A process that is gone has nothing left to interrupt.
    interrupts.on("error", () => undefined);
    for (const [name, stream] of [
      ["stdout", stdout],
      ["stderr", stderr],
    ] as const) {
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => this.output.text(name, this.withoutLastWords(name, chunk)));
    }
    let partial = "";
    const messages = stdio[descriptors.messages] as Readable;
    messages.setEncoding("utf8");
    messages.on("data", (chunk: string) => {
      const lines = chunk.split("\n");
      lines[0] = partial + lines[0];
      partial = lines.pop() ?? "";
      for (const line of lines) {
        const message = parse(line);
        if (message) this.output.message(message);
      }
    });
  }

  private take(piece: Piece): void {
    const message = piece.from === "messages" ? piece.message : undefined;
    if (message?.type === "done") {
      this.outcomes.get(message.cell)?.(message.outcome);
      this.outcomes.delete(message.cell);
    } else if (message?.type === "answer") {
      this.answers.get(message.question)?.(message.content);
      this.answers.delete(message.question);
    } else if (message?.type === "ready") this.onReady();
    else this.onPiece(piece);
  }

  private tell(message: ToCells): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /**
   * V8 dumps its state before it gives up; the front tells what happened in a sentence instead. What a barrier follows
   * were the last words of another process, such as a child.
   */
  private withoutLastWords(name: "stdout" | "stderr", chunk: string): string {
    if (name === "stdout") return chunk;
    const text = this.lastWords + chunk;
    const alive = Math.max(0, text.lastIndexOf(`\0${this.token}:`));
    const found = text.slice(alive).search(/\n?<--- Last few GCs --->|#\n# Fatal|FATAL ERROR: /);
    const at = found < 0 ? text.length : alive + found;
    this.lastWords = text.slice(at);
    return text.slice(0, at);
  }

  private causeOfDeath(code: number | null, signal: string | null): string {
    const fatal = /FATAL ERROR: (.*)|# (Fatal .*)/.exec(this.lastWords);
    if (/heap|memory/i.test(this.lastWords)) return "out of memory";
    if (fatal) return `its engine gave up (${fatal[1] ?? fatal[2]})`;
    return signal ? `its process was ended by ${signal}` : `its process ended with exit code ${code}`;
  }
}

function parse(line: string): FromCells | undefined {
  if (!line) return undefined;
  try {
    return JSON.parse(line) as FromCells;
  } catch {
    // Cut short by an interrupt in the middle of writing.
    return undefined;
  }
}
