import { SpecError } from "../core/errors.js";
import { checkVector, fixedRepresentation, type VectorRepresentation } from "./vectors.js";

const quantiles = [0.01, 0.25, 0.5, 0.75, 0.99];
const name = "global statistics";

/**
 * Sixteen numbers of a weight vector (Eilertsen et al. 2020, as 2024, section 3 takes them for a baseline): mean, variance
 * (of the population), skewness (third standardised moment; 0 of a vector without variance) and the 1, 25, 50, 75 and 99
 * percent quantiles (linearly interpolated as numpy does) of the weights, and the same of the differences of neighbours.
 * @throws in transforming: SpecError "statistics/short" for a vector of one weight, DataError "representation/nan"
 */
export function globalStatistics(): VectorRepresentation {
  return fixedRepresentation(name, 2 * (3 + quantiles.length), () => (vector, out, index) => {
    checkVector(vector, index, name);
    if (vector.length < 2) {
      const message = `${name}: row ${index} has ${vector.length} weights, and so no differences; give longer vectors`;
      throw new SpecError("statistics/short", message, { value: index });
    }
    const differences = new Float64Array(vector.length - 1);
    for (let i = 0; i < differences.length; i++) differences[i] = vector[i + 1] - vector[i];
    writeStatistics(vector.slice(), out, 0);
    writeStatistics(differences, out, 3 + quantiles.length);
  });
}

/** Writes the statistics of the values, which it sorts, from `place` on. */
function writeStatistics(values: Float32Array | Float64Array, out: Float32Array, place: number): void {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const mean = sum / count;
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < count; i++) {
    const away = values[i] - mean;
    squares += away * away;
    cubes += away * away * away;
  }
  const variance = squares / count;
  out[place] = mean;
  out[place + 1] = variance;
  out[place + 2] = variance > 0 ? cubes / count / variance ** 1.5 : 0;
  values.sort();
  quantiles.forEach((quantile, q) => {
    const at = quantile * (count - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, count - 1);
    out[place + 3 + q] = values[below] + (at - below) * (values[above] - values[below]);
  });
}
