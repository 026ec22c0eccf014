/** How far a long piece of work is. */
export interface Progress {
  /** What is being done, e.g. "training mlp-trajectory". */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What `done` counts, e.g. "epochs". */
  readonly unit: string;
  /** Units a second since the start of this run (work that was resumed is not counted). */
  readonly ratePerSecond: number;
  /** Estimated seconds left; NaN while unknown. */
  readonly secondsLeft: number;
}

export type OnProgress = (progress: Progress) => void;

/** Options of work that can be stopped. */
export interface StopOptions {
  /**
   * Stops the work within a second; what was finished is kept. In a notebook an interrupt of the cell stops it as well,
   * with this signal and without.
   */
  readonly signal?: AbortSignal;
}

/** Options of every function that can take more than a second. */
export interface LongRunOptions extends StopOptions {
  readonly onProgress?: OnProgress;
}

/** Counts work and reports rate and time left, at most every `everyMs`, and always at the end. */
export class ProgressMeter {
  private readonly started = performance.now();
  private last = Number.NEGATIVE_INFINITY;
  private done: number;

  constructor(
    private readonly label: string,
    private readonly total: number,
    private readonly unit: string,
    private readonly report: OnProgress | undefined,
    private readonly options: { alreadyDone?: number; everyMs?: number } = {},
  ) {
    this.done = options.alreadyDone ?? 0;
  }

  add(count: number): void {
    this.done += count;
    const now = performance.now();
    const finished = this.done >= this.total;
    if (!this.report || (!finished && now - this.last < (this.options.everyMs ?? 200))) return;
    this.last = now;
    const seconds = (now - this.started) / 1000;
    const ratePerSecond = (this.done - (this.options.alreadyDone ?? 0)) / Math.max(seconds, 1e-9);
    const secondsLeft = ratePerSecond > 0 ? (this.total - this.done) / ratePerSecond : Number.NaN;
    const { label, total, unit } = this;
    this.report({ label, done: this.done, total, unit, ratePerSecond, secondsLeft });
  }
}

/**
 * Reports work that is done in several parts as one: part i of n that is half done is (i + 0.5) / n of the whole, in
 * percent.
 * @returns for each part, what to pass on as its `onProgress`; undefined when nobody listens
 */
export function inParts(
  report: OnProgress | undefined,
  label: string,
  parts: number,
): (part: number) => OnProgress | undefined {
  if (!report) return () => undefined;
  const started = performance.now();
  // A part that reports several pieces of work of its own begins anew with each.
  let furthest = 0;
  return (part) => (progress) => {
    furthest = Math.max(furthest, (part + progress.done / Math.max(1, progress.total)) / parts);
    const share = furthest;
    const ratePerSecond = (100 * share * 1000) / Math.max(1, performance.now() - started);
    const secondsLeft = ratePerSecond > 0 ? (100 * (1 - share)) / ratePerSecond : Number.NaN;
    report({ label, done: Math.floor(100 * share), total: 100, unit: "percent", ratePerSecond, secondsLeft });
  };
}
