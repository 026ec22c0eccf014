import { checkOptions, SpecError } from "../errors.js";
import type { LongRunOptions } from "../progress.js";
import { Pacer } from "./pacer.js";
import { checkPoints, type Points, squaredDistance } from "./points.js";

/**
 * How far the neighbourhoods of an embedding can be trusted (Venna and Kaski 2001): 1 - 2 / (n k (2n - 3k - 1)) times
 * the sum, over every point's k nearest neighbours in the embedding, of how far their rank by distance in the original
 * space exceeds k. 1 is best; random positions give about .5. Equal distances rank by index. O(n^2 (d + k)).
 * @param high original points [n, d]
 * @param low embedded points [n, d']
 * @throws SpecError when the row counts differ or k is not below n / 2; InterruptedError
 */
export async function trustworthiness(
  high: Points,
  low: Points,
  k: number,
  options: LongRunOptions = {},
): Promise<number> {
  checkOptions(options, ["signal", "onProgress"], "trustworthiness");
  checkPoints(high, "trustworthiness");
  checkPoints(low, "trustworthiness");
  const n = high.rows;
  if (low.rows !== n) {
    throw new SpecError(
      "trustworthiness/rows",
      `trustworthiness got ${n} points but an embedding of ${low.rows}`,
      { value: low.rows },
    );
  }
  if (!Number.isInteger(k) || k < 1 || k >= n / 2) {
    throw new SpecError(
      "trustworthiness/count",
      `trustworthiness of ${n} points needs a neighbourhood of 1 to ${Math.ceil(n / 2) - 1}, not ${k}`,
      { value: k },
    );
  }
  const pacer = new Pacer("trustworthiness", n, "points", options);
  const original = new Float64Array(n);
  const embedded = new Float64Array(n);
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      original[j] = squaredDistance(high, i, high, j);
      embedded[j] = squaredDistance(low, i, low, j);
    }
    for (const j of nearest(embedded, i, k)) penalty += Math.max(0, rank(original, i, j) - k);
    await pacer.add(1);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

/** The k least entries but entry i, nearest first. */
function nearest(distances: Float64Array, i: number, k: number): number[] {
  const best: number[] = [];
  for (let j = 0; j < distances.length; j++) {
    if (j === i || (best.length === k && distances[j] >= distances[best[k - 1]])) continue;
    let place = best.length < k ? best.length : k - 1;
    for (; place > 0 && distances[best[place - 1]] > distances[j]; place--) best[place] = best[place - 1];
    best[place] = j;
  }
  return best;
}

/** Rank of entry j among all but entry i, from 1; equal entries rank by index. */
function rank(distances: Float64Array, i: number, j: number): number {
  const own = distances[j];
  let before = 0;
  for (let l = 0; l < j; l++) if (distances[l] <= own) before++;
  for (let l = j + 1; l < distances.length; l++) if (distances[l] < own) before++;
  const selfBefore = i < j ? distances[i] <= own : distances[i] < own;
  return before + 1 - (selfBefore ? 1 : 0);
}
