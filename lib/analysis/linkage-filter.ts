import { DistanceBounds } from "../compute/distances.js";
import { interruptible } from "../core/interrupt.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { TreeEdges } from "./types.js";

const none = -1;
const label = "single linkage";

export interface FilterOptions extends LongRunOptions {
  /** Threads that multiply; by default all cores where that pays. */
  readonly workers?: number;
}

/**
 * Single linkage by SLINK (Sibson 1973, The Computer Journal 16) on float32 distances with error bounds: a float64
 * distance is computed only where the bounds leave a comparison open or where it becomes a height. Decisions and heights
 * are those of SLINK on float64 distances.
 *
 * SLINK adds points one at a time. M(j) is the distance at which the new point joins what point j stands for, a minimum
 * over pairs; here it is kept as bounds and a list of the pairs that may attain it.
 * @returns edges (j, pi(j)) at height lambda(j)
 */
export async function filteredPointers(points: Points, options: FilterOptions): Promise<TreeEdges> {
  const { signal, workers } = interruptible(options);
  const n = points.rows;
  const bounds = new DistanceBounds(points);
  const slink = new Slink(bounds);
  const pacer = new Pacer(label, (n * (n - 1)) / 2, "distances", { ...options, signal });
  const blocks = bounds.blocks(0, n, (to) => to - 1, { label, signal, workers });
  for await (const { from, to, columns, products } of blocks) {
    for (let i = from; i < to; i++) {
      slink.add(i, products?.subarray((i - from) * columns, (i - from) * columns + i));
      await pacer.add(i);
    }
  }
  return slink.edges();
}

class Slink {
  private readonly pi: Int32Array;
  /** Squared heights. */
  private readonly lambda: Float64Array;
  /** Bounds of M(j), squared. */
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  /** Least squared distance known exactly among those that M(j) is the minimum of. */
  private readonly known: Float64Array;
  /** List of the points whose distance to the new one is open and may be M(j). */
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly next: Int32Array;
  /** Lower bound of the squared distance from the new point to each point. */
  private readonly ownLow: Float64Array;

  constructor(private readonly bounds: DistanceBounds) {
    const n = bounds.points.rows;
    this.pi = new Int32Array(n);
    this.head = new Int32Array(n);
    this.tail = new Int32Array(n);
    this.next = new Int32Array(n);
    this.lambda = new Float64Array(n);
    this.low = new Float64Array(n);
    this.high = new Float64Array(n);
    this.known = new Float64Array(n);
    this.ownLow = new Float64Array(n);
  }

  /** Adds point i; `products` holds its inner products with points 0..i, or is missing where there are none. */
  add(i: number, products: Float32Array | undefined): void {
    const { pi, lambda, low, high, known } = this;
    pi[i] = i;
    lambda[i] = Number.POSITIVE_INFINITY;
    this.start(i, products);
    for (let j = 0; j < i; j++) {
      const parent = pi[j];
      if (low[j] <= lambda[j]) {
        this.resolve(i, j);
        if (lambda[j] >= known[j]) {
          if (lambda[j] < known[parent]) known[parent] = lambda[j];
          if (lambda[j] < low[parent]) low[parent] = lambda[j];
          if (lambda[j] < high[parent]) high[parent] = lambda[j];
          lambda[j] = known[j];
          pi[j] = i;
          continue;
        }
      }
      this.lower(parent, j);
    }
    for (let j = 0; j < i; j++) if (lambda[j] >= lambda[pi[j]]) pi[j] = i;
  }

  /** M(j) = distance of points i and j, as bounds. */
  private start(i: number, products: Float32Array | undefined): void {
    const { low, high, known, head, tail, next, ownLow } = this;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    for (let j = 0; j < i; j++) {
      const reach = norms[i] + norms[j];
      const error = slack * reach * reach + tiny;
      const squared = products ? squaredNorms[i] + squaredNorms[j] - 2 * products[j] : 0;
      ownLow[j] = squared - error;
      low[j] = ownLow[j];
      high[j] = products ? squared + error : Number.POSITIVE_INFINITY;
      known[j] = Number.POSITIVE_INFINITY;
      head[j] = j;
      tail[j] = j;
      next[j] = none;
    }
  }

  /** M(parent) = min(M(parent), M(j)); M(j) is not used again. */
  private lower(parent: number, j: number): void {
    const { low, high, known, head, tail, next } = this;
    if (low[j] > high[parent]) return;
    if (known[j] < known[parent]) known[parent] = known[j];
    if (head[j] !== none) {
      if (head[parent] === none || high[j] < low[parent]) head[parent] = head[j];
      else next[tail[parent]] = head[j];
      tail[parent] = tail[j];
    } else if (high[j] < low[parent]) head[parent] = none;
    if (low[j] < low[parent]) low[parent] = low[j];
    if (high[j] < high[parent]) high[parent] = high[j];
  }

  /** Computes M(j) exactly. */
  private resolve(i: number, j: number): void {
    const { low, high, known, head, next, ownLow } = this;
    let least = known[j];
    for (let k = head[j]; k !== none; k = next[k]) {
      if (ownLow[k] > high[j] || ownLow[k] > least) continue;
      const squared = this.bounds.exact(i, k);
      if (squared < least) least = squared;
    }
    head[j] = none;
    known[j] = least;
    low[j] = least;
    high[j] = least;
  }

  edges(): TreeEdges {
    const n = this.pi.length;
    return {
      from: Int32Array.from({ length: n - 1 }, (_, j) => j),
      to: this.pi.slice(0, n - 1),
      heights: this.lambda.slice(0, n - 1).map(Math.sqrt),
    };
  }
}
