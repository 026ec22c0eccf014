import { checkOptions, SpecError } from "../errors.js";
import type { LongRunOptions } from "../progress.js";
import { Pacer } from "./pacer.js";
import { checkPoints, type Points, squaredDistance } from "./points.js";

/**
 * How far the neighbourhoods of an embedding can be trusted (Venna and Kaski 2001): 1 - 2 / (n k (2n - 3k - 1)) times
 * the sum, over every point's k nearest neighbours in the embedding, of how far their rank by distance in the original
 * space exceeds k. 1 is best; random positions give about .5. Equal distances rank by index. O(n^2 (d + log n)).
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
  const rank = new Int32Array(n);
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    byDistance(high, i).forEach((j, place) => {
      rank[j] = place + 1;
    });
    const nearest = byDistance(low, i).subarray(0, k);
    for (const j of nearest) penalty += Math.max(0, rank[j] - k);
    await pacer.add(1);
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

/** The other points by ascending distance from point i. */
function byDistance(points: Points, i: number): Int32Array {
  const distances = Float64Array.from({ length: points.rows }, (_, j) =>
    squaredDistance(points, i, points, j),
  );
  const others = Int32Array.from({ length: points.rows - 1 }, (_, j) => (j < i ? j : j + 1));
  return others.sort((a, b) => distances[a] - distances[b] || a - b);
}
