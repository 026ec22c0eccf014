import type { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import { RightOperand } from "./gemm.js";

/** Rows of the matrix taken in at once. */
const rowsAtOnce = 1024;
/** Rows of the Gram matrix computed at once. */
const blockRows = 128;

/** Row means over the columns, or zeros: what is subtracted from every row. */
export function columnMeans(points: Points): Float64Array {
  const { data, rows, cols } = points;
  const means = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) means[j] += data[i * cols + j];
  }
  for (let j = 0; j < cols; j++) means[j] /= rows;
  return means;
}

/** Rows from..to in float64, minus `shift`. */
export function shiftedRows(points: Points, from: number, to: number, shift?: Float64Array): Float64Array {
  const { data, cols } = points;
  const out = Float64Array.from(data.subarray(from * cols, to * cols));
  if (shift) {
    for (let p = 0; p < out.length; p++) out[p] -= shift[p % cols];
  }
  return out;
}

/**
 * The smaller Gram matrix of the rows minus `shift`, in float64: A^T A [cols, cols] when there are at least as many rows
 * as columns, else A A^T [rows, rows].
 */
export async function gramMatrix(
  points: Points,
  shift: Float64Array | undefined,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = points;
  const size = Math.min(rows, cols);
  const gram = new Float64Array(size * size);
  if (rows < cols) {
    const all = shiftedRows(points, 0, rows, shift);
    await addProducts(gram, size, new RightOperand(all, cols, rows, true), pacer, (from, to) => ({
      block: all.subarray(from * cols, to * cols),
      transposed: false,
    }));
  } else {
    for (let start = 0; start < rows; start += rowsAtOnce) {
      const chunk = shiftedRows(points, start, Math.min(rows, start + rowsAtOnce), shift);
      const right = new RightOperand(chunk, chunk.length / cols, cols);
      await addProducts(gram, size, right, pacer, (from, to) => ({
        block: columnSlice(chunk, cols, from, to),
        transposed: true,
      }));
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) gram[i * size + j] = gram[j * size + i];
  }
  return gram;
}

/** Adds the lower triangle of (left blocks) x right to `gram`. */
async function addProducts(
  gram: Float64Array,
  size: number,
  right: RightOperand<Float64Array>,
  pacer: Pacer,
  left: (from: number, to: number) => { block: Float64Array; transposed: boolean },
): Promise<void> {
  for (let from = 0; from < size; from += blockRows) {
    const to = Math.min(size, from + blockRows);
    const { block, transposed } = left(from, to);
    const out = new Float64Array((to - from) * to);
    right.multiply(block, to - from, out, { transposed, columns: to });
    for (let i = from; i < to; i++) {
      for (let j = 0; j <= i; j++) gram[i * size + j] += out[(i - from) * to + j];
    }
    if (pacer.due()) await pacer.pause();
  }
}

/** Columns from..to of row-major data, row-major. */
function columnSlice(data: Float64Array, cols: number, from: number, to: number): Float64Array {
  const rows = data.length / cols;
  const out = new Float64Array(rows * (to - from));
  for (let i = 0; i < rows; i++) {
    out.set(data.subarray(i * cols + from, i * cols + to), i * (to - from));
  }
  return out;
}
