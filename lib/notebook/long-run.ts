import { kernelSignal } from "../core/interrupt.js";
import type { LongRunOptions } from "../core/progress.js";
import { progressBar } from "./progress-bar.js";

/**
 * Options for long work in a cell: a progress line, and the kernel's signal (elsewhere there is none), which stops work
 * of others too, such as `fetch`; the library's own obeys it anyway. Spread it: `await trainZoo(spec, { ...longRun("training the zoo") })`.
 * @param label as for `progressBar`
 */
export function longRun(label?: string): LongRunOptions {
  const signal = kernelSignal();
  return { onProgress: progressBar(label), ...(signal ? { signal } : {}) };
}
