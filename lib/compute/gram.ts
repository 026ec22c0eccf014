import type { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { Reals } from "./gemm.js";
import { laneSimd } from "./lanes.js";
import { type ProductThreads, type SharedRows, shared32, shared64 } from "./product-threads.js";
import {
  type ProductStep,
  productSteps,
  productWorkers,
  type StepOptions,
  stepsAhead,
} from "./row-products.js";

/** Rows of the matrix taken in at once. */
const rowsAtOnce = 2048;
/** Rows transposed at once: they stay in the cache. */
const rowsTransposed = 16;
/** Rows of the Gram matrix computed at once. */
const blockRows = 256;

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

export interface GramOptions {
  readonly precision?: GramPrecision;
  /** A factor of each row, after the shift: A^T diag(scale)^2 A. */
  readonly scale?: Float64Array;
  /** Threads to use in place of own ones; see withProductThreads. */
  readonly threads?: ProductThreads | undefined;
}

/** In which the products of a Gram matrix are computed; sums over blocks of rows are added in float64. */
export type GramPrecision = "float32" | "float64";

/**
 * The smaller Gram matrix of the rows minus `shift`: A^T A [cols, cols] when there are at least as many rows as columns,
 * else A A^T [rows, rows]. A large one is computed on all cores. In float64 its bits depend neither on that nor on the
 * machine. In float32 it takes a third of the time and errs, in the spectral norm, by less than a millionth of its
 * largest eigenvalue; whether products and sums are fused is the machine's (see laneSimd).
 */
export async function gramMatrix(
  points: Points,
  shift: Float64Array | undefined,
  pacer: Pacer,
  { precision = "float64", threads, scale }: GramOptions = {},
): Promise<Float64Array> {
  const rows = { points, shift, scale };
  if (precision === "float32") return gramIn({ room: shared32, simd: laneSimd(), threads }, rows, pacer);
  return gramIn({ room: shared64, simd: "plain", threads }, rows, pacer);
}

/** The rows of a Gram matrix: points minus `shift`, each times its `scale`. */
interface GramRows {
  readonly points: Points;
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

async function gramIn<T extends Reals>(
  { room, simd, threads }: Pick<StepOptions<T>, "room" | "simd" | "threads">,
  own: GramRows,
  pacer: Pacer,
): Promise<Float64Array> {
  const { rows, cols } = own.points;
  const size = Math.min(rows, cols);
  const gram = new Float64Array(size * size);
  const operands = rows < cols ? [allRows(own, room)] : chunks(own, room);
  const steps = productSteps(stepsOf(operands), {
    label: pacer.label,
    signal: pacer.signal,
    workers: productWorkers((rows * cols * size) / 2),
    room,
    largest: Math.min(blockRows, size) * size,
    simd,
    threads,
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
function* stepsOf<T extends Reals>(operands: Iterable<SharedRows<T>>): Generator<ProductStep<T>> {
  for (const rows of operands) {
    for (let from = 0; from < rows.rows; from += blockRows) {
      const to = Math.min(rows.rows, from + blockRows);
      yield { rows, from, to, columns: to };
    }
  }
}

/** Rows from..to minus their shift, scaled; those themselves where nothing is to be done. */
function rowsOf({ points, shift, scale }: GramRows, from: number, to: number): ArrayLike<number> {
  const { data, cols } = points;
  if (!shift && !scale) return data.subarray(from * cols, to * cols);
  const out = shiftedRows(points, from, to, shift);
  if (scale) {
    for (let p = 0; p < out.length; p++) out[p] *= scale[from + Math.floor(p / cols)];
  }
  return out;
}

function allRows<T extends Reals>(own: GramRows, room: (length: number) => T): SharedRows<T> {
  const { rows, cols } = own.points;
  const data = room(rows * cols);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    data.set(rowsOf(own, from, Math.min(rows, from + rowsAtOnce)), from * cols);
  }
  return { data, rows, cols };
}

/** Some rows after others, transposed: [cols, rows]. */
function* chunks<T extends Reals>(own: GramRows, room: (length: number) => T): Generator<SharedRows<T>> {
  const { rows, cols } = own.points;
  // A chunk's room is used again when no step of it can be under way.
  const rooms = Array.from({ length: stepsAhead + 1 }, () => room(Math.min(rows, rowsAtOnce) * cols));
  for (let start = 0, turn = 0; start < rows; start += rowsAtOnce, turn++) {
    const count = Math.min(rowsAtOnce, rows - start);
    const data = rooms[turn % rooms.length].subarray(0, count * cols) as T;
    for (let from = 0; from < count; from += rowsTransposed) {
      const to = Math.min(count, from + rowsTransposed);
      transposeInto(data, rowsOf(own, start + from, start + to), cols, from, count);
    }
    yield { data, rows: cols, cols: count };
  }
}

/** Writes rows [some, cols] as columns from `from` on of `target` [cols, count]. */
function transposeInto(
  target: Reals,
  rows: ArrayLike<number>,
  cols: number,
  from: number,
  count: number,
): void {
  const some = rows.length / cols;
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i < some; i++) target[j * count + from + i] = rows[i * cols + j];
  }
}
