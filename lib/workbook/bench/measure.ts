/** Times of one side of a comparison, in the line's unit. */
export interface Times {
  readonly min: number;
  readonly median: number;
  readonly runs: number;
}

/** Least and median of some measurements. */
export function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: round(sorted[0]), median: round(median), runs: sorted.length };
}

/** Four significant digits: more would pretend. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Seconds that a piece of work takes. */
export function secondsOf(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}
