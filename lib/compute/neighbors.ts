import { checkOptions, SpecError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, type Points, squaredDistance } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { DistanceBounds } from "./distances.js";

/** The nearest other points of each point, nearest first; the point itself is never among them. */
export interface Neighbors {
  /** Number of neighbours of each point. */
  readonly count: number;
  /** Row indices, [rows, count]. */
  readonly indices: Int32Array;
  /** Euclidean distances in float64, [rows, count]. */
  readonly distances: Float64Array;
}

/** Rows whose distances are computed at once. */
const rowsAtOnce = 128;

/**
 * Exact k nearest neighbours of every row, by Euclidean distance in float64; equal distances go to the smaller index.
 * Float32 matrix products with a rigorous error bound choose the candidates (see `DistanceBounds`). O(rows x cols)
 * memory.
 * @param count neighbours of each point, without the point itself
 * @throws SpecError when there are not more than `count` rows; DataError on NaN or infinity; InterruptedError
 */
export async function exactNeighbors(
  points: Points,
  count: number,
  options: LongRunOptions = {},
): Promise<Neighbors> {
  checkOptions(options, ["signal", "onProgress"], "exactNeighbors");
  checkPoints(points, "exactNeighbors");
  const { rows } = points;
  if (!Number.isInteger(count) || count < 1 || count >= rows) {
    throw new SpecError(
      "neighbors/count",
      `${count} neighbours cannot be found among ${rows} points; ask for 1 to ${rows - 1}`,
      { value: count },
    );
  }
  const result = {
    count,
    indices: new Int32Array(rows * count),
    distances: new Float64Array(rows * count),
  };
  const pacer = new Pacer("finding nearest neighbours", rows, "points", options);
  const search = new RowSearch(points, count);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const block = Math.min(rowsAtOnce, rows - from);
    search.prepare(from, block);
    for (let i = from; i < from + block; i++) {
      search.nearest(i, result);
      await pacer.add(1);
    }
  }
  return result;
}

/** Finds the neighbours of one row after the other. */
class RowSearch {
  private readonly bounds: DistanceBounds;
  private readonly low: Float64Array;
  private readonly nearestHigh: Float64Array;
  private products: Float32Array | undefined;
  private from = 0;

  constructor(
    private readonly points: Points,
    private readonly count: number,
  ) {
    this.bounds = new DistanceBounds(points);
    this.low = new Float64Array(points.rows);
    this.nearestHigh = new Float64Array(count);
  }

  prepare(from: number, block: number): void {
    this.from = from;
    if (this.bounds.usable) this.products = this.bounds.innerProducts(from, block, this.points.rows);
  }

  nearest(i: number, result: Neighbors): void {
    const { points, count, low } = this;
    const limit = this.products ? this.boundRow(i, this.products) : Number.POSITIVE_INFINITY;
    const best: { index: number; squared: number }[] = [];
    for (let j = 0; j < points.rows; j++) {
      if (j === i || low[j] > limit) continue;
      const squared = squaredDistance(points, i, points, j);
      if (best.length === count && squared >= best[count - 1].squared) continue;
      let place = best.length < count ? best.length : count - 1;
      for (; place > 0 && best[place - 1].squared > squared; place--) best[place] = best[place - 1];
      best[place] = { index: j, squared };
    }
    best.forEach(({ index, squared }, place) => {
      result.indices[i * count + place] = index;
      result.distances[i * count + place] = Math.sqrt(squared);
    });
  }

  /** Fills the lower bounds of row i and returns the count-th smallest upper bound. */
  private boundRow(i: number, products: Float32Array): number {
    const { count, low, nearestHigh } = this;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    const { rows } = this.points;
    const start = (i - this.from) * rows;
    nearestHigh.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < rows; j++) {
      const reach = norms[i] + norms[j];
      const error = slack * reach * reach + tiny;
      const approximate = squaredNorms[i] + squaredNorms[j] - 2 * products[start + j];
      low[j] = approximate - error;
      const high = approximate + error;
      if (j === i || high >= nearestHigh[count - 1]) continue;
      let place = count - 1;
      for (; place > 0 && nearestHigh[place - 1] > high; place--) nearestHigh[place] = nearestHigh[place - 1];
      nearestHigh[place] = high;
    }
    return nearestHigh[count - 1];
  }
}
