/** A trained model as it is compared. */
export interface ComparedModel {
  readonly weights: Float32Array;
  /** Whether a weight or a loss was NaN or infinite on the way. */
  readonly diverged: boolean;
}

/**
 * Largest difference of two models' weights, over the largest weight of the second: 0 for equal ones, all zeros included,
 * and for two that both diverged (what is left of them says nothing); Infinity where only one diverged, where a weight
 * is not a number, and where zeros meet others.
 */
export function modelDifference(ours: ComparedModel, theirs: ComparedModel): number {
  if (ours.diverged !== theirs.diverged) return Number.POSITIVE_INFINITY;
  if (ours.diverged) return 0;
  let top = 0;
  let largest = 0;
  for (const [i, weight] of theirs.weights.entries()) {
    const difference = Math.abs(ours.weights[i] - weight);
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    top = Math.max(top, Math.abs(weight));
    largest = Math.max(largest, difference);
  }
  return largest === 0 ? 0 : largest / top;
}
