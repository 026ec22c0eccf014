import { RightOperand } from "../compute/gemm.js";
import { columnMeans, gramMatrix, shiftedRows } from "../compute/gram.js";
import { largestIsNegative } from "../core/numeric/dense-svd.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { leadingPairs, type SolverOptions } from "./leading-pairs.js";

/** Principal components in float64. */
export interface PrincipalComponents {
  /** Of the centred Gram (kernel) matrix of the rows, not divided by their number; descending, all above zero. */
  readonly eigenvalues: Float64Array;
  /**
   * Coordinates of rows along the components, [rows, eigenvalues.length] row-major.
   * @throws InterruptedError
   */
  project(points: Points, options?: LongRunOptions): Promise<Float64Array>;
}

/** Rows projected between two looks at the signal. */
const rowsAtOnce = 1024;
/** Vectors multiplied between two looks at the signal. */
const vectorsAtOnce = 16;

/** Eigenvalues below this share of the largest are rounding. */
const leastShare = 1e-10;

/** How many of the descending eigenvalues stand for more than rounding. */
export function rankOf(values: Float64Array): number {
  const limit = leastShare * values[0];
  const rank = values.findIndex((value) => !(value > limit));
  return rank < 0 ? values.length : rank;
}

/**
 * Linear principal component analysis: the rows minus their mean, along the leading eigenvectors of their covariance.
 * Signs are fixed: in each component the entry of largest magnitude is positive.
 * @param points [rows, cols]
 * @param count components wanted; there are fewer where the centred rows have a smaller rank
 * @throws InterruptedError
 */
export async function linearPca(
  points: Points,
  count: number,
  solver: SolverOptions,
  options: LongRunOptions = {},
): Promise<PrincipalComponents> {
  const { rows, cols } = points;
  const side = Math.min(rows, cols);
  const pacer = new Pacer("principal components", 2, "stages", options);
  const mean = columnMeans(points);
  const gram = await gramMatrix(points, mean, pacer);
  await pacer.add(1);
  const { values, vectors } = await leadingPairs(gram, side, Math.min(count, side), solver, pacer);
  const rank = rankOf(values);
  const eigenvalues = values.slice(0, rank);
  const leading = vectors.subarray(0, rank * side);
  const axes = rows < cols ? await axesFromLeft(points, mean, eigenvalues, leading, pacer) : leading.slice();
  for (let c = 0; c < rank; c++) {
    const axis = axes.subarray(c * cols, (c + 1) * cols);
    if (largestIsNegative(axis)) for (let j = 0; j < cols; j++) axis[j] = -axis[j];
  }
  await pacer.add(1);
  const right = new RightOperand(axes, cols, rank, true);
  return { eigenvalues, project: (rest, projectOptions) => projectRows(right, mean, rest, projectOptions) };
}

/** Right singular vectors [k, cols] from left ones [k, rows]: V^T = S^-1 U^T A. */
async function axesFromLeft(
  points: Points,
  mean: Float64Array,
  eigenvalues: Float64Array,
  left: Float64Array,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = points;
  const count = eigenvalues.length;
  const axes = new Float64Array(count * cols);
  const right = new RightOperand(shiftedRows(points, 0, rows, mean), rows, cols);
  for (let from = 0; from < count; from += vectorsAtOnce) {
    const to = Math.min(count, from + vectorsAtOnce);
    right.multiply(left.subarray(from * rows, to * rows), to - from, axes.subarray(from * cols, to * cols));
    if (pacer.due()) await pacer.pause();
  }
  for (let p = 0; p < axes.length; p++) axes[p] /= Math.sqrt(eigenvalues[Math.floor(p / cols)]);
  return axes;
}

async function projectRows(
  axes: RightOperand<Float64Array>,
  mean: Float64Array,
  points: Points,
  options: LongRunOptions = {},
): Promise<Float64Array> {
  const { rows } = points;
  const pacer = new Pacer("projecting on components", rows, "rows", options);
  const out = new Float64Array(rows * axes.columns);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const block = out.subarray(from * axes.columns, to * axes.columns);
    axes.multiply(shiftedRows(points, from, to, mean), to - from, block);
    await pacer.add(to - from);
  }
  return out;
}
