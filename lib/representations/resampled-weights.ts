import { resample } from "../core/numeric/resample.js";
import { checkDimensions, checkVector, fixedRepresentation, type VectorRepresentation } from "./vectors.js";

/**
 * The weights themselves at `dimensions` evenly spaced places, linearly interpolated: "raw" of Eilertsen et al. 2024,
 * section 3. The first and the last weight are kept, which the paper leaves open; a shorter vector is stretched.
 * @throws SpecError "representation/dimensions"; in transforming DataError "representation/nan"
 */
export function resampledWeights(dimensions: number): VectorRepresentation {
  const name = `raw ${dimensions}`;
  checkDimensions(dimensions, name);
  return fixedRepresentation(name, dimensions, () => (vector, out, index) => {
    checkVector(vector, index, name);
    resample(vector, dimensions, out);
  });
}
