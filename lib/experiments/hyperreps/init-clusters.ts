import { type Matrix, takeRows } from "../../core/matrix.js";
import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import { silhouettes } from "../../core/numeric/silhouette.js";
import { meanOf } from "../../core/numeric/vectors.js";
import type { StopOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { umap } from "../../representations/umap.js";
import type { ZooFacts } from "../../zoo/facts.js";

/** Checkpoints that are embedded: more would take longer than they tell. */
const mostRows = 2000;
/** Embeddings of the same checkpoints: UMAP starts from random positions, so that one would be one of many. */
const embeddings = 3;

/** How far groups of checkpoints part in UMAP. */
export interface Separation {
  /** Mean silhouette of each model (in no order) in each embedding: what intervals resample. */
  readonly byModel: readonly (readonly number[])[];
  /**
   * Mean silhouette over models and embeddings; its 95 percent bootstrap interval resamples both. It does not hold the
   * chance of the zoo's own seeds: there is one zoo.
   */
  readonly silhouette: Interval;
}

/** UMAP of weights, and how far initialisers, and initialisers with activations, part in it (Figure 4). */
export interface InitClusters {
  /** Row of the given ones of each point. */
  readonly rows: Uint32Array;
  /** [checkpoints, 2]: the first embedding. */
  readonly points: Matrix;
  /** Initialiser of each point. */
  readonly init: readonly string[];
  readonly activation: readonly string[];
  readonly byInit: Separation;
  /** Groups of equal initialiser and activation. */
  readonly byInitAndActivation: Separation;
}

/** What is embedded, with the facts that groups are made of. */
export interface ClusteredRows {
  readonly weights: Matrix;
  readonly facts: Pick<ZooFacts, "model" | "init" | "activation">;
}

/**
 * UMAP (15 neighbours, minimal distance .1) of a zoo's test checkpoints, three times; undefined where all have one
 * initialiser, or there are fewer than four.
 */
export async function initClusters(
  rows: ClusteredRows,
  rng: RandomStream,
  options: StopOptions,
): Promise<InitClusters | undefined> {
  const chosen = rng.split("rows").permutation(rows.weights.rows).subarray(0, mostRows);
  const pick = <T>(column: ArrayLike<T>) => Array.from(chosen, (row) => column[row]);
  const [init, activation, model] = [
    pick(rows.facts.init),
    pick(rows.facts.activation),
    pick(rows.facts.model),
  ];
  if (new Set(init).size < 2 || chosen.length < 4) return undefined;
  const weights = takeRows(rows.weights, chosen);
  const neighbors = Math.min(15, weights.rows - 1);
  const points: Matrix[] = [];
  for (let e = 0; e < embeddings; e++) {
    // Each embedding has a stream of its own: one stream would let it depend on those before it.
    points.push(await umap(weights, { rng: rng.split("umap", e), neighbors, minDist: 0.1, ...options }));
  }
  const both = init.map((name, i) => `${name}, ${activation[i]}`);
  return {
    rows: chosen,
    points: points[0],
    init,
    activation,
    byInit: await separation(points, init, model, rng.split("bootstrap", "init"), options),
    byInitAndActivation: await separation(points, both, model, rng.split("bootstrap", "both"), options),
  };
}

/** Difference of two zoos' mean silhouettes; models and embeddings of each are resampled for themselves. */
export function silhouetteDifference(a: Separation, b: Separation, rng: RandomStream): Interval {
  return resampledDifference([a.byModel, b.byModel], rng);
}

async function separation(
  embedded: readonly Matrix[],
  groups: readonly string[],
  model: readonly number[],
  rng: RandomStream,
  options: StopOptions,
): Promise<Separation> {
  const byModel: number[][] = [];
  for (const points of embedded)
    byModel.push(meansByModel(await silhouettes(points, groups, options), model));
  return { byModel, silhouette: resampledDifference([byModel], rng) };
}

/** Mean of each model's values, models in order of first appearance. */
function meansByModel(values: ArrayLike<number>, model: readonly number[]): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  model.forEach((number, i) => {
    const { sum, count } = sums.get(number) ?? { sum: 0, count: 0 };
    sums.set(number, { sum: sum + values[i], count: count + 1 });
  });
  return Array.from(sums.values(), ({ sum, count }) => sum / count);
}

/** Mean over embeddings and models of the first side, minus that of a second. */
function resampledDifference(
  sides: readonly (readonly (readonly number[])[])[],
  rng: RandomStream,
): Interval {
  const draw = rng.split("models and embeddings");
  const drawn = <T>(values: readonly T[]) => values.map(() => values[draw.integer(values.length)]);
  const resample = (side: readonly (readonly number[])[]) => {
    const models = drawn(Array.from(side[0].keys()));
    return drawn(side).map((own) => models.map((m) => own[m]));
  };
  // Every round draws for itself; the bootstrap's own sample only says whether it is the first, of all.
  const statistic = (sample: readonly unknown[]) => {
    const [first, second] = sides.map((side) =>
      meanOf((sample === sides ? side : resample(side)).map(meanOf)),
    );
    return second === undefined ? first : first - second;
  };
  return bootstrapInterval(sides, statistic, { rng });
}
