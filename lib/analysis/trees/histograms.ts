import type { Pacer } from "../../core/numeric/pacer.js";
import { type BinnedRows, binStride } from "./bins.js";

/** First and second derivatives of the loss by a tree's output, row by row; the second is 1 everywhere without. */
export interface Derivatives {
  readonly gradients: Float32Array;
  readonly hessians?: Float32Array;
}

/** Numbers a bin: sum of gradients and rows, and the sum of Hessians where they differ. */
export function valuesPerBin({ hessians }: Derivatives): 2 | 3 {
  return hessians ? 3 : 2;
}

/** Room for the histograms of one node: [features padded to fours, bins, values a bin]. */
export function emptyHistogram({ cols }: BinnedRows, perBin: number): Float64Array {
  return new Float64Array(Math.ceil(cols / 4) * 4 * binStride * perBin);
}

/**
 * Sums of the derivatives of some rows by bin of each feature, in float64 and in the order of the rows.
 * @param histogram overwritten
 * @param order numbers of rows; those from `from` to `to` are summed
 * @param scratch room for the derivatives of as many rows, so that every feature reads them in order
 * @throws InterruptedError
 */
export async function fillHistogram(
  histogram: Float64Array,
  binned: BinnedRows,
  { order, from, to }: { order: Int32Array; from: number; to: number },
  { gradients, hessians }: Derivatives,
  scratch: Derivatives,
  pacer: Pacer,
): Promise<void> {
  const picked = order.subarray(from, to);
  histogram.fill(0);
  gather(gradients, picked, scratch.gradients);
  if (hessians && scratch.hessians) gather(hessians, picked, scratch.hessians);
  const groups = Math.ceil(binned.cols / 4);
  const size = histogram.length / groups;
  for (let group = 0; group < groups; group++) {
    const words = binned.words.subarray(group * binned.rows, (group + 1) * binned.rows);
    const part = histogram.subarray(group * size, (group + 1) * size);
    if (scratch.hessians) addBoth(part, words, picked, scratch.gradients, scratch.hessians);
    else addGradients(part, words, picked, scratch.gradients);
    if (pacer.due()) await pacer.pause();
  }
}

function gather(values: Float32Array, picked: Int32Array, out: Float32Array): void {
  for (let i = 0; i < picked.length; i++) out[i] = values[picked[i]];
}

/** Four features at once, [4, binStride, 2]. */
function addGradients(
  out: Float64Array,
  words: Int32Array,
  picked: Int32Array,
  gradients: Float32Array,
): void {
  for (let i = 0; i < picked.length; i++) {
    const word = words[picked[i]];
    const gradient = gradients[i];
    const a = (word & 255) << 1;
    const b = 512 + ((word >>> 7) & 510);
    const c = 1024 + ((word >>> 15) & 510);
    const d = 1536 + ((word >>> 23) & 510);
    out[a] += gradient;
    out[a + 1] += 1;
    out[b] += gradient;
    out[b + 1] += 1;
    out[c] += gradient;
    out[c + 1] += 1;
    out[d] += gradient;
    out[d + 1] += 1;
  }
}

/** Four features at once, [4, binStride, 3]. */
function addBoth(
  out: Float64Array,
  words: Int32Array,
  picked: Int32Array,
  gradients: Float32Array,
  hessians: Float32Array,
): void {
  for (let i = 0; i < picked.length; i++) {
    const word = words[picked[i]];
    const gradient = gradients[i];
    const hessian = hessians[i];
    const a = 3 * (word & 255);
    const b = 768 + 3 * ((word >>> 8) & 255);
    const c = 1536 + 3 * ((word >>> 16) & 255);
    const d = 2304 + 3 * (word >>> 24);
    out[a] += gradient;
    out[a + 1] += 1;
    out[a + 2] += hessian;
    out[b] += gradient;
    out[b + 1] += 1;
    out[b + 2] += hessian;
    out[c] += gradient;
    out[c + 1] += 1;
    out[c + 2] += hessian;
    out[d] += gradient;
    out[d + 1] += 1;
    out[d + 2] += hessian;
  }
}

/** Makes a node's histogram that of one child by taking away the other child's: the rows need no second reading. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let p = 0; p < parent.length; p++) parent[p] -= child[p];
}
