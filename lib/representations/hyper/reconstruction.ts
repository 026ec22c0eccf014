import type { Matrix } from "../../core/matrix.js";

/**
 * R2 of reconstructed weight vectors: 1 - squared errors / squared deviations from the mean of each weight over the
 * given rows.
 * @param truth [rows, parameters]
 * @param reconstructed [rows, parameters]
 */
export function reconstructionR2(truth: Matrix, reconstructed: Matrix): number {
  const { data, rows, cols } = truth;
  const means = new Float64Array(cols);
  for (let p = 0; p < data.length; p++) means[p % cols] += data[p] / rows;
  let [errors, deviations] = [0, 0];
  for (let p = 0; p < data.length; p++) {
    errors += (data[p] - reconstructed.data[p]) ** 2;
    deviations += (data[p] - means[p % cols]) ** 2;
  }
  return 1 - errors / deviations;
}
