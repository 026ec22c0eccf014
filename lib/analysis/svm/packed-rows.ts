import { RightOperand } from "../../compute/gemm.js";
import type { Points } from "../../core/numeric/points.js";

/** Rows with a column of ones behind them, packed for products from both sides, in float64. */
export class PackedRows {
  readonly rows: number;
  /** With the column of ones. */
  readonly cols: number;
  /** Row-major [rows, cols]. */
  readonly data: Float64Array;
  private readonly across: RightOperand<Float64Array>;
  private readonly along: RightOperand<Float64Array>;

  constructor(points: Points) {
    const { rows } = points;
    const cols = points.cols + 1;
    this.rows = rows;
    this.cols = cols;
    this.data = new Float64Array(rows * cols);
    for (let i = 0; i < rows; i++) {
      this.data.set(points.data.subarray(i * points.cols, (i + 1) * points.cols), i * cols);
      this.data[(i + 1) * cols - 1] = 1;
    }
    this.across = new RightOperand(this.data, cols, rows, true);
    this.along = new RightOperand(this.data, rows, cols);
  }

  /** V X^T: [count, rows] of V [count, cols]. */
  scores(v: Float64Array, count: number): Float64Array {
    return this.across.multiply(v, count, new Float64Array(count * this.rows));
  }

  /** R X: [count, cols] of R [count, rows]. */
  sums(r: Float64Array, count: number): Float64Array {
    return this.along.multiply(r, count, new Float64Array(count * this.cols));
  }
}
