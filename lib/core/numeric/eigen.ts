import { DataError } from "../errors.js";
import type { Pacer } from "./pacer.js";

/** Eigenvalues in descending order and eigenvectors as rows, `vectors[i * size + j]`. */
export interface Eigen {
  readonly size: number;
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Steps of the implicit QL iteration for one eigenvalue before giving up; two or three are usual. */
const mostSteps = 60;

/**
 * All eigenvalues and vectors of a symmetric matrix in float64, O(size^3): Householder tridiagonalisation and implicit
 * QL (Golub and Van Loan, Matrix Computations, section 8.3), laid out so that every inner loop runs along a row.
 * @param a row-major entries [size, size]; the upper triangle is not read
 * @param pacer is asked between rows whether to pause
 * @throws DataError when the iteration does not converge, which only NaN or infinity can bring about; InterruptedError
 */
export async function symmetricEigen(a: Float64Array, size: number, pacer: Pacer): Promise<Eigen> {
  const reflectors = a.slice();
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(size);
  const scales = await tridiagonalise(reflectors, size, diagonal, offDiagonal, pacer);
  const rows = new Float64Array(size * size);
  for (let i = 0; i < size; i++) rows[i * size + i] = 1;
  await implicitQl(diagonal, offDiagonal, rows, size, pacer);
  const order = Array.from({ length: size }, (_, i) => i);
  order.sort((i, j) => diagonal[j] - diagonal[i] || i - j);
  const vectors = new Float64Array(size * size);
  for (let to = 0; to < size; to++) {
    const vector = rows.subarray(order[to] * size, (order[to] + 1) * size);
    reflect(reflectors, scales, vector, size);
    vectors.set(vector, to * size);
    if (pacer.due()) await pacer.pause();
  }
  return { size, values: Float64Array.from(order, (i) => diagonal[i]), vectors };
}

/**
 * Reduces the lower triangle of `a` to tridiagonal form, last row first. Row k keeps the Householder vector v of its step
 * in its first k entries; the step's reflection is 1 - scale v v^T.
 * @returns the scales; `offDiagonal[k]` couples k - 1 and k
 */
async function tridiagonalise(
  a: Float64Array,
  n: number,
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  pacer: Pacer,
): Promise<Float64Array> {
  const scales = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = n - 1; k > 0; k--) {
    if (pacer.due()) await pacer.pause();
    const v = a.subarray(k * n, k * n + k);
    diagonal[k] = a[k * n + k];
    let squares = 0;
    for (let j = 0; j < k; j++) squares += v[j] * v[j];
    const pivot = v[k - 1];
    const alpha = pivot > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    offDiagonal[k] = alpha;
    if (squares - pivot * pivot === 0) {
      offDiagonal[k] = pivot;
      continue;
    }
    v[k - 1] = pivot - alpha;
    scales[k] = 1 / (squares - pivot * alpha);
    symmetricTimes(a, n, k, v, p);
    let overlap = 0;
    for (let j = 0; j < k; j++) {
      p[j] *= scales[k];
      overlap += p[j] * v[j];
    }
    const half = (scales[k] * overlap) / 2;
    for (let j = 0; j < k; j++) p[j] -= half * v[j];
    for (let i = 0; i < k; i++) {
      const line = i * n;
      const vi = v[i];
      const pi = p[i];
      for (let j = 0; j <= i; j++) a[line + j] -= vi * p[j] + pi * v[j];
    }
  }
  diagonal[0] = a[0];
  return scales;
}

/** out = (leading k x k part of the symmetric a) v, from the lower triangle. */
function symmetricTimes(a: Float64Array, n: number, k: number, v: Float64Array, out: Float64Array): void {
  out.fill(0, 0, k);
  for (let i = 0; i < k; i++) {
    const line = i * n;
    const vi = v[i];
    let sum = a[line + i] * vi;
    for (let j = 0; j < i; j++) {
      const value = a[line + j];
      sum += value * v[j];
      out[j] += value * vi;
    }
    out[i] += sum;
  }
}

/**
 * Eigenvalues of a tridiagonal matrix (into `diagonal`); every rotation is applied to the rows of `rows` too. Destroys
 * `offDiagonal`.
 */
async function implicitQl(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rows: Float64Array,
  n: number,
  pacer: Pacer,
): Promise<void> {
  const d = diagonal;
  const e = offDiagonal;
  for (let first = 0; first < n; first++) {
    if (pacer.due()) await pacer.pause();
    for (let step = 0; ; step++) {
      let last = first;
      while (
        last < n - 1 &&
        Math.abs(e[last + 1]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1]))
      ) {
        last++;
      }
      if (last === first) break;
      if (step === mostSteps) {
        throw new DataError(
          "eigen/diverged",
          "the eigenvalues of a matrix with NaN or infinity do not exist",
        );
      }
      qlSweep(d, e, rows, n, first, last);
    }
  }
}

/** One sweep with Wilkinson's shift over the unreduced block first..last. */
function qlSweep(
  d: Float64Array,
  e: Float64Array,
  rows: Float64Array,
  n: number,
  first: number,
  last: number,
): void {
  const half = (d[first + 1] - d[first]) / (2 * e[first + 1]);
  const root = Math.hypot(half, 1);
  const shift = d[first] - e[first + 1] / (half + (half < 0 ? -root : root));
  let bulge = d[last] - shift;
  let sine = 1;
  let cosine = 1;
  let change = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i + 1];
    const b = cosine * e[i + 1];
    const r = Math.hypot(f, bulge);
    if (i + 2 < n) e[i + 2] = i === last - 1 ? 0 : r;
    if (r === 0) {
      d[i + 1] -= change;
      if (last + 1 < n) e[last + 1] = 0;
      return;
    }
    sine = f / r;
    cosine = bulge / r;
    const moved = d[i + 1] - change;
    const q = (d[i] - moved) * sine + 2 * cosine * b;
    change = sine * q;
    d[i + 1] = moved + change;
    bulge = cosine * q - b;
    rotate(rows, i * n, n, cosine, sine);
  }
  d[first] -= change;
  e[first + 1] = bulge;
  if (last + 1 < n) e[last + 1] = 0;
}

/** Rotates the row at `upper` with the row after it. */
function rotate(rows: Float64Array, upper: number, n: number, cosine: number, sine: number): void {
  const lower = upper + n;
  for (let j = 0; j < n; j++) {
    const x = rows[upper + j];
    const y = rows[lower + j];
    rows[lower + j] = sine * x + cosine * y;
    rows[upper + j] = cosine * x - sine * y;
  }
}

/** Applies the reflections of `tridiagonalise`, first row's first, to a vector. */
function reflect(reflectors: Float64Array, scales: Float64Array, vector: Float64Array, n: number): void {
  for (let k = 1; k < n; k++) {
    if (scales[k] === 0) continue;
    const line = k * n;
    let overlap = 0;
    for (let j = 0; j < k; j++) overlap += reflectors[line + j] * vector[j];
    overlap *= scales[k];
    for (let j = 0; j < k; j++) vector[j] -= overlap * reflectors[line + j];
  }
}
