import { dot, norm } from "../core/numeric/vectors.js";
import type { RandomStream } from "../core/random.js";

/**
 * Random orthonormal vectors, uniform over all such sets: normal deviates, orthogonalised one after the other
 * (Gram-Schmidt). That is the Q of a QR decomposition whose R has a positive diagonal, the sign fix of Mezzadri
 * (2007) and torch.
 * @param count of vectors, at most `length`
 * @returns count x length, row-major
 */
export function orthonormalRows(count: number, length: number, rng: RandomStream): Float64Array {
  const rows = Float64Array.from({ length: count * length }, () => rng.normal());
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    // Twice: the second pass takes out what rounding left of the earlier vectors (Giraud et al. 2005).
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const earlier = rows.subarray(j * length, (j + 1) * length);
        const share = dot(row, earlier);
        for (let k = 0; k < length; k++) row[k] -= share * earlier[k];
      }
    }
    const size = norm(row);
    for (let k = 0; k < length; k++) row[k] /= size;
  }
  return rows;
}
