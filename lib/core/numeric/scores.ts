import { SpecError } from "../errors.js";

function checkLengths(truth: ArrayLike<unknown>, predicted: ArrayLike<unknown>, where: string): void {
  if (truth.length === predicted.length) return;
  const message = `${where}: ${truth.length} true values but ${predicted.length} predictions; give one prediction a value`;
  throw new SpecError("scores/length", message, { value: predicted.length });
}

/**
 * Coefficient of determination, 1 - sum (y - p)^2 / sum (y - mean y)^2, with the mean of the evaluated values themselves.
 * 1 is best, 0 is the mean's own score; NaN where all true values are equal, since nothing is there to explain.
 * @throws SpecError "scores/length" when the lengths differ
 */
export function r2Score(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkLengths(truth, predicted, "r2Score");
  const n = truth.length;
  if (isConstant(truth)) return Number.NaN;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += truth[i];
  mean /= n;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    residual += (truth[i] - predicted[i]) ** 2;
    total += (truth[i] - mean) ** 2;
  }
  return 1 - residual / total;
}

/** True when all values are equal, and when there are none. */
export function isConstant(values: ArrayLike<unknown>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/**
 * Share of predictions that are right, 0..1; NaN of none.
 * @throws SpecError "scores/length" when the lengths differ
 */
export function accuracyScore<T>(truth: ArrayLike<T>, predicted: ArrayLike<T>): number {
  checkLengths(truth, predicted, "accuracyScore");
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) hits++;
  return hits / truth.length;
}

/**
 * F1 of each of the given classes, 2 TP / (2 TP + FP + FN), 0..1. A class that is neither present nor predicted has 0,
 * as in the facts of a zoo.
 * @throws SpecError "scores/length" when the lengths differ
 */
export function f1Scores<T>(truth: ArrayLike<T>, predicted: ArrayLike<T>, classes: readonly T[]): number[] {
  checkLengths(truth, predicted, "f1Scores");
  const place = new Map(classes.map((name, c) => [name, c]));
  const both = new Float64Array(classes.length);
  // Present plus predicted counts true positives twice: 2 TP + FP + FN.
  const either = new Float64Array(classes.length);
  for (let i = 0; i < truth.length; i++) {
    const present = place.get(truth[i]);
    const guessed = place.get(predicted[i]);
    if (present !== undefined) either[present]++;
    if (guessed !== undefined) either[guessed]++;
    if (present !== undefined && present === guessed) both[present]++;
  }
  return Array.from(both, (hits, c) => (either[c] === 0 ? 0 : (2 * hits) / either[c]));
}
