import type { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import { type SharedRows, shared64 } from "./product-threads.js";
import { type ProductStep, productSteps, productWorkers, stepsAhead } from "./row-products.js";

/** Rows of the matrix taken in at once. */
const rowsAtOnce = 1024;
/** Rows transposed at once: they stay in the cache. */
const rowsTransposed = 16;
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
 * as columns, else A A^T [rows, rows]. A large one is computed on all cores; bits depend neither on that nor on the
 * machine.
 */
export async function gramMatrix(
  points: Points,
  shift: Float64Array | undefined,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = points;
  const size = Math.min(rows, cols);
  const gram = new Float64Array(size * size);
  const steps = productSteps(stepsOf(rows < cols ? [allRows(points, shift)] : chunks(points, shift)), {
    label: pacer.label,
    signal: pacer.signal,
    workers: productWorkers((rows * cols * size) / 2),
    room: shared64,
    largest: Math.min(blockRows, size) * size,
    simd: "plain",
  });
  for await (const { from, to, columns, products } of steps) {
    for (let i = from; i < to; i++) {
      for (let j = 0; j <= i; j++) gram[i * size + j] += products[(i - from) * columns + j];
    }
    if (pacer.due()) await pacer.pause();
  }
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) gram[i * size + j] = gram[j * size + i];
  }
  return gram;
}

/** The lower triangle of each operand's product with itself, a block of rows at a time. */
function* stepsOf(operands: Iterable<SharedRows<Float64Array>>): Generator<ProductStep<Float64Array>> {
  for (const rows of operands) {
    for (let from = 0; from < rows.rows; from += blockRows) {
      const to = Math.min(rows.rows, from + blockRows);
      yield { rows, from, to, columns: to };
    }
  }
}

function allRows(points: Points, shift: Float64Array | undefined): SharedRows<Float64Array> {
  const { rows, cols } = points;
  const data = shared64(rows * cols);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    data.set(shiftedRows(points, from, Math.min(rows, from + rowsAtOnce), shift), from * cols);
  }
  return { data, rows, cols };
}

/** Some rows after others, transposed: [cols, rows]. */
function* chunks(points: Points, shift: Float64Array | undefined): Generator<SharedRows<Float64Array>> {
  const { rows, cols } = points;
  // A chunk's room is used again when no step of it can be under way.
  const rooms = Array.from({ length: stepsAhead + 1 }, () => shared64(Math.min(rows, rowsAtOnce) * cols));
  for (let start = 0, turn = 0; start < rows; start += rowsAtOnce, turn++) {
    const count = Math.min(rowsAtOnce, rows - start);
    const data = rooms[turn % rooms.length].subarray(0, count * cols);
    for (let from = 0; from < count; from += rowsTransposed) {
      const to = Math.min(count, from + rowsTransposed);
      transposeInto(data, shiftedRows(points, start + from, start + to, shift), cols, from, count);
    }
    yield { data, rows: cols, cols: count };
  }
}

/** Writes rows [some, cols] as columns from `from` on of `target` [cols, count]. */
function transposeInto(
  target: Float64Array,
  rows: Float64Array,
  cols: number,
  from: number,
  count: number,
): void {
  const some = rows.length / cols;
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i < some; i++) target[j * count + from + i] = rows[i * cols + j];
  }
}
