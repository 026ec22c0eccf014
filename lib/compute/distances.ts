import { type Points, squaredDistance } from "../core/numeric/points.js";
import { gemmDepth } from "./gemm.js";
import { type RowBlock, type SharedRows, shared32 } from "./product-threads.js";
import { type ProductOptions, productBlocks } from "./row-products.js";

/** Unit roundoff of float32. */
const roundoff = 2 ** -24;
/** Rows whose distances are computed at once. */
const rowsAtOnce = 128;
/** Beyond this squared norm float32 products may overflow. */
const largestSquaredNorm = 1e36;

/**
 * Squared Euclidean distances between all rows of a set of points: cheap ones with a rigorous error bound, from float32
 * matrix products, and exact ones (float64) on demand. Algorithms decide with the bounds where they suffice and ask for
 * the exact distance where they do not, so their results are those of float64 at the speed of float32.
 *
 * The points are moved to their mean and rounded to float32, y = fl(x - c); then |x_i - x_j|^2 lies within
 * `slack * (|y_i| + |y_j|)^2 + tiny` of |y_i|^2 + |y_j|^2 - 2 y_i y_j as computed: the inner product of n terms, summed
 * in blocks of `gemmDepth`, errs by at most (gemmDepth + n / gemmDepth + 1) u |y_i| |y_j| (Higham, Accuracy and Stability
 * of Numerical Algorithms, section 3.1), and rounding to float32 moves each point by at most u |y|.
 */
export class DistanceBounds {
  /** Norm of each centred point. */
  readonly norms: Float64Array;
  readonly squaredNorms: Float64Array;
  readonly slack: number;
  /** Covers products that underflow in float32. */
  readonly tiny: number;
  /** False when the points are so far apart that float32 would overflow; then there are no bounds to be had. */
  readonly usable: boolean;
  private readonly centred: SharedRows<Float32Array>;

  constructor(readonly points: Points) {
    const { cols } = points;
    this.centred = centre(points);
    this.squaredNorms = squaredNorms(this.centred);
    this.norms = this.squaredNorms.map(Math.sqrt);
    const terms = Math.min(gemmDepth, cols) + Math.ceil(cols / gemmDepth) + 1;
    // 2 |y_i| |y_j| <= (|y_i| + |y_j|)^2 / 2; the factor 1.01 covers what is of second order in u.
    this.slack = 1.01 * (terms / 2 + 3) * roundoff;
    this.tiny = cols * 2 ** -147;
    this.usable = this.squaredNorms.every((value) => value < largestSquaredNorm);
  }

  /**
   * Inner products y_i y_j of rows from..to with rows 0..columns, a block of rows at a time, on all cores where that
   * pays. Where there are no bounds to be had, the blocks come without products.
   * @param columns of the block that ends before row `to`
   * @yields the block's rows from..to, and its products [to - from, columns], valid until the next block
   */
  async *blocks(
    from: number,
    to: number,
    columns: (to: number) => number,
    options: ProductOptions,
  ): AsyncGenerator<RowBlock & { readonly products: Float32Array | undefined }> {
    const blocks: RowBlock[] = [];
    for (let start = from; start < to; start += rowsAtOnce) {
      const end = Math.min(to, start + rowsAtOnce);
      blocks.push({ from: start, to: end, columns: columns(end) });
    }
    if (this.usable) yield* productBlocks(this.centred, blocks, options);
    else for (const block of blocks) yield { ...block, products: undefined };
  }

  /** Squared distance of two of the points, in float64. */
  exact(i: number, j: number): number {
    return squaredDistance(this.points, i, this.points, j);
  }
}

/** The points minus their mean, in float32. */
function centre(points: Points): SharedRows<Float32Array> {
  const { data, rows, cols } = points;
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) mean[j] += data[i * cols + j];
  }
  for (let j = 0; j < cols; j++) mean[j] /= Math.max(1, rows);
  const centred = { data: shared32(rows * cols), rows, cols };
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) centred.data[i * cols + j] = data[i * cols + j] - mean[j];
  }
  return centred;
}

function squaredNorms({ data, rows, cols }: SharedRows<Float32Array>): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) sum += data[p] * data[p];
    norms[i] = sum;
  }
  return norms;
}
