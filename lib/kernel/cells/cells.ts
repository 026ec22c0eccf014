import { StringDecoder } from "node:string_decoder";
import { format } from "node:util";
import { Conversion } from "../language/conversion.js";
import { createExecutor, type Executor } from "../language/tslab.js";
import type { StreamName } from "../protocol/outbox.js";
import { type Failure, failureOfDiagnostics, failureOfThrown } from "./failure.js";

/** What became of a cell. */
export interface CellResult {
  readonly status: "ok" | "error";
  readonly executionCount: number;
  readonly failure?: Failure;
}

/**
 * Runs cells one after the other in this process on tslab's executor, and notices failures that tslab would only
 * print: thrown values, the compiler's complaints, and rejections that nobody awaits.
 */
export class Cells {
  readonly executor: Executor;
  private readonly conversion = new Conversion({ cellNumber: () => this.count });
  private count = 0;
  private running = false;
  private failure: Failure | undefined;
  private complaints: string[] = [];
  private controller = new AbortController();

  constructor(folder: string) {
    const print = { log: console.log, error: (...values: unknown[]) => this.noteFailure(values) };
    this.executor = createExecutor(folder, this.conversion.converters(), print);
    // For long work in lib: aborted by an interrupt of the cell that runs now.
    Object.defineProperty(globalThis, Symbol.for("weightbook.signal"), { get: () => this.controller.signal });
  }

  /** How many cells were run so far. */
  get executed(): number {
    return this.count;
  }

  async run(code: string): Promise<CellResult> {
    this.failure = undefined;
    this.complaints = [];
    this.controller = new AbortController();
    this.running = true;
    const executionCount = ++this.count;
    try {
      const finished = await this.executor.execute(code);
      // One turn of the event loop, so that a rejection nobody awaited is reported as this cell's.
      await new Promise((resolve) => setImmediate(resolve));
      const failure =
        this.failure ??
        (this.complaints.length > 0 ? failureOfDiagnostics(this.complaints, code) : undefined);
      if (finished && !failure) return { status: "ok", executionCount };
      return { status: "error", executionCount, failure: failure ?? failureOfThrown("the cell failed") };
    } catch (thrown) {
      return { status: "error", executionCount, failure: this.describe(thrown) };
    } finally {
      this.running = false;
    }
  }

  /** Stops waiting for the running cell and tells long work in lib to stop. */
  interrupt(): void {
    this.controller.abort();
    this.executor.interrupt();
  }

  /** An error outside the flow of a cell: it fails the cell that runs, or else is printed. */
  noteStray(thrown: unknown): void {
    if (this.running) this.failure ??= this.describe(thrown);
    else console.error(thrown);
  }

  close(): void {
    this.executor.close();
  }

  private describe(thrown: unknown): Failure {
    return failureOfThrown(thrown, this.conversion.positions);
  }

  /** tslab reports through `console.error`: a format string with places for diagnostics, else what was thrown. */
  private noteFailure(values: unknown[]): void {
    if (values.length > 1 && typeof values[0] === "string") this.complaints.push(format(...values));
    else this.failure ??= this.describe(values[0]);
  }
}

type Write = typeof process.stdout.write;

/** A replacement for a process stream's `write` that hands text on (UTF-8 may be cut between chunks). */
export function textWriter(name: StreamName, write: (name: StreamName, text: string) => void): Write {
  const decoder = new StringDecoder("utf8");
  return ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  }) as Write;
}
