import { checkOptions, SpecError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, distance, type Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { filteredPointers } from "./linkage-filter.js";
import type { Linkage, TreeEdges } from "./types.js";

export interface SingleLinkageOptions extends LongRunOptions {
  /**
   * "direct": Prim's algorithm on float64 distances, with scipy's order among equal heights. "filtered": float32 matrix
   * products with error bounds decide where they can, float64 distances where they cannot: equal heights, much faster on
   * many points of many dimensions. "auto" (default): direct while it takes about a second.
   */
  readonly method?: "auto" | "direct" | "filtered";
  /**
   * Threads of "filtered"; by default `WEIGHTBOOK_WORKERS` or all cores where that pays, else the calling thread. The
   * result does not depend on it.
   */
  readonly workers?: number;
}

/** Multiply-adds that the direct method does in about a second. */
const directWork = 5e8;

/**
 * Single linkage by Euclidean distance (float64) through the minimum spanning tree, in O(points x dimensions) memory;
 * the matrix of distances is never held. Heights equal scipy's `linkage(X, "single")` to rounding. Equal heights are
 * merged in a fixed order: scipy's with "direct", by the SLINK representation with "filtered".
 * @throws SpecError on fewer than one point or unknown options; DataError on NaN or infinity; InterruptedError
 */
export async function singleLinkage(points: Points, options: SingleLinkageOptions = {}): Promise<Linkage> {
  checkOptions(options, ["signal", "onProgress", "method", "workers"], "singleLinkage");
  checkPoints(points, "singleLinkage");
  const { rows, cols } = points;
  if (rows < 1) {
    throw new SpecError("linkage/empty", "single linkage needs at least one point", { value: rows });
  }
  const method = options.method ?? "auto";
  const direct = method === "direct" || (method === "auto" && (rows * rows * cols) / 2 <= directWork);
  const edges = direct ? await primEdges(points, options) : await filteredPointers(points, options);
  return linkageOfEdges(edges, rows);
}

/**
 * Prim's algorithm from point 0. As in scipy, edge i joins the points added at steps i and i + 1: sorted by height and
 * merged by union-find this gives the same dendrogram as the tree's own edges.
 */
async function primEdges(points: Points, options: LongRunOptions): Promise<TreeEdges> {
  const n = points.rows;
  const edges = emptyEdges(n - 1);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const outside = Int32Array.from({ length: n - 1 }, (_, i) => i + 1);
  const pacer = new Pacer("single linkage", (n * (n - 1)) / 2, "distances", options);
  let current = 0;
  for (let step = 0; step < n - 1; step++) {
    const left = n - 1 - step;
    let best = 0;
    for (let o = 0; o < left; o++) {
      const j = outside[o];
      const d = distance(points, current, points, j);
      if (d < nearest[j]) nearest[j] = d;
      if (nearest[j] < nearest[outside[best]]) best = o;
    }
    const next = outside[best];
    edges.from[step] = current;
    edges.to[step] = next;
    edges.heights[step] = nearest[next];
    outside.copyWithin(best, best + 1, left);
    current = next;
    await pacer.add(left);
  }
  return edges;
}

/** Room for the edges of a tree. */
function emptyEdges(count: number): TreeEdges {
  return {
    from: new Int32Array(count),
    to: new Int32Array(count),
    heights: new Float64Array(count),
  };
}

/** Sorts edges by height (stable) and merges them one by one. */
function linkageOfEdges(edges: TreeEdges, n: number): Linkage {
  const count = n - 1;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => edges.heights[a] - edges.heights[b] || a - b);
  const parent = Int32Array.from({ length: n + count }, (_, i) => i);
  const size = new Int32Array(n + count).fill(1);
  const linkage = {
    points: n,
    left: new Int32Array(count),
    right: new Int32Array(count),
    heights: new Float64Array(count),
    sizes: new Int32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const a = rootOf(parent, edges.from[order[i]]);
    const b = rootOf(parent, edges.to[order[i]]);
    parent[a] = n + i;
    parent[b] = n + i;
    size[n + i] = size[a] + size[b];
    linkage.left[i] = Math.min(a, b);
    linkage.right[i] = Math.max(a, b);
    linkage.heights[i] = edges.heights[order[i]];
    linkage.sizes[i] = size[n + i];
  }
  return linkage;
}

/** Root of a node in a union-find forest, halving paths on the way. */
export function rootOf(parent: Int32Array, node: number): number {
  let current = node;
  while (parent[current] !== current) {
    parent[current] = parent[parent[current]];
    current = parent[current];
  }
  return current;
}
