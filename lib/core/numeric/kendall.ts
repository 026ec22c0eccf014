import { SpecError } from "../errors.js";

/**
 * Kendall's tau-b of two variables, -1..1, in O(n log n) (Knight 1966): with the pairs sorted by x, then y, the
 * discordant pairs are the inversions that merging y counts. NaN where it is undefined: fewer than two pairs, a variable
 * that is constant, or a NaN among the values.
 * @throws SpecError "kendall/length" when the lengths differ
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  if (y.length !== n) {
    const message = `kendallTau got ${n} and ${y.length} values; give one y for each x`;
    throw new SpecError("kendall/length", message, { value: y.length });
  }
  const xRanks = denseRanks(x);
  const yRanks = denseRanks(y);
  if (!xRanks || !yRanks) return Number.NaN;
  const count = yRanks.count;
  // One number holds both ranks, exactly while n^2 < 2^53, so that the typed array's own sort orders by x, then y.
  const keys = Float64Array.from(xRanks.ranks, (rank, i) => rank * count + yRanks.ranks[i]);
  const bothTied = tiedPairs(keys.sort());
  const order = Int32Array.from(keys, (key) => key % count);
  const pairs = (n * (n - 1)) / 2;
  const untiedX = pairs - xRanks.tied;
  const untiedY = pairs - yRanks.tied;
  if (untiedX <= 0 || untiedY <= 0) return Number.NaN;
  const balance = pairs - xRanks.tied - yRanks.tied + bothTied - 2 * inversions(order);
  const tau = balance / Math.sqrt(untiedX) / Math.sqrt(untiedY);
  return Math.max(-1, Math.min(1, tau));
}

interface DenseRanks {
  /** 0 for the least value; equal values have equal ranks, and no rank is left out. */
  readonly ranks: Int32Array;
  readonly count: number;
  /** Pairs of equal values. */
  readonly tied: number;
}

/** Undefined when a value is NaN. */
function denseRanks(values: ArrayLike<number>): DenseRanks | undefined {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  if (n > 0 && Number.isNaN(sorted[n - 1])) return undefined;
  const tied = tiedPairs(sorted);
  let count = 0;
  for (let i = 0; i < n; i++) if (i === 0 || sorted[i] !== sorted[count - 1]) sorted[count++] = sorted[i];
  const ranks = new Int32Array(n);
  for (let i = 0; i < n; i++) ranks[i] = placeOf(values[i], sorted, count);
  return { ranks, count, tied };
}

/** Index of a value in the first `count` ascending, distinct values. */
function placeOf(value: number, ascending: Float64Array, count: number): number {
  let low = 0;
  for (let length = count; length > 1; ) {
    const half = length >> 1;
    if (ascending[low + half] <= value) low += half;
    length -= half;
  }
  return low;
}

/** Pairs of equal neighbours' values in sorted values. */
function tiedPairs(sorted: Float64Array): number {
  let pairs = 0;
  for (let i = 1, run = 0; i < sorted.length; i++) {
    run = sorted[i] === sorted[i - 1] ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

/** Pairs i < j with values[i] > values[j], by merging from below; destroys the order of `values`. */
function inversions(values: Int32Array): number {
  const n = values.length;
  let from: Int32Array = values;
  let to: Int32Array = new Int32Array(n);
  let total = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      total += mergeRuns(from, to, start, Math.min(n, start + width), Math.min(n, start + 2 * width));
    }
    [from, to] = [to, from];
  }
  return total;
}

/** Merges start..middle with middle..end and counts how often a value of the second run passes one of the first. */
function mergeRuns(from: Int32Array, to: Int32Array, start: number, middle: number, end: number): number {
  let passed = 0;
  let left = start;
  let right = middle;
  for (let k = start; k < end; k++) {
    if (right >= end || (left < middle && from[left] <= from[right])) to[k] = from[left++];
    else {
      passed += middle - left;
      to[k] = from[right++];
    }
  }
  return passed;
}
