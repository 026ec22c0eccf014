import { type BinnedRows, binOf } from "./bins.js";

/** A regression tree on bins, node 0 the root. */
export interface Tree {
  /** By node; -1 for a leaf. */
  readonly features: Int32Array;
  /** Rows with a bin up to this go left. */
  readonly bins: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Of the leaves, with the learning rate in them; 0 elsewhere. */
  readonly values: Float64Array;
}

/** Adds the tree's output to that of each row. */
export function addOutputs(
  { features, bins, left, right, values }: Tree,
  rows: BinnedRows,
  out: Float64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    let node = 0;
    while (features[node] >= 0)
      node = binOf(rows, features[node], row) <= bins[node] ? left[node] : right[node];
    out[row] += values[node];
  }
}
