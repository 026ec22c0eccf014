import { neighborsAmong } from "../compute/neighbors.js";
import { checkOptions, SpecError } from "../core/errors.js";
import type { Points } from "../core/numeric/points.js";
import { inParts, type LongRunOptions } from "../core/progress.js";
import { rowsByModel } from "./model-rows.js";

/** Checkpoints whose model and epoch are known. */
export interface KnownCheckpoints {
  /** Weights or their representation, one row a checkpoint. */
  readonly points: Points;
  readonly models: Int32Array;
  readonly epochs: Int32Array;
}

/** What unseen checkpoints were taken for; one entry each. */
export interface Identified {
  /** The model of the nearest known checkpoint. */
  readonly model: Int32Array;
  /** Where that model's trajectory, straight between its known checkpoints, comes nearest: a fraction of an epoch. */
  readonly epoch: Float64Array;
  /** Distance to that place. */
  readonly distance: Float64Array;
  /** Distance to the nearest checkpoint of another model over that to the nearest of all; Infinity with one model. */
  readonly margin: Float64Array;
}

/**
 * Assigns unseen checkpoints to a model and an epoch by Euclidean distance, which the trajectory papers' finding makes
 * possible: every checkpoint is nearer to its own model's than to any other.
 * @throws SpecError when there are no known checkpoints, lengths or columns differ; DataError on NaN or infinity;
 *   InterruptedError
 */
export async function identifyCheckpoints(
  known: KnownCheckpoints,
  queries: Points,
  options: LongRunOptions = {},
): Promise<Identified> {
  checkOptions(options, ["signal", "onProgress"], "identifyCheckpoints");
  const { points, models, epochs } = known;
  if (points.rows === 0) {
    throw new SpecError("identification/none", "there are no known checkpoints to compare with", {
      value: 0,
    });
  }
  const byModel = rowsByModel(points, models, epochs);
  // With one candidate more than the largest model has, one of another model is among them.
  const most = Math.max(...[...byModel.values()].map((rows) => rows.length));
  const count = Math.min(points.rows, most + 1);
  const part = inParts(options.onProgress, "identifying checkpoints", 1);
  const listen = part(0);
  const near = await neighborsAmong(points, queries, count, {
    signal: options.signal,
    ...(listen ? { onProgress: listen } : {}),
  });
  const result = {
    model: new Int32Array(queries.rows),
    epoch: new Float64Array(queries.rows),
    distance: new Float64Array(queries.rows),
    margin: new Float64Array(queries.rows),
  };
  for (let query = 0; query < queries.rows; query++) {
    const from = query * count;
    const model = models[near.indices[from]];
    let other = Number.POSITIVE_INFINITY;
    for (let k = 1; k < count && other === Number.POSITIVE_INFINITY; k++) {
      if (models[near.indices[from + k]] !== model) other = near.distances[from + k];
    }
    const place = nearestPlace(points, byModel.get(model)!, epochs, queries, query);
    result.model[query] = model;
    result.epoch[query] = place.epoch;
    result.distance[query] = place.distance;
    // A copy of a known checkpoint is as sure as can be.
    result.margin[query] = near.distances[from] > 0 ? other / near.distances[from] : Number.POSITIVE_INFINITY;
  }
  return result;
}

/** Where the broken line through a model's checkpoints comes nearest to a query. */
function nearestPlace(
  points: Points,
  rows: readonly number[],
  epochs: Int32Array,
  queries: Points,
  query: number,
): { epoch: number; distance: number } {
  let best = { epoch: epochs[rows[0]], squared: Number.POSITIVE_INFINITY };
  for (let i = 0; i < rows.length; i++) {
    const end = rows[Math.min(i + 1, rows.length - 1)];
    const { share, squared } = nearestOnSegment(points, rows[i], end, queries, query);
    if (squared < best.squared) {
      best = { epoch: epochs[rows[i]] + share * (epochs[end] - epochs[rows[i]]), squared };
    }
  }
  return { epoch: best.epoch, distance: Math.sqrt(best.squared) };
}

function nearestOnSegment(points: Points, a: number, b: number, queries: Points, query: number) {
  const { data, cols } = points;
  const [at, bt, qt] = [a * cols, b * cols, query * cols];
  let along = 0;
  let length = 0;
  for (let p = 0; p < cols; p++) {
    const side = data[bt + p] - data[at + p];
    along += side * (queries.data[qt + p] - data[at + p]);
    length += side * side;
  }
  const share = length > 0 ? Math.min(1, Math.max(0, along / length)) : 0;
  let squared = 0;
  for (let p = 0; p < cols; p++) {
    const place = data[at + p] + share * (data[bt + p] - data[at + p]);
    squared += (queries.data[qt + p] - place) ** 2;
  }
  return { share, squared };
}
