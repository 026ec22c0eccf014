import { SpecError } from "../errors.js";

/** Bits of a digit of the radix sort: a double's 64 bits are 11, 11 and 10 of each of its two words. */
const digitBits = 11;

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
  const indices = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(x[i]) || Number.isNaN(y[i])) return Number.NaN;
    indices[i] = i;
  }
  const xKeys = sortableKeys(x);
  const yKeys = sortableKeys(y);
  const byY = stableOrder(yKeys, indices);
  const yRanks = new Uint32Array(n);
  const pairs = (n * (n - 1)) / 2;
  const untiedY = pairs - rankAll(yKeys, byY, yRanks);
  const byBoth = stableOrder(xKeys, byY);
  const xRanks = new Uint32Array(n);
  const untiedX = pairs - rankAll(xKeys, byBoth, xRanks);
  if (untiedX <= 0 || untiedY <= 0) return Number.NaN;
  const sequence = new Uint32Array(n);
  let tiedTwice = 0;
  for (let k = 0, run = 0; k < n; k++) {
    sequence[k] = yRanks[byBoth[k]];
    const isTied = k > 0 && sequence[k] === sequence[k - 1] && xRanks[byBoth[k]] === xRanks[byBoth[k - 1]];
    run = isTied ? run + 1 : 0;
    tiedTwice += run;
  }
  const balance = untiedX + untiedY - pairs + tiedTwice - 2 * inversions(sequence);
  return Math.max(-1, Math.min(1, balance / Math.sqrt(untiedX) / Math.sqrt(untiedY)));
}

/** Two words a value, the low one first, that compare as unsigned numbers the way the values do. */
function sortableKeys(values: ArrayLike<number>): Uint32Array {
  const copy = new Float64Array(values.length);
  // Adding zero makes -0 equal to 0 in its bits too.
  for (let i = 0; i < copy.length; i++) copy[i] = values[i] + 0;
  const keys = new Uint32Array(copy.buffer);
  for (let p = 1; p < keys.length; p += 2) {
    if (keys[p] >>> 31) {
      keys[p - 1] = ~keys[p - 1];
      keys[p] = ~keys[p];
    } else keys[p] |= 0x80000000;
  }
  return keys;
}

/** The indices in ascending order of their keys, equal ones in the order in which they came (radix sort). */
function stableOrder(keys: Uint32Array, indices: Uint32Array): Uint32Array {
  const n = indices.length;
  const mask = 2 ** digitBits - 1;
  const places = new Uint32Array(mask + 1);
  let from = indices;
  let to: Uint32Array = new Uint32Array(n);
  for (let digit = 0; digit < 6; digit++) {
    const word = digit < 3 ? 0 : 1;
    const shift = digitBits * (digit % 3);
    places.fill(0);
    for (let p = word; p < keys.length; p += 2) places[(keys[p] >>> shift) & mask]++;
    if (n === 0 || places[(keys[word] >>> shift) & mask] === n) continue;
    for (let value = 0, sum = 0; value <= mask; value++) {
      const count = places[value];
      places[value] = sum;
      sum += count;
    }
    for (let k = 0; k < n; k++) {
      const index = from[k];
      to[places[(keys[2 * index + word] >>> shift) & mask]++] = index;
    }
    // The indices that were given stay as they are.
    [from, to] = [to, from === indices ? new Uint32Array(n) : from];
  }
  return from;
}

/**
 * Ranks sorted indices, 0 for the least key, equal keys alike.
 * @returns pairs of equal keys
 */
function rankAll(keys: Uint32Array, order: Uint32Array, ranks: Uint32Array): number {
  let pairs = 0;
  let rank = 0;
  for (let k = 0, run = 0, before = -1; k < order.length; k++) {
    const i = order[k];
    const isTied =
      before >= 0 && keys[2 * i] === keys[2 * before] && keys[2 * i + 1] === keys[2 * before + 1];
    run = isTied ? run + 1 : 0;
    if (!isTied && before >= 0) rank++;
    pairs += run;
    ranks[i] = rank;
    before = i;
  }
  return pairs;
}

/** Pairs i < j with values[i] > values[j], by merging from below; destroys the order of `values`. */
function inversions(values: Uint32Array): number {
  const n = values.length;
  let from = values;
  let to: Uint32Array = new Uint32Array(n);
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
function mergeRuns(from: Uint32Array, to: Uint32Array, start: number, middle: number, end: number): number {
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
