import { Matrix as DenseMatrix, SingularValueDecomposition } from "ml-matrix";
import type { Points } from "./points.js";

/** A = U S V^T in float64, rank = min(rows, cols). */
export interface DenseSvd {
  readonly rank: number;
  /** Descending. */
  readonly singularValues: Float64Array;
  /** U S, [rows, rank]: the coordinates of the rows. */
  readonly scores: Float64Array;
  /** V^T, [rank, cols]; the entry of largest magnitude of each row is positive. */
  readonly components: Float64Array;
}

/**
 * All singular values and vectors in float64 by ml-matrix's Golub-Kahan decomposition: for matrices of some hundred rows
 * or columns (four seconds at 600 x 600).
 */
export function denseSvd(points: Points): DenseSvd {
  const { rows, cols } = points;
  const rank = Math.min(rows, cols);
  const dense = DenseMatrix.from1DArray(rows, cols, Array.from(points.data));
  const svd = new SingularValueDecomposition(dense, { autoTranspose: true });
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = svd;
  const singularValues = Float64Array.from(diagonal.slice(0, rank));
  const scores = new Float64Array(rows * rank);
  const components = new Float64Array(rank * cols);
  for (let c = 0; c < rank; c++) {
    for (let i = 0; i < rows; i++) scores[i * rank + c] = u.get(i, c) * singularValues[c];
    for (let j = 0; j < cols; j++) components[c * cols + j] = v.get(j, c);
    if (largestIsNegative(components.subarray(c * cols, (c + 1) * cols))) {
      for (let i = 0; i < rows; i++) scores[i * rank + c] *= -1;
      for (let j = 0; j < cols; j++) components[c * cols + j] *= -1;
    }
  }
  return { rank, singularValues, scores, components };
}

/** True when the entry of largest magnitude (the first of equals) is negative. */
export function largestIsNegative(values: ArrayLike<number>): boolean {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) > Math.abs(largest)) largest = values[i];
  }
  return largest < 0;
}
