import { DistanceBounds } from "../compute/distances.js";
import { checkOptions } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, distance, type Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { rowsByModel } from "./model-rows.js";

/** The steps of one model along its trajectory. */
export interface TrajectorySteps {
  readonly model: number;
  /** Epoch at the end of each step, ascending. */
  readonly epochs: Int32Array;
  /** Euclidean distance to the checkpoint kept before it. */
  readonly lengths: Float64Array;
}

/**
 * Distances between successive kept checkpoints of each model.
 * @param points weights or their representation, one row a checkpoint
 * @throws SpecError when lengths differ
 */
export function stepLengths(points: Points, models: Int32Array, epochs: Int32Array): TrajectorySteps[] {
  return [...rowsByModel(points, models, epochs)].map(([model, rows]) => {
    const ends = rows.slice(1);
    return {
      model,
      epochs: Int32Array.from(ends, (i) => epochs[i]),
      lengths: Float64Array.from(ends, (i, step) => distance(points, rows[step], points, i)),
    };
  });
}

/** Mean and standard deviation of the weights of each checkpoint (Fig. 3 of the trajectory papers). */
export interface WeightMoments {
  readonly mean: Float64Array;
  /** Population standard deviation (divided by the number of weights). */
  readonly deviation: Float64Array;
}

/** Mean and population standard deviation of every row. */
export function weightMoments(points: Points): WeightMoments {
  const { data, rows, cols } = points;
  const mean = new Float64Array(rows);
  const deviation = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) sum += data[p];
    mean[i] = sum / cols;
    let squares = 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) squares += (data[p] - mean[i]) ** 2;
    deviation[i] = Math.sqrt(squares / cols);
  }
  return { mean, deviation };
}

/** Distance of each checkpoint to the nearest other checkpoint of its own model and to that of any other model. */
export interface NearestModels {
  /** Infinity for the only checkpoint of a model. */
  readonly own: Float64Array;
  /** Infinity when there is one model. */
  readonly other: Float64Array;
  /** Row of the nearest checkpoint of another model; -1 when there is none. */
  readonly otherIndex: Int32Array;
}

const label = "finding nearest models";

/**
 * For every checkpoint, the nearest of its own model's others and the nearest of all other models (the paper's claim:
 * the first is always closer). Distances are exact float64; see `DistanceBounds`.
 * @throws SpecError when lengths differ; DataError on NaN or infinity; InterruptedError
 */
export async function nearestModels(
  points: Points,
  models: Int32Array,
  options: LongRunOptions = {},
): Promise<NearestModels> {
  checkOptions(options, ["signal", "onProgress"], "nearestModels");
  checkPoints(points, "nearestModels");
  const { onProgress, signal } = interruptible(options);
  const n = points.rows;
  const byModel = rowsByModel(points, models, new Int32Array(n));
  const result = {
    own: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
    other: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
    otherIndex: new Int32Array(n).fill(-1),
  };
  const bounds = new DistanceBounds(points);
  const pacer = new Pacer(label, n, "checkpoints", { onProgress, signal });
  const low = new Float64Array(n);
  for await (const { from, to, products } of bounds.blocks(0, n, () => n, { label, signal })) {
    for (let i = from; i < to; i++) {
      for (const j of byModel.get(models[i]) ?? []) {
        if (j !== i) result.own[i] = Math.min(result.own[i], distance(points, i, points, j));
      }
      const limit = products
        ? boundRow(bounds, i, products.subarray((i - from) * n, (i - from + 1) * n), models, low)
        : 0;
      nearestOther(bounds, i, models, low, products ? limit : Number.POSITIVE_INFINITY, result);
      await pacer.add(1);
    }
  }
  return result;
}

/** Lower bounds of the squared distances of row i, and the least upper bound among other models. */
function boundRow(
  bounds: DistanceBounds,
  i: number,
  products: Float32Array,
  models: Int32Array,
  low: Float64Array,
): number {
  const { norms, squaredNorms, slack, tiny } = bounds;
  let limit = Number.POSITIVE_INFINITY;
  for (let j = 0; j < models.length; j++) {
    const reach = norms[i] + norms[j];
    const error = slack * reach * reach + tiny;
    const squared = squaredNorms[i] + squaredNorms[j] - 2 * products[j];
    low[j] = squared - error;
    if (models[j] !== models[i] && squared + error < limit) limit = squared + error;
  }
  return limit;
}

function nearestOther(
  bounds: DistanceBounds,
  i: number,
  models: Int32Array,
  low: Float64Array,
  limit: number,
  result: NearestModels,
): void {
  let least = Number.POSITIVE_INFINITY;
  for (let j = 0; j < models.length; j++) {
    if (models[j] === models[i] || low[j] > limit || low[j] > least) continue;
    const squared = bounds.exact(i, j);
    if (squared >= least) continue;
    least = squared;
    result.otherIndex[i] = j;
  }
  result.other[i] = Math.sqrt(least);
}
