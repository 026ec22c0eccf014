import type { Points } from "../../core/numeric/points.js";

/** What tells related weights from unrelated ones: lengths and tensors' means of some rows. */
export interface Likeness {
  /** Length of each row, its tensors' means taken out. */
  readonly norms: Float64Array;
  /**
   * Cosine of two rows, their tensors' means taken out, from their distance: about 0 for weights drawn apart (to within
   * a few divided by the root of the number of weights), near 1 for checkpoints of one run.
   */
  cosine(a: number, b: number, distance: number): number;
  /** Distance at which unrelated weights of these norms lie. */
  unrelated(a: number, b: number): number;
}

/** @param tensors lengths of a row's tensors */
export function likenessOf(points: Points, rows: Int32Array, tensors: readonly number[]): Likeness {
  const { data, cols } = points;
  const count = tensors.length;
  const norms = new Float64Array(rows.length);
  const squares = new Float64Array(rows.length);
  // Scaled by the root of the tensor's length, so that plain products of them are what the means add.
  const means = new Float64Array(rows.length * count);
  rows.forEach((row, i) => {
    let from = row * cols;
    let own = 0;
    tensors.forEach((length, t) => {
      let sum = 0;
      for (let p = from; p < from + length; p++) {
        sum += data[p];
        squares[i] += data[p] ** 2;
      }
      means[i * count + t] = length > 0 ? sum / Math.sqrt(length) : 0;
      own += means[i * count + t] ** 2;
      from += length;
    });
    norms[i] = Math.sqrt(Math.max(0, squares[i] - own));
  });
  const cosine = (a: number, b: number, distance: number) => {
    let product = (squares[a] + squares[b] - distance * distance) / 2;
    for (let t = 0; t < count; t++) product -= means[a * count + t] * means[b * count + t];
    const scale = norms[a] * norms[b];
    return scale > 0 ? product / scale : 0;
  };
  return { norms, cosine, unrelated: (a, b) => Math.hypot(norms[a], norms[b]) };
}
