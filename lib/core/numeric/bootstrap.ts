import { checkOptions, SpecError } from "../errors.js";
import type { RandomStream } from "../random.js";

/** A statistic with the range in which resampling places it. */
export interface Interval {
  /** The statistic of the sample itself. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly rng: RandomStream;
  /** Resamples. Default 2000. */
  readonly rounds?: number;
  /** Share of resamples inside the interval. Default .95. */
  readonly level?: number;
}

/**
 * Percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13). Resample what is independent: models or seeds,
 * never checkpoints of one model.
 * @param units one entry per model
 * @param statistic of a resample of the units; resamples where it is NaN are left out
 * @throws SpecError without units
 */
export function bootstrapInterval<T>(
  units: readonly T[],
  statistic: (sample: readonly T[]) => number,
  options: BootstrapOptions,
): Interval {
  checkOptions(options, ["rng", "rounds", "level"], "bootstrapInterval");
  const { rng, rounds = 2000, level = 0.95 } = options;
  if (units.length === 0) {
    throw new SpecError("bootstrap/empty", "a bootstrap needs at least one unit to resample", { value: 0 });
  }
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    values.push(statistic(units.map(() => units[rng.integer(units.length)])));
  }
  return percentileInterval(statistic(units), values, level);
}

/** A statistic of the sample between the percentiles of its resamples; those in which it is NaN are left out. */
export function percentileInterval(value: number, resamples: readonly number[], level = 0.95): Interval {
  const known = resamples.filter((resample) => !Number.isNaN(resample)).sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  return { value, low: quantile(known, tail), high: quantile(known, 1 - tail) };
}

/** Quantile of ascending values by linear interpolation, as numpy's default; NaN of none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
}
