import type { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import { resample } from "../core/numeric/resample.js";
import { checkVector, type WeightVectors } from "./vectors.js";

/**
 * Reads vectors from..to, each at as many evenly spaced places as `into` has columns, into its first rows.
 * @throws DataError "representation/nan"; InterruptedError
 */
export async function readResampled(
  vectors: WeightVectors,
  from: number,
  to: number,
  into: Points,
  where: string,
  pacer: Pacer,
): Promise<void> {
  const { data, cols } = into;
  const line = new Float32Array(cols);
  let index = from;
  for await (const vector of vectors.read(from, to)) {
    checkVector(vector, index, where);
    data.set(resample(vector, cols, line), (index - from) * cols);
    index++;
    if (pacer.due()) await pacer.pause();
  }
}
