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
  /** The new point for which `known` and the list of j are filled in: few are ever asked for. */
  private readonly filledFor: Int32Array;
  /** Least squared distance known exactly among those that M(j) is the minimum of. */
  private readonly known: Float64Array;
  /** List of the points whose distance to the new one is open and may be M(j). */
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private readonly next: Int32Array;
  /** Inner products of the new point with the earlier ones. */
  private products: Float32Array | undefined;

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
    this.filledFor = new Int32Array(n).fill(none);
  }

  /** Adds point i; `products` holds its inner products with points 0..i, or is missing where there are none. */
  add(i: number, products: Float32Array | undefined): void {
    const { pi, lambda, low, high, known } = this;
    pi[i] = i;
    lambda[i] = Number.POSITIVE_INFINITY;
    this.products = products;
    this.start(i, products);
    for (let j = 0; j < i; j++) {
      let parent = pi[j];
      // SLINK's last step for the point before: put off until here, since a parent's height changes only after this.
      if (lambda[j] >= lambda[parent]) {
        parent = i - 1;
        pi[j] = parent;
      }
      if (low[j] <= lambda[j]) {
        this.resolve(i, j);
        if (lambda[j] >= known[j]) {
          this.fill(i, parent);
          if (lambda[j] < known[parent]) known[parent] = lambda[j];
          if (lambda[j] < low[parent]) low[parent] = lambda[j];
          if (lambda[j] < high[parent]) high[parent] = lambda[j];
          lambda[j] = known[j];
          pi[j] = i;
          continue;
        }
      }
      if (low[j] <= high[parent]) this.lower(i, parent, j);
    }
  }

  /** M(j) = distance of points i and j, as bounds. */
  private start(i: number, products: Float32Array | undefined): void {
    const { low, high } = this;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    if (!products) {
      low.fill(Number.NEGATIVE_INFINITY, 0, i);
      high.fill(Number.POSITIVE_INFINITY, 0, i);
      return;
    }
    const [norm, squaredNorm] = [norms[i], squaredNorms[i]];
    for (let j = 0; j < i; j++) {
      const reach = norm + norms[j];
      const error = slack * reach * reach + tiny;
      const squared = squaredNorm + squaredNorms[j] - 2 * products[j];
      low[j] = squared - error;
      high[j] = squared + error;
    }
  }

  /** Lower bound of the squared distance of points i and k, as `start` has it. */
  private ownLow(i: number, k: number): number {
    if (!this.products) return Number.NEGATIVE_INFINITY;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    const reach = norms[i] + norms[k];
    return squaredNorms[i] + squaredNorms[k] - 2 * this.products[k] - (slack * reach * reach + tiny);
  }

  /** Nothing is known of M(j) yet, and the distance of i and j alone is open; unless that was said already. */
  private fill(i: number, j: number): void {
    if (this.filledFor[j] === i) return;
    this.filledFor[j] = i;
    this.known[j] = Number.POSITIVE_INFINITY;
    this.head[j] = j;
    this.tail[j] = j;
    this.next[j] = none;
  }

  /** M(parent) = min(M(parent), M(j)) where j's may be less; M(j) is not used again. */
  private lower(i: number, parent: number, j: number): void {
    const { low, high, known, head, tail, next } = this;
    this.fill(i, j);
    this.fill(i, parent);
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
    const { low, high, known, head, next } = this;
    this.fill(i, j);
    let least = known[j];
    for (let k = head[j]; k !== none; k = next[k]) {
      const own = this.ownLow(i, k);
      if (own > high[j] || own > least) continue;
      const squared = this.bounds.exact(i, k);
      if (squared < least) least = squared;
    }
    head[j] = none;
    known[j] = least;
    low[j] = least;
    high[j] = least;
  }

  /** Edges (j, pi(j)); `add` leaves the last step of the last point to be done. */
  edges(): TreeEdges {
    const { pi, lambda } = this;
    const last = pi.length - 1;
    return {
      from: Int32Array.from({ length: last }, (_, j) => j),
      to: pi.slice(0, last).map((parent, j) => (lambda[j] >= lambda[parent] ? last : parent)),
      heights: lambda.slice(0, last).map(Math.sqrt),
    };
  }
}
