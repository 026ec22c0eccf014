import { type Scored, scoreOf } from "../../analysis/probes/model-scores.js";
import { SpecError } from "../../core/errors.js";
import type { Matrix } from "../../core/matrix.js";
import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";

/**
 * What the R2 of reconstructions is made from, model by model: squared errors, and squared deviations from the mean of
 * each weight over all rows.
 * @param model number of each row's model
 */
export function reconstructionScores(model: ArrayLike<number>, truth: Matrix, reconstructed: Matrix): Scored {
  const { data, rows, cols } = truth;
  const means = new Float64Array(cols);
  for (let p = 0; p < data.length; p++) means[p % cols] += data[p] / rows;
  const models = [...new Set(Array.from(model))];
  const place = new Map(models.map((number, i) => [number, i]));
  const zeros = () => new Float64Array(models.length);
  const [counts, squares, residuals] = [zeros(), zeros(), zeros()];
  for (let i = 0; i < rows; i++) {
    const m = place.get(model[i])!;
    counts[m] += cols;
    for (let j = 0; j < cols; j++) {
      const p = i * cols + j;
      squares[m] += (data[p] - means[j]) ** 2;
      residuals[m] += (data[p] - reconstructed.data[p]) ** 2;
    }
  }
  return {
    scores: { kind: "r2", models: Int32Array.from(models), counts, sums: zeros(), squares, residuals },
  };
}

/** The score of all models together, in percent. */
export function scorePercent({ scores }: Scored): number {
  return scoreOf(scores, Array.from(scores.models.keys()));
}

/** Scores of one thing trained from several seeds: for each seed the scores that are averaged. */
export type SeedScores = readonly (readonly Scored[])[];

/**
 * Mean score over seeds (and over the scores of each), in percent, with an interval that resamples both the test split's
 * models and the seeds, so that it holds the spread of trainings too.
 * @throws SpecError "probe/cells" without scores, "probe/models" when not all were scored on the same models
 */
export function seedInterval(scores: SeedScores, rng: RandomStream): Interval {
  return resampled(scores, undefined, rng);
}

/**
 * As seedInterval, of a minus b: the models are resampled jointly, the seeds of each side for themselves.
 * @throws as seedInterval
 */
export function seedDifference(a: SeedScores, b: SeedScores, rng: RandomStream): Interval {
  return resampled(a, b, rng);
}

/**
 * As seedDifference where a and b were scored on different zoos: the models of each are resampled for themselves.
 * @throws as seedInterval
 */
export function zooDifference(a: SeedScores, b: SeedScores, rng: RandomStream): Interval {
  for (const side of [a, b]) checkScores(side, side);
  const draw = rng.split("models and seeds");
  const sides = [a, b].map((side) => ({ side, models: Array.from(side[0][0].scores.models.keys()) }));
  const mean = ({ side, models }: (typeof sides)[number], isWhole: boolean) => {
    const sample = isWhole ? models : models.map(() => models[draw.integer(models.length)]);
    const chosen = (isWhole ? side : side.map(() => side[draw.integer(side.length)])).flat();
    return chosen.reduce((sum, { scores }) => sum + scoreOf(scores, sample), 0) / chosen.length;
  };
  const difference = (isWhole: boolean) => mean(sides[0], isWhole) - mean(sides[1], isWhole);
  // Every round draws for itself; the bootstrap's own sample only says whether it is the first, of all.
  const units = [0, 1];
  const statistic = (sample: readonly number[]) => difference(sample === units);
  return bootstrapInterval(units, statistic, { rng: rng.split("rounds"), rounds: 1000 });
}

/** Two sides of a comparison, e.g. two representations by one target. */
export interface ScorePair {
  readonly a: SeedScores;
  readonly b: SeedScores;
}

/**
 * The smallest of several differences a minus b, for claims that one thing beats another on every target: each resample
 * draws models and seeds for all of the differences alike and takes its own smallest. Chance lowers a smallest value, so
 * the interval lies lower than that of each difference by itself: such a claim is harder to hold.
 * @param pairs whose sides a are of the same trainings, and so are the sides b
 * @throws as seedInterval; SpecError "probe/cells" without pairs, or where pairs differ in their numbers of seeds
 */
export function smallestDifference(pairs: readonly ScorePair[], rng: RandomStream): Interval {
  const [first] = pairs;
  if (!first || pairs.some(({ a, b }) => a.length !== first.a.length || b.length !== first.b.length)) {
    const message = `smallestDifference got ${pairs.length} pairs; give at least one, all of the same trainings`;
    throw new SpecError("probe/cells", message, { value: pairs.length });
  }
  for (const side of pairs.flatMap(({ a, b }) => [a, b])) checkScores(side, first.a);
  const models = Array.from(first.a[0][0].scores.models.keys());
  const draw = rng.split("seeds");
  const drawn = (side: SeedScores) => side.map(() => draw.integer(side.length));
  const statistic = (sample: readonly number[]) => {
    const isWhole = sample === models;
    const [seedsA, seedsB] = [first.a, first.b].map((side) => (isWhole ? [...side.keys()] : drawn(side)));
    const mean = (side: SeedScores, seeds: readonly number[]) => {
      const all = seeds.flatMap((seed) => side[seed]);
      return all.reduce((sum, { scores }) => sum + scoreOf(scores, sample), 0) / all.length;
    };
    return Math.min(...pairs.map(({ a, b }) => mean(a, seedsA) - mean(b, seedsB)));
  };
  return bootstrapInterval(models, statistic, { rng: rng.split("models"), rounds: 1000 });
}

function resampled(a: SeedScores, b: SeedScores | undefined, rng: RandomStream): Interval {
  for (const side of b ? [a, b] : [a]) checkScores(side, a);
  const models = Array.from(a[0][0].scores.models.keys());
  const seeds = rng.split("seeds");
  const mean = (side: SeedScores, sample: readonly number[], isWhole: boolean) => {
    const chosen = isWhole ? side : side.map(() => side[seeds.integer(side.length)]);
    const all = chosen.flat();
    return all.reduce((sum, { scores }) => sum + scoreOf(scores, sample), 0) / all.length;
  };
  const statistic = (sample: readonly number[]) => {
    const isWhole = sample === models;
    return mean(a, sample, isWhole) - (b ? mean(b, sample, isWhole) : 0);
  };
  return bootstrapInterval(models, statistic, { rng: rng.split("models"), rounds: 1000 });
}

/** What is not scored on the same models cannot be resampled jointly. */
function checkScores(side: SeedScores, first: SeedScores): void {
  if (side.length === 0 || side.some((scores) => scores.length === 0)) {
    const message = `scores of ${side.length} seeds, ${side.filter((scores) => scores.length === 0).length} of them empty; give at least one seed, each with a score`;
    throw new SpecError("probe/cells", message, { value: side.length });
  }
  const { models } = first[0][0].scores;
  for (const { scores } of side.flat()) {
    if (scores.models.length === models.length && scores.models.every((m, i) => m === models[i])) continue;
    const message = `scores of different test models cannot be paired (${models.length} and ${scores.models.length} models); compare trainings on one zoo and split`;
    throw new SpecError("probe/models", message, { value: scores.models.length });
  }
}
