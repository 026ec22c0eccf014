import type { DistanceBounds } from "./distances.js";

/** Neighbours found so far: candidates of each point and how far the last of them can be. */
export class NearestCandidates {
  /** Candidates that a point holds before they are weeded out. */
  private readonly capacity: number;
  private readonly sizes: Int32Array;
  private readonly indices: Int32Array;
  /** Lower bound of each candidate's squared distance, or the distance itself where it is settled. */
  private readonly lows: Float64Array;
  private readonly settled: Uint8Array;
  /** The `count` least upper bounds of each point, ascending. */
  private readonly highs: Float64Array;
  /** The last of them: what lies beyond is no neighbour. */
  private readonly limits: Float64Array;

  /** @param count neighbours wanted of each point */
  constructor(
    private readonly bounds: DistanceBounds,
    private readonly count: number,
  ) {
    const { rows } = bounds.points;
    this.capacity = 4 * count + 32;
    this.sizes = new Int32Array(rows);
    this.indices = new Int32Array(rows * this.capacity);
    this.lows = new Float64Array(rows * this.capacity);
    this.settled = new Uint8Array(rows * this.capacity);
    this.highs = new Float64Array(rows * count).fill(Number.POSITIVE_INFINITY);
    this.limits = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  }

  /** Takes in the distances of point i and points 0..i; `products` are their inner products, if there are any. */
  add(i: number, products: Float32Array | undefined): void {
    const { limits } = this;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    const [norm, squaredNorm] = [norms[i], squaredNorms[i]];
    for (let j = 0; j < i; j++) {
      let low = Number.NEGATIVE_INFINITY;
      let high = Number.POSITIVE_INFINITY;
      if (products) {
        const reach = norm + norms[j];
        const error = slack * reach * reach + tiny;
        const squared = squaredNorm + squaredNorms[j] - 2 * products[j];
        low = squared - error;
        high = squared + error;
      }
      if (low <= limits[i]) this.offer(i, j, low, high);
      if (low <= limits[j]) this.offer(j, i, low, high);
    }
  }

  /**
   * The neighbours of point i, nearest first, equal ones by index, into row i of both arrays.
   * @param distances Euclidean, [rows, count]
   */
  write(i: number, indices: Int32Array, distances: Float64Array): void {
    const { count, capacity } = this;
    this.weed(i);
    this.settle(i);
    for (let c = 0; c < count; c++) {
      indices[i * count + c] = this.indices[i * capacity + c];
      distances[i * count + c] = Math.sqrt(this.lows[i * capacity + c]);
    }
  }

  private offer(i: number, j: number, low: number, high: number): void {
    const { capacity, sizes } = this;
    if (sizes[i] === capacity) {
      this.weed(i);
      // Distances that the bounds cannot tell apart: the exact ones leave no more than are wanted.
      if (sizes[i] > capacity >> 1) this.settle(i);
    }
    const place = i * capacity + sizes[i]++;
    this.indices[place] = j;
    this.lows[place] = low;
    this.settled[place] = 0;
    if (high < this.limits[i]) this.lower(i, high);
  }

  /** Takes one more upper bound of point i in. */
  private lower(i: number, high: number): void {
    const { highs, count } = this;
    const start = i * count;
    let place = start + count - 1;
    for (; place > start && highs[place - 1] > high; place--) highs[place] = highs[place - 1];
    highs[place] = high;
    this.limits[i] = highs[start + count - 1];
  }

  /** Leaves out the candidates of point i that have turned out to be too far. */
  private weed(i: number): void {
    const { indices, lows, settled, limits, capacity, sizes } = this;
    const start = i * capacity;
    let kept = start;
    for (let place = start; place < start + sizes[i]; place++) {
      if (lows[place] > limits[i]) continue;
      indices[kept] = indices[place];
      lows[kept] = lows[place];
      settled[kept] = settled[place];
      kept++;
    }
    sizes[i] = kept - start;
  }

  /** Computes the distances of the candidates of point i, `count` at least, and keeps the nearest, in order. */
  private settle(i: number): void {
    const { indices, lows, settled, limits, highs, capacity, sizes, count } = this;
    const start = i * capacity;
    const found = Array.from({ length: sizes[i] }, (_, c) => {
      const place = start + c;
      const index = indices[place];
      return { index, squared: settled[place] ? lows[place] : this.bounds.exact(i, index) };
    });
    found.sort((a, b) => a.squared - b.squared || a.index - b.index);
    sizes[i] = count;
    for (let c = 0; c < count; c++) {
      indices[start + c] = found[c].index;
      lows[start + c] = found[c].squared;
      settled[start + c] = 1;
      highs[i * count + c] = found[c].squared;
    }
    limits[i] = found[count - 1].squared;
  }
}
