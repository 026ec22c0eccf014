import { SpecError } from "./errors.js";

/** A dense row-major matrix: entry (row, column) is `data[row * cols + column]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/**
 * Makes a matrix from its entries.
 * @param data row-major entries; zeros when left out
 * @throws SpecError when the number of entries is not rows x cols
 */
export function matrix(
  rows: number,
  cols: number,
  data: Float32Array = new Float32Array(rows * cols),
): Matrix {
  if (data.length !== rows * cols) {
    throw new SpecError(
      "matrix/shape",
      `a matrix of ${rows} x ${cols} needs ${rows * cols} values but got ${data.length}`,
      { value: data.length },
    );
  }
  return { data, rows, cols };
}

/** Row `index` of a matrix as a view (no copy). */
export function row(m: Matrix, index: number): Float32Array {
  return m.data.subarray(index * m.cols, (index + 1) * m.cols);
}

/** The given rows, in the given order, as a new matrix. */
export function takeRows(m: Matrix, indices: ArrayLike<number>): Matrix {
  const data = new Float32Array(indices.length * m.cols);
  for (let i = 0; i < indices.length; i++) data.set(row(m, indices[i]), i * m.cols);
  return { data, rows: indices.length, cols: m.cols };
}

/** The first `count` columns as a new matrix. */
export function takeCols(m: Matrix, count: number): Matrix {
  const data = new Float32Array(m.rows * count);
  for (let i = 0; i < m.rows; i++) data.set(m.data.subarray(i * m.cols, i * m.cols + count), i * count);
  return { data, rows: m.rows, cols: count };
}
