import type { Points } from "../../core/numeric/points.js";

/** Mean and standard deviation of each column of some rows. */
export interface Scaling {
  readonly means: Float64Array;
  /** What a centred value is multiplied by; 0 for a column that is constant but for float32 rounding. */
  readonly factors: Float64Array;
}

export function scalingOf({ data, rows, cols }: Points): Scaling {
  const means = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) means[j] += data[i * cols + j];
  for (let j = 0; j < cols; j++) means[j] /= rows;
  const squares = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) squares[j] += (data[i * cols + j] - means[j]) ** 2;
  }
  const factors = squares.map((sum, j) => {
    const deviation = Math.sqrt(sum / rows);
    return deviation > 1e-7 * Math.abs(means[j]) ? 1 / deviation : 0;
  });
  return { means, factors };
}

/** The given rows, scaled when a scaling is given, in float64. */
export function scaledRows({ data, cols }: Points, rows: ArrayLike<number>, scaling?: Scaling): Points {
  const out = new Float64Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * cols;
    for (let j = 0; j < cols; j++) {
      const value = data[from + j];
      out[i * cols + j] = scaling ? (value - scaling.means[j]) * scaling.factors[j] : value;
    }
  }
  return { data: out, rows: rows.length, cols };
}
