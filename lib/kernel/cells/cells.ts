import { format } from "node:util";
import { isInterruptedError } from "../../core/errors.js";
import type { CellRequest, ExpressionResult, Failure, Outcome } from "../channel.js";
import { Conversion } from "../language/conversion.js";
import { makeStacksReadable } from "../language/stacks.js";
import { createExecutor, type Executor } from "../language/tslab.js";
import { failureOfDiagnostics, failureOfThrown } from "./failure.js";
import { cellContext, RunningCell } from "./running-cell.js";
import { CellSignal } from "./signal.js";

/** Ours, since cells may replace the global ones, as the fake timers of tests do. */
const { setImmediate, setTimeout } = globalThis;

/** What cells need of the process around them. */
export interface Surroundings {
  /** Runs the compiler, which an interrupt must not terminate halfway. */
  guard<T>(work: () => T): T;
  /** True when an interrupt of this cell has come that was not handled yet. */
  isInterrupted(cell: number): boolean;
  /** Told which cell runs, 0 for none. */
  noteRunning(cell: number): void;
  /** Waits for the last output of processes that the cells started. */
  settle(): Promise<void>;
  /** How a value is shown. */
  show(value: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Prints to stderr of a cell that has ended. */
  complain(cell: RunningCell | undefined, text: string): void;
}

/** How long (ms) an interrupted cell has to end by itself, with what it has to say, before it is left behind. */
const graceMs = 200;

const interruption: Failure = {
  ename: "Interrupted",
  evalue: "the cell was interrupted",
  traceback: ["Interrupted: the cell was interrupted"],
};

/** Runs cells one after the other in this process, and finds out how each of them ended. */
export class Cells {
  readonly executor: Executor;
  private readonly conversion: Conversion;
  private readonly signal = new CellSignal();
  private running: RunningCell | undefined;
  private latest: RunningCell | undefined;

  constructor(
    folder: string,
    private readonly around: Surroundings,
  ) {
    this.conversion = new Conversion({
      cellNumber: () => this.running?.request.count ?? 0,
      beforeRun: () => this.stopBeforeCode(),
    });
    makeStacksReadable(this.conversion.positions);
    const converters = this.conversion.converters();
    const { convert } = converters.node;
    converters.node.convert = (...given) => around.guard(() => convert(...given));
    this.executor = createExecutor(folder, converters, {
      // The executor prints two things only: the last value, and what went wrong.
      log: (value: unknown) => this.noteValue(value),
      error: (...values: unknown[]) => this.noteTrouble(values),
    });
  }

  /** The cell that runs, or else that ran last. */
  get current(): RunningCell | undefined {
    return this.running ?? this.latest;
  }

  async run(request: CellRequest): Promise<Outcome> {
    const cell = new RunningCell(request);
    this.running = cell;
    this.latest = cell;
    this.signal.renew();
    this.around.noteRunning(request.cell);
    // On a stack of its own: an interrupt may terminate all that is on it.
    setImmediate(() => cellContext.run(cell, () => this.carryOut(cell)));
    const outcome = await cell.outcome;
    await this.around.settle();
    this.running = undefined;
    this.around.noteRunning(0);
    return outcome;
  }

  /**
   * Tells long work to stop, and leaves the running cell behind if it does not end.
   * @param number of the cell that is meant; 0 for what earlier cells have left behind
   * @param wasTerminated the cell's code was stopped by force and will not end by itself
   */
  interrupt(number: number, wasTerminated: boolean): void {
    const cell = this.running;
    // The cell that was meant has ended, and the one that runs now was not meant.
    if (cell && cell.request.cell !== number) return;
    this.signal.abort();
    if (!cell) return;
    const leave = () => {
      if (!cell.hasEnded) this.abandon(cell, interruption);
    };
    if (wasTerminated) leave();
    else setTimeout(leave, graceMs);
  }

  /** An error outside the flow of a cell: it fails the cell that caused it, or is printed if that has ended. */
  noteStray(thrown: unknown): void {
    // Work that an interrupt has stopped, in a cell that did not wait for it.
    if (isInterruptedError(thrown)) return;
    const cell = cellContext.getStore() ?? this.cellNamedIn(thrown) ?? this.current;
    const failure = this.describe(thrown);
    if (cell && !cell.hasEnded) {
      this.abandon(cell, failure);
      return;
    }
    const origin = cell ? `thrown by cell[${cell.request.count}] after its end: ` : "";
    this.around.complain(cell, `${origin}${failure.traceback.join("\n")}\n`);
  }

  /** Ends a cell while the executor still waits for it. */
  private abandon(cell: RunningCell, failure: Failure): void {
    cell.end({ status: "error", failure });
    if (cell === this.running) this.executor.interrupt();
  }

  private async carryOut(cell: RunningCell): Promise<void> {
    try {
      await this.execute(cell, cell.request.code);
      // One turn of the event loop, so that a rejection nobody awaited is reported as this cell's.
      await new Promise((resolve) => setImmediate(resolve));
      if (cell.hasEnded) return;
      const failure = this.failureOf(cell);
      if (failure) {
        cell.end({ status: "error", failure: this.endsByInterrupt(cell) ? interruption : failure });
        return;
      }
      const result = cell.value && (await this.around.show(cell.value.of));
      const expressions: Record<string, ExpressionResult> = {};
      for (const [name, code] of Object.entries(cell.request.expressions)) {
        expressions[name] = await this.evaluate({ ...cell.request, code });
      }
      cell.end({ status: "ok", ...(result ? { result } : {}), expressions });
    } catch (thrown) {
      cell.end({ status: "error", failure: this.describe(thrown) });
    }
  }

  private async execute(cell: RunningCell, code: string): Promise<void> {
    const done = this.executor.execute(code);
    const name = this.conversion.valueName;
    const isFine = await done;
    // The executor shows no null, and keeps it.
    if (name && this.executor.locals[name] === null) cell.value = { of: null };
    if (name) delete this.executor.locals[name];
    if (!isFine && !cell.thrown && cell.complaints.length === 0) {
      cell.thrown = { value: new Error("the cell failed, and its executor does not say why") };
    }
  }

  /** Evaluates an expression in the notebook's scope, as a cell that leaves no trace. */
  private async evaluate(request: CellRequest): Promise<ExpressionResult> {
    const cell = new RunningCell(request);
    return cellContext.run(cell, async () => {
      await this.execute(cell, `(${request.code}\n)`);
      const failure = this.failureOf(cell);
      if (failure) return { status: "error", ...failure };
      const data = cell.value ? await this.around.show(cell.value.of) : { "text/plain": "undefined" };
      return { status: "ok", data, metadata: {} };
    });
  }

  private failureOf(cell: RunningCell): Failure | undefined {
    if (cell.thrown) return this.describe(cell.thrown.value);
    return cell.complaints.length > 0 ? failureOfDiagnostics(cell.complaints, cell.request.code) : undefined;
  }

  /** Whatever fails under an interrupt, also in a process that was waited for, it is the interrupt that ended the cell. */
  private endsByInterrupt(cell: RunningCell): boolean {
    const signal = (cell.thrown?.value as { signal?: unknown } | undefined)?.signal;
    return this.around.isInterrupted(cell.request.cell) || signal === "SIGINT";
  }

  private describe(thrown: unknown): Failure {
    return failureOfThrown(thrown, this.conversion.positions);
  }

  /** Called when a cell is compiled and before its code runs. */
  private stopBeforeCode(): void {
    const cell = cellContext.getStore();
    if (cell?.hasEnded || (cell && this.around.isInterrupted(cell.request.cell))) {
      throw new Error("Interrupted asynchronously");
    }
  }

  /** Where the context is lost (a microtask's error in some versions of Node), the stack names the cell. */
  private cellNamedIn(thrown: unknown): RunningCell | undefined {
    const found = thrown instanceof Error ? /cell\[(\d+)\]/.exec(thrown.stack ?? "") : null;
    if (!found || Number(found[1]) === this.running?.request.count) return undefined;
    const ended = new RunningCell({ cell: 0, count: Number(found[1]), code: "", expressions: {} });
    ended.hasEnded = true;
    return ended;
  }

  private noteValue(value: unknown): void {
    const cell = cellContext.getStore();
    // A function without a name is called after the executor's variable.
    if (typeof value === "function" && /^tsLastExpr\d*$/.test(value.name)) {
      Object.defineProperty(value, "name", { value: "", configurable: true });
    }
    if (cell) cell.value = { of: value };
  }

  /** tslab reports through `console.error`: a format string with places for diagnostics, else what was thrown. */
  private noteTrouble(values: unknown[]): void {
    const cell = cellContext.getStore();
    if (!cell) return;
    if (values.length > 1 && typeof values[0] === "string") cell.complaints.push(format(...values));
    else cell.thrown ??= { value: values[0] };
  }
}
