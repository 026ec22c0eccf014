import type { LongRunOptions } from "../core/progress.js";
import { progressBar } from "./progress-bar.js";

/**
 * Options for long work in a cell: a progress line, and the signal by which interrupting the cell stops the work (in
 * our kernel; elsewhere there is none). Spread it: `await trainZoo(spec, { ...longRun("training the zoo") })`.
 * @param label as for `progressBar`
 */
export function longRun(label?: string): LongRunOptions {
  const signal = (globalThis as Record<symbol, unknown>)[Symbol.for("weightbook.signal")];
  return { onProgress: progressBar(label), ...(signal instanceof AbortSignal ? { signal } : {}) };
}
