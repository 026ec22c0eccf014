import { type Matrix, takeRows } from "../../core/matrix.js";
import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import { silhouettes } from "../../core/numeric/silhouette.js";
import type { StopOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { umap } from "../../representations/umap.js";
import type { ZooRows } from "../../representations/zoo-rows.js";

/** Checkpoints that are embedded: more would take longer than they tell. */
const mostRows = 2000;

/** UMAP of weights, and how far their initialisers part in it (Figure 4). */
export interface InitClusters {
  /** [checkpoints, 2]. */
  readonly points: Matrix;
  /** Initialiser of each point. */
  readonly init: readonly string[];
  readonly activation: readonly string[];
  /** Mean silhouette by initialiser of each model, in no order: what claims resample. */
  readonly byModel: readonly number[];
  /** Mean silhouette by initialiser over models, with a 95 percent bootstrap interval. */
  readonly silhouette: Interval;
}

/** UMAP (15 neighbours, minimal distance .1) of a zoo's test checkpoints; undefined where all have one initialiser. */
export async function initClusters(
  rows: ZooRows,
  rng: RandomStream,
  options: StopOptions,
): Promise<InitClusters | undefined> {
  if (new Set(rows.facts.init).size < 2) return undefined;
  const chosen = rng.split("rows").permutation(rows.weights.rows).subarray(0, mostRows);
  const weights = takeRows(rows.weights, chosen);
  const neighbors = Math.min(15, weights.rows - 1);
  const points = await umap(weights, { rng: rng.split("umap"), neighbors, minDist: 0.1, ...options });
  const pick = (column: readonly string[]) => Array.from(chosen, (row) => column[row]);
  const init = pick(rows.facts.init);
  const found = await silhouettes(points, init, options);
  const sums = new Map<number, { sum: number; count: number }>();
  chosen.forEach((row, i) => {
    const entry = sums.get(rows.facts.model[row]) ?? { sum: 0, count: 0 };
    sums.set(rows.facts.model[row], { sum: entry.sum + found[i], count: entry.count + 1 });
  });
  const byModel = Array.from(sums.values(), ({ sum, count }) => sum / count);
  const silhouette = bootstrapInterval(byModel, mean, { rng: rng.split("bootstrap") });
  return { points, init, activation: pick(rows.facts.activation), byModel, silhouette };
}

/** Difference of two zoos' mean silhouettes; the models of each are resampled for themselves. */
export function silhouetteDifference(a: InitClusters, b: InitClusters, rng: RandomStream): Interval {
  const units = [...a.byModel.map((value) => [value, 0]), ...b.byModel.map((value) => [value, 1])];
  return bootstrapInterval(
    units,
    (sample) => {
      const side = (which: number) => mean(sample.filter(([, s]) => s === which).map(([value]) => value));
      return side(0) - side(1);
    },
    { rng },
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
