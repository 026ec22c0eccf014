import { SpecError } from "../../core/errors.js";
import { type BootstrapOptions, bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import { resampledTau } from "./resampled-tau.js";

/** What a probe said about the rows of one test split, beside the truth. */
export interface RankedRows {
  /** Number of each row's model. */
  readonly model: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
}

/**
 * Kendall's tau-b of truth and predictions over all rows, with a bootstrap interval over the models.
 * @throws SpecError "rank/rows" when the lengths differ
 */
export function tauInterval(rows: RankedRows, options: BootstrapOptions): Interval {
  const { units, unit } = modelsOf(rows);
  return ofCounts(units, resampledTau(rows.truth, rows.predictions, unit), options);
}

/**
 * tau-b of a minus that of b on the same rows, by a paired bootstrap over the models.
 * @throws SpecError "rank/rows" when the two are not of the same rows
 */
export function tauDifference(a: RankedRows, b: RankedRows, options: BootstrapOptions): Interval {
  const { units, unit } = modelsOf(a);
  checkSameRows(a, b, "tauDifference");
  const [first, second] = [a, b].map(({ truth, predictions }) => resampledTau(truth, predictions, unit));
  return ofCounts(units, (counts) => first(counts) - second(counts), options);
}

/** The bootstrap of a statistic of how often each unit is taken. */
function ofCounts(
  units: number,
  statistic: (counts: Int32Array) => number,
  options: BootstrapOptions,
): Interval {
  const counts = new Int32Array(units);
  const numbers = Array.from(counts.keys());
  return bootstrapInterval(
    numbers,
    (sample) => {
      counts.fill(0);
      for (const number of sample) counts[number]++;
      return statistic(counts);
    },
    options,
  );
}

/** @throws SpecError "rank/rows" when two predictions are not for the same rows */
export function checkSameRows(a: RankedRows, b: RankedRows, where: string): void {
  modelsOf(b);
  if (a.model.length === b.model.length && Array.from(a.model).every((model, i) => model === b.model[i])) {
    return;
  }
  const message = `${where} got predictions for ${a.model.length} and ${b.model.length} rows of different models; compare probes of one zoo and split`;
  throw new SpecError("rank/rows", message, { value: b.model.length });
}

/**
 * Models numbered from 0 in order of first appearance: how many, and that of each row.
 * @throws SpecError "rank/rows" when the lengths differ
 */
export function modelsOf({ model, truth, predictions }: RankedRows): {
  readonly units: number;
  readonly unit: Int32Array;
} {
  if (truth.length !== model.length || predictions.length !== model.length) {
    const message = `a rank correlation got ${truth.length} true and ${predictions.length} predicted values for ${model.length} rows; give one of each a row`;
    throw new SpecError("rank/rows", message, { value: predictions.length });
  }
  const place = new Map<number, number>();
  const unit = Int32Array.from(model, (number) => {
    const known = place.get(number) ?? place.size;
    place.set(number, known);
    return known;
  });
  return { units: place.size, unit };
}
