import { cholesky, solveLower, solveUpper } from "../../compute/cholesky.js";
import { checkOptions, DataError, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import { r2Score } from "../../core/numeric/scores.js";
import { meanOf } from "../../core/numeric/vectors.js";
import type { LongRunOptions } from "../../core/progress.js";
import { checkFeatures, checkTarget, type OfSplits, type ProbeTarget, splitNames } from "./splits.js";
import { linearOutputs, type TrainSpace, throughRows, trainSpace } from "./train-space.js";

/** {1, 3} x 10^k for k = -5 .. 2, and 1000: the released grid. */
export const ridgeAlphas: readonly number[] = [
  ...[-5, -4, -3, -2, -1, 0, 1, 2].flatMap((k) => [1, 3].map((digit) => Number(`${digit}e${k}`))),
  1000,
];

export interface RidgeOptions extends LongRunOptions {
  /** Penalties to choose from on the validation split. Default `ridgeAlphas`. */
  readonly alphas?: readonly number[];
}

/** A ridge regression of one target. */
export interface RidgeProbe {
  readonly target: string;
  /** The penalty that was chosen: least first where several are equally good. */
  readonly alpha: number;
  /** R2 on the validation and on the test split, each with its own mean. */
  readonly validationScore: number;
  readonly testScore: number;
  /** [features]. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** For the rows of the test split. */
  readonly predictions: Float64Array;
}

/**
 * Ridge regression of numeric targets on features: min |y - X w - b|^2 + alpha |w|^2 with an unpenalised intercept b, in
 * float64, alpha chosen for each target by R2 on the validation split, scored by R2 on the test split. All targets share
 * one Cholesky factor a penalty, of the centred Gram matrix [features, features] or, with more features than rows, of
 * [rows, rows].
 * @throws SpecError "probe/empty", "probe/columns", "probe/rows", "probe/constant-target" (one value in any split),
 *   "probe/strength" for a penalty that is not positive; DataError "points/not-finite", "probe/nan-target",
 *   "probe/not-finite" when numbers overflow; InterruptedError
 */
export async function ridgeProbe(
  features: OfSplits<Points>,
  targets: readonly ProbeTarget<number>[],
  options: RidgeOptions = {},
): Promise<RidgeProbe[]> {
  checkOptions(options, ["alphas", "signal", "onProgress"], "ridgeProbe");
  checkFeatures(features);
  const pacer = new Pacer("ridge regression", 3, "stages", interruptible(options));
  const space = await trainSpace(features.train, pacer);
  await pacer.add(1);
  return ridgeInSpace(space, features, targets, options.alphas ?? ridgeAlphas, pacer);
}

/** `ridgeProbe` where the training features are factorised already; adds two stages to the pacer. */
export async function ridgeInSpace(
  space: TrainSpace,
  features: OfSplits<Points>,
  targets: readonly ProbeTarget<number>[],
  alphas: readonly number[],
  pacer: Pacer,
): Promise<RidgeProbe[]> {
  checkStrengths(alphas, "ridgeProbe");
  for (const target of targets) checkTarget(target, features, splitNames);
  const candidates = await solutions(space, targets, alphas, pacer);
  const { coefficients, intercepts } = candidates;
  const guesses = await linearOutputs(features.validation, coefficients, intercepts, pacer);
  await pacer.add(1);
  const validation = (column: number, { values }: ProbeTarget<number>) =>
    r2Score(values.validation, columnOf(guesses, intercepts.length, column));
  const chosen = targets.map((target, t) => {
    const scores = alphas.map((_, a) => validation(t * alphas.length + a, target));
    const best = bestOf(scores, target.name);
    return { column: t * alphas.length + best, alpha: alphas[best], validationScore: scores[best] };
  });
  const { cols } = space.points;
  const probes = chosen.map(({ column, ...choice }, t) => ({
    ...choice,
    target: targets[t].name,
    coefficients: coefficients.slice(column * cols, (column + 1) * cols),
    intercept: intercepts[column],
  }));
  const predicted = await predictRidge(probes, features.test, pacer);
  await pacer.add(1);
  return probes.map((probe, t) => ({
    ...probe,
    testScore: r2Score(targets[t].values.test, predicted[t]),
    predictions: predicted[t],
  }));
}

/** Place of the greatest score, the first of equals. */
function bestOf(scores: readonly number[], target: string): number {
  let best = -1;
  for (const [a, score] of scores.entries())
    if (best < 0 ? Number.isFinite(score) : score > scores[best]) best = a;
  if (best >= 0) return best;
  const message = `probe of ${target}: no penalty gives finite predictions; features of very different size may be the cause: standardise them, or leave out networks whose weights ran away`;
  throw new DataError("probe/not-finite", message, { value: target });
}

/** Refuses a grid of penalties that is empty or holds a number that is not positive. */
export function checkStrengths(strengths: readonly number[], where: string): void {
  if (strengths.length > 0 && strengths.every((value) => value > 0 && Number.isFinite(value))) return;
  const message = `${where}: the penalties are [${strengths.join(", ")}]; give positive numbers`;
  throw new SpecError("probe/strength", message, { value: strengths });
}

/** What ridge probes predict for other rows of the same features, e.g. of another zoo: [rows] each. */
async function predictRidge(
  probes: readonly Pick<RidgeProbe, "coefficients" | "intercept">[],
  points: Points,
  pacer: Pacer,
): Promise<Float64Array[]> {
  const coefficients = new Float64Array(probes.length * points.cols);
  probes.forEach((probe, t) => {
    coefficients.set(probe.coefficients, t * points.cols);
  });
  const offsets = Float64Array.from(probes, ({ intercept }) => intercept);
  const out = await linearOutputs(points, coefficients, offsets, pacer);
  return probes.map((_, t) => columnOf(out, probes.length, t));
}

/**
 * Coefficients [targets x alphas, features] and intercepts of every target with every penalty. In the primal form X^T X
 * and X^T Y give coefficients, in the dual form X X^T and Y give weights of the rows (Hastie, Tibshirani and Friedman
 * 2009, sections 3.4.1 and 18.3.5).
 */
async function solutions(
  space: TrainSpace,
  targets: readonly ProbeTarget<number>[],
  alphas: readonly number[],
  pacer: Pacer,
): Promise<{ coefficients: Float64Array; intercepts: Float64Array }> {
  const { points, mean, isDual } = space;
  const { rows, cols } = points;
  const means = targets.map(({ values }) => meanOf(values.train));
  const centred = new Float64Array(targets.length * rows);
  targets.forEach(({ values }, t) => {
    for (let i = 0; i < rows; i++) centred[t * rows + i] = values.train[i] - means[t];
  });
  const count = targets.length * alphas.length;
  const right = isDual ? centred : await throughRows(space, centred, targets.length, pacer);
  const solved = await solveAll(space, right, targets.length, alphas, pacer);
  const coefficients = isDual ? await throughRows(space, solved, count, pacer) : solved;
  const intercepts = Float64Array.from({ length: count }, (_, c) => {
    let intercept = means[Math.floor(c / alphas.length)];
    for (let j = 0; j < cols; j++) intercept -= mean[j] * coefficients[c * cols + j];
    return intercept;
  });
  return { coefficients, intercepts };
}

/** (G + alpha 1)^-1 b of every row b of `right` [targets, size] and every penalty: [targets x alphas, size]. */
async function solveAll(
  { gram }: TrainSpace,
  right: Float64Array,
  targets: number,
  alphas: readonly number[],
  pacer: Pacer,
): Promise<Float64Array> {
  const size = right.length / targets;
  const out = new Float64Array(targets * alphas.length * size);
  for (const [a, shift] of alphas.entries()) {
    const factor = await cholesky(gram, size, { shift }, pacer);
    const solved = right.slice();
    solveLower(factor, solved);
    if (pacer.due()) await pacer.pause();
    solveUpper(factor, solved);
    if (pacer.due()) await pacer.pause();
    for (let t = 0; t < targets; t++) {
      out.set(solved.subarray(t * size, (t + 1) * size), (t * alphas.length + a) * size);
    }
  }
  return out;
}

function columnOf(data: Float64Array, columns: number, column: number): Float64Array {
  return Float64Array.from({ length: data.length / columns }, (_, i) => data[i * columns + column]);
}
