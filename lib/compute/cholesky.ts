import type { Pacer } from "../core/numeric/pacer.js";
import { RightOperand } from "./gemm.js";

/** L with L L^T = scale A + shift 1, row-major [size, size]; what lies above the diagonal is not to be read. */
export interface Cholesky {
  readonly size: number;
  readonly lower: Float64Array;
}

/** Columns that are factorised at once: what is right of them is updated by one matrix product. */
const blockColumns = 128;
/** Rows of that product computed at once. */
const blockRows = 128;
/** Relative error of one term of a sum. */
const roundingOfTerm = 2 ** -52;

/**
 * Cholesky factor of scale A + shift 1 in float64 by blocks (Golub and Van Loan, Matrix Computations, section 4.2), size^3
 * / 3 multiplications, nearly all of them in matrix products.
 * @param a row-major [size, size], symmetric and positive semidefinite; the upper triangle is not read
 * @param shift positive: no pivot is smaller but by rounding. One that is, or that rounding cannot tell from zero, counts
 *   as the larger of the two, so that a singular matrix has a factor too
 * @throws InterruptedError
 */
export async function cholesky(
  a: Float64Array,
  size: number,
  { scale = 1, shift }: { scale?: number; shift: number },
  pacer: Pacer,
): Promise<Cholesky> {
  const lower = a.slice();
  // What rounding leaves of an entry that should vanish is below this; a smaller pivot would let it grow.
  const least = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    if (scale !== 1) for (let j = 0; j <= i; j++) lower[i * size + j] *= scale;
    least[i] = Math.max(shift, roundingOfTerm * size * lower[i * size + i]);
    lower[i * size + i] += shift;
  }
  for (let from = 0; from < size; from += blockColumns) {
    const to = Math.min(size, from + blockColumns);
    for (let i = from; i < size; i++) {
      finishRow(lower, size, i, from, to, least[i]);
      if (pacer.due()) await pacer.pause();
    }
    await subtractProducts(lower, size, from, to, pacer);
  }
  return { size, lower };
}

/** Columns from..to of row i, of which the blocks further left are subtracted already. */
function finishRow(l: Float64Array, n: number, i: number, from: number, to: number, least: number): void {
  const row = i * n;
  const end = Math.min(to, i + 1);
  for (let j = from; j < end; j++) {
    const other = j * n;
    let value = l[row + j];
    for (let p = from; p < j; p++) value -= l[row + p] * l[other + p];
    l[row + j] = j === i ? Math.sqrt(Math.max(value, least)) : value / l[other + j];
  }
}

/** Subtracts P P^T, P the finished columns from..to, from the triangle below and right of them. */
async function subtractProducts(
  l: Float64Array,
  n: number,
  from: number,
  to: number,
  pacer: Pacer,
): Promise<void> {
  const inner = to - from;
  const rows = n - to;
  if (rows === 0) return;
  const panel = new Float64Array(rows * inner);
  for (let i = 0; i < rows; i++) panel.set(l.subarray((to + i) * n + from, (to + i) * n + to), i * inner);
  const right = new RightOperand(panel, inner, rows, true);
  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(rows, start + blockRows);
    const product = new Float64Array((end - start) * end);
    right.multiply(panel.subarray(start * inner, end * inner), end - start, product, { columns: end });
    for (let i = start; i < end; i++) {
      const row = (to + i) * n + to;
      const own = (i - start) * end;
      for (let j = 0; j <= i; j++) l[row + j] -= product[own + j];
    }
    if (pacer.due()) await pacer.pause();
  }
}

/**
 * Turns every row b of `rows` [any number, size] into L^-1 b. The factor is read once for all of them, and their sums, four
 * side by side, do not wait for each other; each row has the bits that it would have alone.
 */
export function solveLower({ size, lower }: Cholesky, rows: Float64Array): void {
  const quads = rows.length - (rows.length % (4 * size));
  for (let i = 0; i < size; i++) {
    const row = lower.subarray(i * size, (i + 1) * size);
    for (let at = 0; at < quads; at += 4 * size) lowerFour(row, i, rows, at, size);
    for (let at = quads; at < rows.length; at += size) {
      let value = rows[at + i];
      for (let j = 0; j < i; j++) value -= row[j] * rows[at + j];
      rows[at + i] = value / row[i];
    }
  }
}

function lowerFour(row: Float64Array, i: number, rows: Float64Array, at: number, size: number): void {
  const [b, c, d] = [at + size, at + 2 * size, at + 3 * size];
  let [p, q, r, s] = [rows[at + i], rows[b + i], rows[c + i], rows[d + i]];
  for (let j = 0; j < i; j++) {
    const factor = row[j];
    p -= factor * rows[at + j];
    q -= factor * rows[b + j];
    r -= factor * rows[c + j];
    s -= factor * rows[d + j];
  }
  rows[at + i] = p / row[i];
  rows[b + i] = q / row[i];
  rows[c + i] = r / row[i];
  rows[d + i] = s / row[i];
}

/** Turns every row b of `rows` [any number, size] into L^-T b; the factor is read once for all of them. */
export function solveUpper({ size, lower }: Cholesky, rows: Float64Array): void {
  for (let i = size - 1; i >= 0; i--) {
    const row = lower.subarray(i * size, (i + 1) * size);
    for (let at = 0; at < rows.length; at += size) {
      const value = rows[at + i] / row[i];
      rows[at + i] = value;
      for (let j = 0; j < i; j++) rows[at + j] -= value * row[j];
    }
  }
}

/** Turns every row x of `rows` [any number, size] into L^T x. */
export function multiplyUpper({ size, lower }: Cholesky, rows: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const row = lower.subarray(i * size, (i + 1) * size);
    for (let at = 0; at < rows.length; at += size) {
      const value = rows[at + i];
      for (let j = 0; j < i; j++) rows[at + j] += value * row[j];
      rows[at + i] = value * row[i];
    }
  }
}
