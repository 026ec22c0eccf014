import { SpecError } from "../../core/errors.js";
import { type BootstrapOptions, bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";

/**
 * What the score of any resample of models is made from: for each model of the test split, sums over its rows. R2 from
 * count, sum and sum of squares of the true values (about their overall mean) and squared residuals; accuracy from
 * count and hits.
 */
export type ModelScores =
  | {
      readonly kind: "r2";
      /** Numbers of the models; the other arrays are in this order. */
      readonly models: Int32Array;
      readonly counts: Float64Array;
      readonly sums: Float64Array;
      readonly squares: Float64Array;
      readonly residuals: Float64Array;
    }
  | {
      readonly kind: "accuracy";
      readonly models: Int32Array;
      readonly counts: Float64Array;
      readonly hits: Float64Array;
    };

/** Index of each row's model in order of first appearance. */
function groupsOf(model: ArrayLike<number>): { models: Int32Array; group: Int32Array } {
  const place = new Map<number, number>();
  const group = Int32Array.from(model, (number) => {
    const index = place.get(number) ?? place.size;
    place.set(number, index);
    return index;
  });
  return { models: Int32Array.from(place.keys()), group };
}

/**
 * Sums for R2.
 * @param model number of each row's model
 */
export function r2ByModel(
  model: ArrayLike<number>,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
): ModelScores {
  const { models, group } = groupsOf(model);
  const zeros = () => new Float64Array(models.length);
  const [counts, sums, squares, residuals] = [zeros(), zeros(), zeros(), zeros()];
  let mean = 0;
  for (let i = 0; i < truth.length; i++) mean += truth[i] / truth.length;
  for (let i = 0; i < group.length; i++) {
    // About the overall mean: the difference of two large sums would lose digits.
    const value = truth[i] - mean;
    counts[group[i]]++;
    sums[group[i]] += value;
    squares[group[i]] += value * value;
    residuals[group[i]] += (truth[i] - predicted[i]) ** 2;
  }
  return { kind: "r2", models, counts, sums, squares, residuals };
}

/** Sums for accuracy. */
export function accuracyByModel(
  model: ArrayLike<number>,
  truth: ArrayLike<string>,
  predicted: ArrayLike<string>,
): ModelScores {
  const { models, group } = groupsOf(model);
  const counts = new Float64Array(models.length);
  const hits = new Float64Array(models.length);
  for (let i = 0; i < group.length; i++) {
    counts[group[i]]++;
    if (truth[i] === predicted[i]) hits[group[i]]++;
  }
  return { kind: "accuracy", models, counts, hits };
}

/** Score in percent of a resample, given as indices of models; NaN where R2 is undefined. */
export function scoreOf(scores: ModelScores, sample: readonly number[]): number {
  let count = 0;
  if (scores.kind === "accuracy") {
    let hits = 0;
    for (const m of sample) {
      count += scores.counts[m];
      hits += scores.hits[m];
    }
    return (100 * hits) / count;
  }
  let sum = 0;
  let squares = 0;
  let residual = 0;
  for (const m of sample) {
    count += scores.counts[m];
    sum += scores.sums[m];
    squares += scores.squares[m];
    residual += scores.residuals[m];
  }
  const total = squares - (sum * sum) / count;
  // What is left of equal values is rounding.
  return total > 1e-12 * squares ? 100 * (1 - residual / total) : Number.NaN;
}

/** A score in percent with its bootstrap interval over the models. */
export function scoreInterval(scores: ModelScores, options: BootstrapOptions): Interval {
  const indices = Array.from(scores.models.keys());
  return bootstrapInterval(indices, (sample) => scoreOf(scores, sample), options);
}

/** Anything with the sums of one probe on one test split, such as a cell of a probe table. */
export interface Scored {
  readonly scores: ModelScores;
}

/**
 * Score of a minus score of b, in percentage points, by a paired bootstrap: every resample of the test split's models
 * scores both.
 * @throws SpecError "probe/models" when the two were not scored on the same models
 */
export function scoreDifference(a: Scored, b: Scored, options: BootstrapOptions): Interval {
  return meanScoreDifference([a], [b], options);
}

/**
 * Mean score of some cells (over targets, or over trainings with different seeds) minus that of others, in percentage
 * points; every resample of the test split's models scores all of them.
 * @throws SpecError "probe/cells" without cells on a side, "probe/models" when not all were scored on the same models
 */
export function meanScoreDifference(
  a: readonly Scored[],
  b: readonly Scored[],
  options: BootstrapOptions,
): Interval {
  if (a.length === 0 || b.length === 0) {
    const message = `meanScoreDifference got ${a.length} and ${b.length} cells; give at least one of each`;
    throw new SpecError("probe/cells", message, { value: [a.length, b.length] });
  }
  const { models } = a[0].scores;
  for (const { scores } of [...a, ...b]) {
    if (scores.models.length === models.length && scores.models.every((m, i) => m === models[i])) continue;
    const message = `scores of different test models cannot be paired (${models.length} and ${scores.models.length} models); compare probes of one zoo and split`;
    throw new SpecError("probe/models", message, { value: scores.models.length });
  }
  const mean = (cells: readonly Scored[], sample: readonly number[]) =>
    cells.reduce((sum, { scores }) => sum + scoreOf(scores, sample), 0) / cells.length;
  const indices = Array.from(models.keys());
  return bootstrapInterval(indices, (sample) => mean(a, sample) - mean(b, sample), options);
}
