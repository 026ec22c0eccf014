import { StringDecoder } from "node:string_decoder";
import { format } from "node:util";
import { type Failure, failureOfDiagnostics, failureOfThrown } from "./failure.js";
import { printsLastValue } from "./last-value.js";
import type { StreamName } from "./outbox.js";
import { CellPositions } from "./positions.js";
import { LonghandSource } from "./shorthand.js";
import { createConverter, createExecutor, type Executor } from "./tslab.js";

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
  private readonly converter = createConverter();
  private readonly positions = new CellPositions();
  private count = 0;
  private running = false;
  private failure: Failure | undefined;
  private complaints: string[] = [];
  private controller = new AbortController();

  constructor(folder: string) {
    const print = { log: console.log, error: (...values: unknown[]) => this.noteFailure(values) };
    this.executor = createExecutor(folder, this.converters(), print);
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
        this.failure ?? (this.complaints.length > 0 ? failureOfDiagnostics(this.complaints) : undefined);
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

  /** tslab's converter, with what it overlooks mended and the JavaScript of each cell named after it. */
  private converters(): Parameters<typeof createExecutor>[1] {
    const convert: typeof this.converter.convert = (declarations, source) => {
      const longhand = new LonghandSource(source);
      const result = this.converter.convert(declarations, longhand.text);
      for (const { start, fileName } of result.diagnostics) {
        if (!fileName) start.character = longhand.originalColumn(start.line, start.character);
      }
      if (!result.output) return result;
      const output = this.positions.record(this.count, longhand.text, result.output);
      const lastExpressionVar = printsLastValue(source) ? result.lastExpressionVar : undefined;
      return { ...result, output, lastExpressionVar };
    };
    const node = { ...this.converter, convert };
    return { node, browser: node, close: () => this.converter.close() };
  }

  private describe(thrown: unknown): Failure {
    const failure = failureOfThrown(thrown);
    const traceback = failure.traceback
      .map((line) => this.positions.translate(line))
      // The function that tslab wraps around a cell has no line of its own.
      .filter((line) => !/^\s+at cell\[\d+\]$/.test(line));
    return { ...failure, traceback };
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
