import { DataError, SpecError } from "../errors.js";

/** Points as the rows of a row-major matrix of either precision; a `Matrix` is one. */
export interface Points {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/**
 * Squared Euclidean distance of row i of a and row j of b, in float64. Four partial sums in a fixed order: equal
 * points give equal bits everywhere.
 */
export function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const { data: left, cols } = a;
  const right = b.data;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let p = i * cols;
  let q = j * cols;
  const end = p + cols;
  for (const even = end - 3; p < even; p += 4, q += 4) {
    const d0 = left[p] - right[q];
    const d1 = left[p + 1] - right[q + 1];
    const d2 = left[p + 2] - right[q + 2];
    const d3 = left[p + 3] - right[q + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; p < end; p++, q++) {
    const d = left[p] - right[q];
    s0 += d * d;
  }
  return s0 + s1 + (s2 + s3);
}

/** Euclidean distance of row i of a and row j of b, in float64. */
export function distance(a: Points, i: number, b: Points, j: number): number {
  return Math.sqrt(squaredDistance(a, i, b, j));
}

/**
 * Checks that the points fill their shape and hold no NaN or infinity, which would poison every distance in silence.
 * @throws SpecError "points/shape", DataError "points/not-finite" naming the row
 */
export function checkPoints(points: Points, where: string): void {
  const { data, rows, cols } = points;
  if (data.length !== rows * cols) {
    throw new SpecError(
      "points/shape",
      `${where} got ${data.length} values for ${rows} points of ${cols} dimensions`,
      { value: data.length },
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new DataError(
        "points/not-finite",
        `${where} got ${data[i]} in row ${Math.floor(i / cols)}; leave diverged checkpoints out`,
        { value: Math.floor(i / cols) },
      );
    }
  }
}
