import { Cluster } from "ml-hclust";
import { SpecError } from "../core/errors.js";
import { rootOf } from "./linkage.js";
import type { ClusterTree, Linkage } from "./types.js";

/**
 * Flat clusters of the points that merge at or below a height, as scipy's `fcluster(Z, t, "distance")`.
 * @returns for each point its cluster, 0, 1, 2, ... in order of first appearance
 */
export function cutAtHeight(linkage: Linkage, height: number): Int32Array {
  let merges = 0;
  while (merges < linkage.heights.length && linkage.heights[merges] <= height) merges++;
  return labelsAfter(linkage, merges);
}

/**
 * Flat clusters at the smallest height that leaves at most `count` clusters, as scipy's `fcluster(Z, k, "maxclust")`;
 * where heights are equal that can be fewer than `count`. From `count` = number of points on, every point is its own.
 * @returns for each point its cluster, 0, 1, 2, ... in order of first appearance
 * @throws SpecError when count is not a positive integer
 */
export function cutAtCount(linkage: Linkage, count: number): Int32Array {
  if (!Number.isInteger(count) || count < 1) {
    throw new SpecError(
      "linkage/count",
      `a linkage cannot be cut into ${count} clusters; ask for 1 or more`,
      {
        value: count,
      },
    );
  }
  const merges = linkage.points - count;
  return merges <= 0 ? labelsAfter(linkage, 0) : cutAtHeight(linkage, linkage.heights[merges - 1]);
}

/** Labels after the first `merges` merges. */
function labelsAfter(linkage: Linkage, merges: number): Int32Array {
  const n = linkage.points;
  const parent = Int32Array.from({ length: n + merges }, (_, i) => i);
  for (let i = 0; i < merges; i++) {
    parent[linkage.left[i]] = n + i;
    parent[linkage.right[i]] = n + i;
  }
  const names = new Map<number, number>();
  return Int32Array.from({ length: n }, (_, i) => {
    const root = rootOf(parent, i);
    const known = names.get(root);
    if (known !== undefined) return known;
    names.set(root, names.size);
    return names.size - 1;
  });
}

/** Number of clusters in canonical labels. */
export function countLabels(labels: Int32Array): number {
  return labels.reduce((most, label) => Math.max(most, label), -1) + 1;
}

/** The height at which each point first merges: for single linkage, the distance to its nearest neighbour. */
export function leafHeights(linkage: Linkage): Float64Array {
  const heights = new Float64Array(linkage.points);
  for (let i = 0; i < linkage.heights.length; i++) {
    for (const child of [linkage.left[i], linkage.right[i]]) {
      if (child < linkage.points) heights[child] = linkage.heights[i];
    }
  }
  return heights;
}

/**
 * The linkage as ml-hclust's tree, whose `cut`, `group`, `traverse` and `indices` then serve. Those walk the tree by
 * recursion: chains of some thousand merges, as single linkage makes them, can exhaust the stack.
 */
export function toClusterTree(linkage: Linkage): ClusterTree {
  const { points, left, right, heights, sizes } = linkage;
  const nodes: Cluster[] = [];
  for (let i = 0; i < points; i++) {
    const leaf = new Cluster();
    leaf.index = i;
    leaf.isLeaf = true;
    nodes.push(leaf);
  }
  for (let i = 0; i < heights.length; i++) {
    const merge = new Cluster();
    merge.children = [nodes[left[i]], nodes[right[i]]];
    merge.height = heights[i];
    merge.size = sizes[i];
    nodes.push(merge);
  }
  return nodes[nodes.length - 1];
}
