import type { BinSums } from "../../compute/histograms.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import { binStride } from "./bins.js";

/** First and second derivatives of the loss by a tree's output, row by row; the second is 1 everywhere without. */
export interface Derivatives {
  readonly gradients: Float32Array;
  readonly hessians?: Float32Array;
}

/** Room for the histograms of one node: [features padded to fours, bins, values a bin]. */
export function emptyHistogram({ cols }: BinSums, perBin: 2 | 3): Float64Array {
  return new Float64Array(Math.ceil(cols / 4) * 4 * binStride * perBin);
}

/**
 * Sums of the derivatives of rows `order[from..to)` by bin of each feature: gradients, rows and, where they are not 1,
 * Hessians.
 * @param histogram overwritten
 * @throws InterruptedError
 */
export async function fillHistogram(
  histogram: Float64Array,
  binned: BinSums,
  { from, to }: { readonly from: number; readonly to: number },
  { gradients, hessians }: Derivatives,
  pacer: Pacer,
): Promise<void> {
  binned.gather(from, to, gradients, hessians);
  const groups = Math.ceil(binned.cols / 4);
  const size = histogram.length / groups;
  for (let group = 0; group < groups; group++) {
    const out = histogram.subarray(group * size, (group + 1) * size);
    binned.add(group, from, to, hessians !== undefined, out);
    if (pacer.due()) await pacer.pause();
  }
}

/** Makes a node's histogram that of one child by taking away the other child's: the rows need no second reading. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let p = 0; p < parent.length; p++) parent[p] -= child[p];
}
