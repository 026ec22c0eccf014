import type { Eigen } from "./eigen.js";

/**
 * (G + alpha 1)^-1 B for every penalty at once, from one eigendecomposition of the symmetric, positive semidefinite G:
 * V (diag(values) + alpha)^-1 V^T B. Ridge regression is this with the centred Gram matrix: in its primal form
 * G = X^T X and B = X^T Y give coefficients, in its dual form G = X X^T and B = Y give weights of the rows (Hastie,
 * Tibshirani and Friedman 2009, sections 3.4.1 and 18.3.5).
 * @param eigen of G [size, size]; eigenvalues below zero are rounding and count as zero
 * @param right row-major B [size, targets]
 * @param alphas positive penalties
 * @returns row-major [targets x alphas, size]: the solution of target t and penalty a is row t * alphas.length + a
 */
export function ridgeSolutions(
  eigen: Eigen,
  right: Float64Array,
  targets: number,
  alphas: readonly number[],
): Float64Array {
  const { size, values, vectors } = eigen;
  const out = new Float64Array(targets * alphas.length * size);
  for (let e = 0; e < size; e++) {
    const vector = vectors.subarray(e * size, (e + 1) * size);
    const value = Math.max(0, values[e]);
    for (let t = 0; t < targets; t++) {
      let share = 0;
      for (let i = 0; i < size; i++) share += vector[i] * right[i * targets + t];
      for (let a = 0; a < alphas.length; a++) {
        const factor = share / (value + alphas[a]);
        const start = (t * alphas.length + a) * size;
        for (let i = 0; i < size; i++) out[start + i] += factor * vector[i];
      }
    }
  }
  return out;
}
