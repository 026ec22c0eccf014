import { binStride } from "./bins.js";
import type { TreesSettings } from "./settings.js";

/** Sums over the rows of a node. */
export interface NodeSums {
  readonly count: number;
  readonly gradient: number;
  readonly hessian: number;
  /** What the node's rows get as a leaf, before the learning rate; 0 for the root, as in scikit-learn. */
  readonly value: number;
}

/** The best way to part a node: rows whose `feature` falls into a bin up to `bin` go left. */
export interface Split {
  readonly feature: number;
  readonly bin: number;
  /** Loss reduction (twice, for squared error); above 0. */
  readonly gain: number;
  readonly left: NodeSums;
  readonly right: NodeSums;
}

/** A child with less than this sum of Hessians is not made: its value would be all rounding. */
const minHessian = 1e-3;
/** Keeps 0 / 0 out of a leaf's value. */
const tiny = 1e-15;

/**
 * The split of greatest gain G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) - G^2 / (H + l2), the first of equals by feature
 * and bin; undefined where none is allowed. A bin without rows of the node is passed over: it parts the rows as the
 * bin before.
 * @param histogram of the node
 * @param bins number of bins of each feature
 * @param perBin numbers a bin in the histogram; see valuesPerBin
 */
export function bestSplit(
  histogram: Float64Array,
  bins: Int32Array,
  perBin: 2 | 3,
  node: NodeSums,
  { minSamplesLeaf, l2 }: Pick<Required<TreesSettings>, "minSamplesLeaf" | "l2">,
): Split | undefined {
  // Hessians of 1 sum to the number of rows, which lies beside the gradient.
  const hessianAt = perBin - 1;
  const penalty = l2 + tiny;
  const nodeLoss = node.gradient * node.value;
  let gain = 0;
  let [feature, bin, count, gradient, hessian] = [-1, 0, 0, 0, 0];
  for (let f = 0; f < bins.length; f++) {
    const start = f * binStride * perBin;
    let [n, g, h] = [0, 0, 0];
    for (let b = 0, p = start; b < bins[f] - 1; b++, p += perBin) {
      const rows = histogram[p + 1];
      if (rows === 0) continue;
      n += rows;
      g += histogram[p];
      h += histogram[p + hessianAt];
      if (n < minSamplesLeaf || h < minHessian) continue;
      const restHessian = node.hessian - h;
      if (node.count - n < minSamplesLeaf || restHessian < minHessian) break;
      const rest = node.gradient - g;
      const candidate = nodeLoss + (g * g) / (h + penalty) + (rest * rest) / (restHessian + penalty);
      if (candidate <= gain) continue;
      gain = candidate;
      feature = f;
      bin = b;
      count = n;
      gradient = g;
      hessian = h;
    }
  }
  // In rows that are all alike the best gain is rounding of the two sides' sums.
  if (feature < 0 || gain < 1e-12 * (gain - nodeLoss)) return undefined;
  const side = (rows: number, g: number, h: number): NodeSums => {
    return { count: rows, gradient: g, hessian: h, value: -g / (h + penalty) };
  };
  const left = side(count, gradient, hessian);
  const right = side(node.count - count, node.gradient - gradient, node.hessian - hessian);
  return { feature, bin, gain, left, right };
}
