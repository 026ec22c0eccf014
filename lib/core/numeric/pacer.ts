import { throwIfAborted } from "../errors.js";
import { interruptible } from "../interrupt.js";
import { type LongRunOptions, ProgressMeter } from "../progress.js";

/** Milliseconds of work between two looks at the event loop. */
const sliceMs = 100;

/**
 * Keeps long computations polite: counts their work, reports it, and every tenth of a second lets the event loop run,
 * so that timers fire and an AbortSignal (the given one, or the kernel's) can take effect.
 */
export class Pacer {
  private readonly meter: ProgressMeter;
  /** What stops the work: the given signal, or an interrupt of the kernel. */
  readonly signal: AbortSignal | undefined;
  private last = performance.now();

  /**
   * @param label what is being done, for reports and for InterruptedError
   * @param total amount of work, in `unit`
   * @throws InterruptedError when the signal is aborted already
   */
  constructor(
    readonly label: string,
    total: number,
    unit: string,
    options: LongRunOptions,
  ) {
    this.meter = new ProgressMeter(label, total, unit, options.onProgress);
    this.signal = interruptible(options).signal;
    throwIfAborted(this.signal, label);
  }

  /** True when the work has held the thread long enough to `pause`. Cheap enough to ask in an outer loop. */
  due(): boolean {
    return performance.now() - this.last > sliceMs;
  }

  /**
   * Lets the event loop run once.
   * @throws InterruptedError when the signal was aborted
   */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    throwIfAborted(this.signal, this.label);
    this.last = performance.now();
  }

  /** Counts finished work and pauses when due. */
  async add(count: number): Promise<void> {
    this.meter.add(count);
    if (this.due()) await this.pause();
  }
}
