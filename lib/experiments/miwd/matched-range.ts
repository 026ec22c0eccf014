import { quantile } from "../../core/numeric/bootstrap.js";
import type { StopOptions } from "../../core/progress.js";
import type { WeightVectors } from "../../representations/vectors.js";

/**
 * The range that weights of such models reach: the mean of their 5th and 95th percentiles, as far to either side. Eilertsen
 * et al. 2024 call -5 to 5 "approximately the 5th and 95th percentiles" of their library "on average"; of other libraries
 * it may be far more.
 * @returns [-r, r], to two digits
 */
export async function matchedRange(
  vectors: WeightVectors,
  { signal }: StopOptions = {},
): Promise<readonly [number, number]> {
  let sum = 0;
  for await (const theta of vectors.read()) {
    signal?.throwIfAborted();
    const sorted = theta.slice().sort();
    sum += quantile(sorted, 0.95) - quantile(sorted, 0.05);
  }
  const reach = Number((sum / vectors.count / 2).toPrecision(2));
  return [-reach, reach];
}
