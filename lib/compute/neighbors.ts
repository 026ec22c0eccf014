import { checkOptions, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, type Points, squaredDistance } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { DistanceBounds } from "./distances.js";
import { NearestCandidates } from "./nearest-candidates.js";

/** The nearest other points of each point, nearest first; the point itself is never among them. */
export interface Neighbors {
  /** Number of neighbours of each point. */
  readonly count: number;
  /** Row indices, [rows, count]. */
  readonly indices: Int32Array;
  /** Euclidean distances in float64, [rows, count]. */
  readonly distances: Float64Array;
}

const label = "finding nearest neighbours";

export interface NeighborOptions extends LongRunOptions {
  /**
   * Threads that multiply; by default `WEIGHTBOOK_WORKERS` or all cores where that pays, else the calling thread. The
   * result does not depend on it.
   */
  readonly workers?: number;
}

/** Query points that are laid beside the reference points at once. */
const queriesAtOnce = 4096;

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
  options: NeighborOptions = {},
): Promise<Neighbors> {
  checkOptions(options, ["signal", "onProgress", "workers"], "exactNeighbors");
  checkPoints(points, "exactNeighbors");
  const { rows } = points;
  if (!Number.isInteger(count) || count < 1 || count >= rows) {
    throw new SpecError(
      "neighbors/count",
      `${count} neighbours cannot be found among ${rows} points; ask for 1 to ${rows - 1}`,
      { value: count },
    );
  }
  const result = emptyNeighbors(rows, count);
  const { signal, onProgress, workers } = interruptible(options);
  const pacer = new Pacer(label, (rows * (rows - 1)) / 2, "distances", { signal, onProgress });
  const bounds = new DistanceBounds(points);
  const candidates = new NearestCandidates(bounds, count);
  for await (const block of bounds.blocks(0, rows, (to) => to - 1, { label, signal, workers })) {
    const { from, to, columns, products } = block;
    for (let i = from; i < to; i++) {
      const start = (i - from) * columns;
      candidates.add(i, products?.subarray(start, start + i));
      await pacer.add(i);
    }
  }
  for (let i = 0; i < rows; i++) {
    candidates.write(i, result.indices, result.distances);
    if (pacer.due()) await pacer.pause();
  }
  return result;
}

/**
 * Exact k nearest reference points of every query point: `exactNeighbors` for points that are not among each other's
 * neighbours. A query point that is also a reference point finds itself, at distance 0.
 * @returns row indices into `reference`, [queries.rows, count]
 * @throws SpecError when there are not `count` reference points or the columns differ; DataError on NaN or infinity;
 *   InterruptedError
 */
export async function neighborsAmong(
  reference: Points,
  queries: Points,
  count: number,
  options: NeighborOptions = {},
): Promise<Neighbors> {
  checkOptions(options, ["signal", "onProgress", "workers"], "neighborsAmong");
  checkPoints(reference, "neighborsAmong");
  checkPoints(queries, "neighborsAmong");
  const { rows, cols } = reference;
  if (queries.cols !== cols) {
    const message = `neighbours of points of ${queries.cols} dimensions cannot be found among points of ${cols}`;
    throw new SpecError("neighbors/columns", message, { value: queries.cols });
  }
  if (!Number.isInteger(count) || count < 1 || count > rows) {
    const message = `${count} neighbours cannot be found among ${rows} reference points; ask for 1 to ${rows}`;
    throw new SpecError("neighbors/count", message, { value: count });
  }
  const result = emptyNeighbors(queries.rows, count);
  const pace = paced(queries.rows, options);
  for (let from = 0; from < queries.rows; from += queriesAtOnce) {
    const to = Math.min(queries.rows, from + queriesAtOnce);
    const search = new RowSearch(stacked(reference, queries, from, to), count, rows);
    await searchRows(search, rows, rows + to - from, from, result, pace);
  }
  return result;
}

function emptyNeighbors(rows: number, count: number): Neighbors {
  return { count, indices: new Int32Array(rows * count), distances: new Float64Array(rows * count) };
}

/** The reference points with query points from..to below them, in float32 when both are. */
function stacked(reference: Points, queries: Points, from: number, to: number): Points {
  const { cols } = reference;
  const rows = reference.rows + to - from;
  const single = reference.data instanceof Float32Array && queries.data instanceof Float32Array;
  const data = single ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  data.set(reference.data);
  data.set(queries.data.subarray(from * cols, to * cols), reference.rows * cols);
  return { data, rows, cols };
}

/** What one search goes by: its signal, asked for once, and its progress. */
interface Pace extends NeighborOptions {
  readonly pacer: Pacer;
}

function paced(total: number, options: NeighborOptions): Pace {
  const own = interruptible(options);
  return { ...own, pacer: new Pacer(label, total, "points", own) };
}

/** Searches the neighbours of points from..to and writes them into the result from row `target` on. */
async function searchRows(
  search: RowSearch,
  from: number,
  to: number,
  target: number,
  result: Neighbors,
  { pacer, signal, workers }: Pace,
): Promise<void> {
  const { bounds, among } = search;
  for await (const block of bounds.blocks(from, to, () => among, { label, signal, workers })) {
    for (let i = block.from; i < block.to; i++) {
      const start = (i - block.from) * among;
      search.nearest(i, block.products?.subarray(start, start + among), result, target + i - from);
      await pacer.add(1);
    }
  }
}

/** Finds the neighbours of one row after the other, among the first `among` rows. */
class RowSearch {
  readonly bounds: DistanceBounds;
  private readonly low: Float64Array;
  private readonly nearestHigh: Float64Array;

  constructor(
    private readonly points: Points,
    private readonly count: number,
    readonly among: number,
  ) {
    this.bounds = new DistanceBounds(points);
    this.low = new Float64Array(among);
    this.nearestHigh = new Float64Array(count);
  }

  /** Writes the neighbours of row i, of which the inner products with all rows are given, into row `target` of the result. */
  nearest(i: number, products: Float32Array | undefined, result: Neighbors, target: number): void {
    const { points, count, low, among } = this;
    const limit = products ? this.boundRow(i, products) : Number.POSITIVE_INFINITY;
    const best: { index: number; squared: number }[] = [];
    for (let j = 0; j < among; j++) {
      if (j === i || low[j] > limit) continue;
      const squared = squaredDistance(points, i, points, j);
      if (best.length === count && squared >= best[count - 1].squared) continue;
      let place = best.length < count ? best.length : count - 1;
      for (; place > 0 && best[place - 1].squared > squared; place--) best[place] = best[place - 1];
      best[place] = { index: j, squared };
    }
    best.forEach(({ index, squared }, place) => {
      result.indices[target * count + place] = index;
      result.distances[target * count + place] = Math.sqrt(squared);
    });
  }

  /** Fills the lower bounds of row i and returns the count-th smallest upper bound. */
  private boundRow(i: number, products: Float32Array): number {
    const { count, low, nearestHigh, among } = this;
    const { norms, squaredNorms, slack, tiny } = this.bounds;
    nearestHigh.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < among; j++) {
      const reach = norms[i] + norms[j];
      const error = slack * reach * reach + tiny;
      const approximate = squaredNorms[i] + squaredNorms[j] - 2 * products[j];
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
