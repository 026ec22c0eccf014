import { RightOperand } from "../../compute/gemm.js";
import { columnMeans, gramMatrix, shiftedRows } from "../../compute/gram.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";

/** Rows of features that are multiplied at once. */
const rowsAtOnce = 4096;

/** The training features as every probe on them needs them, whatever the targets and penalties. */
export interface TrainSpace {
  readonly points: Points;
  readonly mean: Float64Array;
  /** The smaller Gram matrix of the centred rows: [columns, columns], or [rows, rows] when `isDual`. */
  readonly gram: Float64Array;
  /** There are more features than rows. */
  readonly isDual: boolean;
}

/** @throws InterruptedError */
export async function trainSpace(points: Points, pacer: Pacer): Promise<TrainSpace> {
  const mean = columnMeans(points);
  const gram = await gramMatrix(points, mean, pacer);
  return { points, mean, gram, isDual: points.rows < points.cols };
}

/**
 * Linear functions of every row in float64.
 * @param coefficients row-major [outputs, features]
 * @param offsets added to each output
 * @returns row-major [rows, outputs]
 */
export async function linearOutputs(
  points: Points,
  coefficients: Float64Array,
  offsets: Float64Array,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = points;
  const outputs = offsets.length;
  const right = new RightOperand(coefficients, cols, outputs, true);
  const out = new Float64Array(rows * outputs);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    right.multiply(shiftedRows(points, from, to), to - from, out.subarray(from * outputs, to * outputs));
    if (pacer.due()) await pacer.pause();
  }
  for (let p = 0; p < out.length; p++) out[p] += offsets[p % outputs];
  return out;
}

/**
 * B X of the centred rows X in float64: what weights of the rows are as coefficients of the features.
 * @param b row-major [count, rows]
 * @returns row-major [count, features]
 */
export async function throughRows(
  { points, mean }: Pick<TrainSpace, "points" | "mean">,
  b: Float64Array,
  count: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = points;
  const columns = transpose(b, count, rows);
  const out = new Float64Array(cols * count);
  const part = new Float64Array(cols * count);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const right = new RightOperand<Float64Array>(columns.slice(from * count, to * count), to - from, count);
    right.multiply(shiftedRows(points, from, to, mean), cols, part, { transposed: true });
    for (let p = 0; p < out.length; p++) out[p] += part[p];
    if (pacer.due()) await pacer.pause();
  }
  return transpose(out, cols, count);
}

/** [columns, rows] of row-major [rows, columns]. */
function transpose(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  }
  return out;
}
