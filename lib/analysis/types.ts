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
