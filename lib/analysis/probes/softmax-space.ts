import { cholesky, solveUpper } from "../../compute/cholesky.js";
import { gramMatrix } from "../../compute/gram.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import { type PackedRows, packRows } from "./softmax-loss.js";
import { type TrainSpace, throughRows } from "./train-space.js";

/** What a softmax is fitted in, for all targets and penalties. */
export interface SoftmaxSpace {
  /** Centred, packed. */
  readonly packed: PackedRows;
  /** Their Gram matrix, row-major [columns, columns]. */
  readonly gram: Float64Array;
  /** X^T diag(weights) X of those rows X, row-major [columns, columns]. */
  weightedGram(weights: Float64Array, pacer: Pacer): Promise<Float64Array>;
  /** Weights [classes, columns] as weights of the features [classes, features]. */
  toFeatures(weights: Float64Array, classes: number): Promise<Float64Array>;
}

/** Share of the mean variance that keeps a singular Gram matrix from breaking its factor. */
const relativeShift = 1e-10;

/**
 * The centred features themselves; with more features than rows the rows' coordinates L in a basis of what they span, L
 * L^T = X X^T. The optimum lies there: a weight beside it costs and does nothing.
 * @throws InterruptedError
 */
export async function softmaxSpace(space: TrainSpace, pacer: Pacer): Promise<SoftmaxSpace> {
  const { points, mean, gram, isDual } = space;
  if (!isDual) {
    const packed = await packRows(points, mean, pacer);
    return {
      packed,
      gram,
      weightedGram: (weights, ownPacer) => gramMatrix(points, mean, ownPacer, { scale: roots(weights) }),
      toFeatures: async (weights) => weights,
    };
  }
  const { rows } = points;
  let trace = 0;
  for (let i = 0; i < rows; i++) trace += gram[i * rows + i];
  const shift = relativeShift * (trace / rows) || 1;
  const factor = await cholesky(gram, rows, { shift }, pacer);
  const data = factor.lower.slice();
  for (let i = 0; i < rows; i++) {
    // Without the shift, which would give a row that adds no direction a coordinate of its own.
    const pivot = factor.lower[i * rows + i];
    data[i * rows + i] = Math.sqrt(Math.max(0, pivot * pivot - shift));
    data.fill(0, i * rows + i + 1, (i + 1) * rows);
  }
  const coordinates = { data, rows, cols: rows };
  return {
    packed: await packRows(coordinates, undefined, pacer),
    gram: await gramMatrix(coordinates, undefined, pacer),
    weightedGram: (weights, ownPacer) =>
      gramMatrix(coordinates, undefined, ownPacer, { scale: roots(weights) }),
    async toFeatures(weights, classes) {
      const ofRows = weights.slice();
      solveUpper(factor, ofRows);
      return throughRows(space, ofRows, classes, pacer);
    },
  };
}

function roots(weights: Float64Array): Float64Array {
  return weights.map(Math.sqrt);
}
