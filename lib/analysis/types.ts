/**
 * A hierarchical clustering of n points as scipy writes it: merge i joins the clusters `left[i]` and `right[i]`
 * (left < right; below n a point, otherwise merge number minus n) at distance `heights[i]`. Merges are in ascending
 * height.
 */
export interface Linkage {
  /** Number of points n; there are n - 1 merges. */
  readonly points: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly heights: Float64Array;
  /** Points in the cluster that the merge makes. */
  readonly sizes: Int32Array;
}

/** Tree edges in any order whose sorted union gives the dendrogram. */
export interface TreeEdges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly heights: Float64Array;
}

/** A node of a clustering as ml-hclust shapes it; its `Cluster` is one. */
export interface ClusterTree {
  children: ClusterTree[];
  /** Distance at which the children merge; 0 for a leaf. */
  height: number;
  /** Number of leaves below. */
  size: number;
  /** Index of the point for a leaf, -1 otherwise. */
  index: number;
  isLeaf: boolean;
  /** Largest sub-trees that merge at or below the threshold. */
  cut(threshold: number): ClusterTree[];
  /** A root whose children are the given number of sub-trees. */
  group(groups: number): ClusterTree;
  /** Visits every node, parents first. */
  traverse(visit: (cluster: ClusterTree) => void): void;
  /** Indices of the leaves, in an order in which a dendrogram has no crossings. */
  indices(): number[];
}
