import { BinSums } from "../../compute/histograms.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";

/** Bins of a feature in a histogram's layout; at most 255 are in use. */
export const binStride = 256;

/** Rows whose features are small integers: the number of the bin that a value falls into. */
export interface BinnedRows {
  readonly rows: number;
  readonly cols: number;
  /**
   * Bins of four features a word, the first in the lowest byte: word `group * rows + row` has features 4 group to
   * 4 group + 3. One load then serves four histograms.
   */
  readonly words: Int32Array;
}

/** Bin of one feature of one row. */
export function binOf({ words, rows }: BinnedRows, feature: number, row: number): number {
  return (words[(feature >> 2) * rows + row] >>> ((feature & 3) << 3)) & 255;
}

/**
 * Upper bounds of each feature's bins except the last: the quantiles i / maxBins, each the midpoint of the two values
 * around it, or all midpoints between neighbours where a feature takes no more than maxBins values. These are the
 * thresholds of scikit-learn's HistGradientBoosting, which above 200,000 rows takes them from a sample.
 * @returns ascending bounds by feature
 * @throws InterruptedError
 */
export async function binThresholds(points: Points, maxBins: number, pacer: Pacer): Promise<Float64Array[]> {
  const { data, rows, cols } = points;
  const thresholds: Float64Array[] = [];
  const column = data instanceof Float32Array ? new Float32Array(rows) : new Float64Array(rows);
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i < rows; i++) column[i] = data[i * cols + j];
    thresholds.push(thresholdsOf(column.sort(), maxBins));
    if (pacer.due()) await pacer.pause();
  }
  return thresholds;
}

function thresholdsOf(sorted: Float32Array | Float64Array, maxBins: number): Float64Array {
  const distinct: number[] = [];
  for (let i = 0; i < sorted.length && distinct.length <= maxBins; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i]);
  }
  if (distinct.length <= maxBins) {
    return Float64Array.from({ length: distinct.length - 1 }, (_, i) => middle(distinct[i], distinct[i + 1]));
  }
  return Float64Array.from({ length: maxBins - 1 }, (_, i) => {
    const place = ((sorted.length - 1) * (i + 1)) / maxBins;
    return middle(sorted[Math.floor(place)], sorted[Math.ceil(place)]);
  });
}

/** Halfway between two finite numbers, whose sum may overflow. */
function middle(low: number, high: number): number {
  return low / 2 + high / 2;
}

/**
 * Sorts every value into its bin: the first whose upper bound is not below it.
 * @param thresholds of `binThresholds`, mostly of other rows
 * @throws InterruptedError
 */
export async function binRows(
  points: Points,
  thresholds: readonly Float64Array[],
  pacer: Pacer,
): Promise<BinnedRows> {
  const { rows, cols } = points;
  const words = new Int32Array(Math.ceil(cols / 4) * rows);
  await fillWords(words, points, thresholds, pacer);
  return { rows, cols, words };
}

/**
 * `binRows` in the memory of the kernel that trees are grown with.
 * @throws SpecError "trees/memory"; InterruptedError
 */
export async function binTrainingRows(
  points: Points,
  thresholds: readonly Float64Array[],
  pacer: Pacer,
): Promise<BinSums> {
  const sums = new BinSums(points.rows, points.cols);
  await fillWords(sums.words, points, thresholds, pacer);
  return sums;
}

async function fillWords(
  words: Int32Array,
  { data, rows, cols }: Points,
  thresholds: readonly Float64Array[],
  pacer: Pacer,
): Promise<void> {
  for (let j = 0; j < cols; j++) {
    const find = binFinder(thresholds[j]);
    const start = (j >> 2) * rows;
    const shift = (j & 3) << 3;
    for (let i = 0; i < rows; i++) words[start + i] |= find(data[i * cols + j]) << shift;
    if (pacer.due()) await pacer.pause();
  }
}

/** Cells of a table over the range of the bounds, which narrows the search to the few bounds of a value's cell. */
const cells = 1024;

/** Finds the index of the first bound that is not below a value; their number where all are. */
function binFinder(bounds: Float64Array): (value: number) => number {
  const least = bounds[0];
  const scale = cells / (bounds[bounds.length - 1] - least);
  // Not decreasing in the value, whatever the rounding; where there is no scale all are in one cell.
  const cellOf =
    scale > 0 && scale < Number.POSITIVE_INFINITY
      ? (value: number) => Math.max(0, Math.min(cells - 1, Math.floor((value - least) * scale)))
      : () => 0;
  // firsts[c]: bounds in cells below c. They are below a value of cell c, those in cells above it are not.
  const firsts = new Int32Array(cells + 1);
  for (const bound of bounds) firsts[cellOf(bound) + 1]++;
  for (let c = 0; c < cells; c++) firsts[c + 1] += firsts[c];
  return (value) => {
    const cell = cellOf(value);
    let low = firsts[cell];
    let high = firsts[cell + 1];
    while (low < high) {
      const mid = (low + high) >> 1;
      if (bounds[mid] < value) low = mid + 1;
      else high = mid;
    }
    return low;
  };
}
