import type { Matrix } from "../core/matrix.js";

import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { leading, type TruncatedSvd, truncatedSvd } from "../representations/svd.js";
import type { Zoo } from "../zoo/store/zoo.js";

/** Dimensions of the truncated SVD spaces of Tables 2 and 3 (2020). */
export const svdDimensions = [500, 100, 50, 25, 10, 5] as const;

/** Options of `trajectorySvd`. */
export interface TrajectorySvdOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Subtract the mean weights first. The papers leave it open; false, as a truncated SVD does. */
  readonly centre?: boolean;
}

/** One decomposition of a zoo's weights that serves all spaces of the tables: its leading 500 components, or all. */
export function trajectorySvd(zoo: Zoo, options: TrajectorySvdOptions): Promise<TruncatedSvd> {
  const { rows, cols } = zoo.weights;
  return truncatedSvd(zoo.weights, Math.min(svdDimensions[0], rows, cols), options);
}

/** The space of the first `dimensions` components: [checkpoints, dimensions]. */
export function leadingScores(svd: TruncatedSvd, dimensions: number): Matrix {
  return leading(svd, Math.min(dimensions, svd.singularValues.length)).scores;
}

/** Checkpoints in the plane, in the order of the zoo's rows. */
export interface CheckpointsInPlane {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly model: Int32Array;
  readonly epoch: Int32Array;
}

/** The first two columns of `points` with the model and epoch of each, as the embedding figure takes them. */
export function embedded(points: Matrix, facts: Zoo["facts"]): CheckpointsInPlane {
  const column = (c: number) =>
    Float32Array.from({ length: points.rows }, (_, i) => points.data[i * points.cols + c]);
  return { x: column(0), y: column(1), model: facts.model, epoch: facts.epoch };
}
