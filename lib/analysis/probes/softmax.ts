import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import { accuracyScore } from "../../core/numeric/scores.js";
import type { LongRunOptions } from "../../core/progress.js";
import { checkStrengths } from "./ridge.js";
import { type AdamSettings, adamSoftmax } from "./softmax-adam.js";
import { fitSoftmax, type SoftmaxFit, type SoftmaxWeights } from "./softmax-fit.js";
import { type SoftmaxSpace, softmaxSpace } from "./softmax-space.js";
import { checkFeatures, checkTarget, type OfSplits, type ProbeTarget } from "./splits.js";
import { classesOf } from "./targets.js";
import { linearOutputs, type TrainSpace, trainSpace } from "./train-space.js";

/** Penalties on the mean cross-entropy that a softmax probe chooses from. */
export const softmaxPenalties: readonly number[] = [1e-5, 1e-4, 1e-3, 1e-2];

/** Converged: one optimum for each penalty, the best of them on the validation split. */
export interface ConvergedSettings {
  /** Penalties l2 to choose from. Default `softmaxPenalties`. */
  readonly penalties?: readonly number[];
  /** Gradient norm in the optimiser's coordinates at which it stops. Default 1e-4: the loss is then within about 1e-6. */
  readonly tolerance?: number;
  /** Most iterations for one penalty. Default 500. */
  readonly iterations?: number;
  /**
   * Tries no weaker penalty once one is worse on the validation split than a stronger one was. The weakest take longest.
   * Default false: all are tried.
   */
  readonly untilWorse?: boolean;
}

export interface SoftmaxOptions extends LongRunOptions, ConvergedSettings {
  /** As published, not converged: Adam with learning rate 1e-4 and weight decay 1e-6 for so many epochs. */
  readonly adam?: AdamSettings;
}

/** A linear softmax classifier of one target. */
export interface SoftmaxProbe {
  readonly target: string;
  /** Values of the target in the train split, sorted. */
  readonly classes: readonly string[];
  /** The penalty that was chosen: the greatest where several are equally good; null with Adam. */
  readonly penalty: number | null;
  /** Share of right predictions, 0..1. */
  readonly validationScore: number;
  readonly testScore: number;
  /** Row-major [classes, features], and [classes], for the features themselves. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  /** For the rows of the test split. */
  readonly predictions: readonly string[];
  /** Whether the optimiser reached its tolerance; null with Adam, which does not ask. */
  readonly converged: boolean | null;
}

/**
 * Multinomial logistic regression of a categorical target on features, in float64: mean cross-entropy + l2 / 2 |W|^2 with
 * unpenalised intercepts, minimised by L-BFGS with a backtracking line search, l2 chosen by accuracy on the validation
 * split, scored by accuracy on the test split. A class that the train split lacks is never predicted: its rows count as
 * misses.
 * @throws SpecError "probe/empty", "probe/columns", "probe/rows", "probe/constant-target" (one class in the train split),
 *   "probe/strength", "probe/softmax"; DataError "points/not-finite"; InterruptedError
 */
export async function softmaxProbe(
  features: OfSplits<Points>,
  target: ProbeTarget<string>,
  options: SoftmaxOptions = {},
): Promise<SoftmaxProbe> {
  const known = ["penalties", "tolerance", "iterations", "untilWorse", "adam", "signal", "onProgress"];
  checkOptions(options, known, "softmaxProbe");
  checkFeatures(features);
  checkTarget(target, features, ["train"]);
  const steps = options.adam ? 1 : (options.penalties ?? softmaxPenalties).length + 1;
  const pacer = new Pacer("softmax regression", steps, "fits", interruptible(options));
  if (options.adam) return softmaxByAdam(features, target, options.adam, pacer);
  const space = await trainSpace(features.train, pacer);
  const fitted = await softmaxSpace(space, pacer);
  await pacer.add(1);
  return softmaxInSpace(space, fitted, features, target, options, pacer);
}

/** `softmaxProbe` where the training features are prepared already; adds one fit a penalty to the pacer. */
export async function softmaxInSpace(
  { mean }: TrainSpace,
  space: SoftmaxSpace,
  features: OfSplits<Points>,
  target: ProbeTarget<string>,
  settings: ConvergedSettings,
  pacer: Pacer,
): Promise<SoftmaxProbe> {
  const { penalties = softmaxPenalties, tolerance = 1e-4, iterations = 500, untilWorse = false } = settings;
  checkStrengths(penalties, "softmaxProbe");
  if (!(tolerance > 0) || !Number.isInteger(iterations) || iterations < 1) {
    const message = `softmaxProbe: tolerance is ${tolerance} and iterations ${iterations}; give a positive number and a positive whole number`;
    throw new SpecError("probe/softmax", message, { value: { tolerance, iterations } });
  }
  checkTarget(target, features, ["train"]);
  const { classes, labels } = classesOf(target.values.train);
  let start: SoftmaxFit | undefined;
  let best: { weights: SoftmaxWeights; converged: boolean; penalty: number; score: number } | undefined;
  // From the strongest on: each optimum is a good start for the next weaker one.
  const falling = [...penalties].sort((a, b) => b - a);
  for (const [done, l2] of falling.entries()) {
    const fitting = { l2, tolerance, iterations, pacer, ...(start && { start }) };
    start = await fitSoftmax(space, labels, classes.length, fitting);
    const weights = uncentred(await space.toFeatures(start.weights, classes.length), start.intercepts, mean);
    const guesses = await classify(features.validation, weights, classes, pacer);
    const score = accuracyScore(Array.from(target.values.validation), guesses);
    const { converged } = start.result;
    const isWorse = best !== undefined && score < best.score;
    if (!best || score > best.score) best = { weights, converged, penalty: l2, score };
    if (isWorse && untilWorse) {
      await pacer.add(falling.length - done);
      break;
    }
    await pacer.add(1);
  }
  const { weights, converged, penalty, score } = best as NonNullable<typeof best>;
  return scored(features, target, weights, { classes, penalty, validationScore: score, converged }, pacer);
}

/** The published way; adds one fit to the pacer. */
export async function softmaxByAdam(
  features: OfSplits<Points>,
  target: ProbeTarget<string>,
  settings: AdamSettings,
  pacer: Pacer,
): Promise<SoftmaxProbe> {
  checkTarget(target, features, ["train"]);
  const { classes, labels } = classesOf(target.values.train);
  const weights = await adamSoftmax(features.train, labels, classes.length, settings, pacer);
  const guesses = await classify(features.validation, weights, classes, pacer);
  const validationScore = accuracyScore(Array.from(target.values.validation), guesses);
  await pacer.add(1);
  const facts = { classes, penalty: null, validationScore, converged: null };
  return scored(features, target, weights, facts, pacer);
}

async function scored(
  features: OfSplits<Points>,
  target: ProbeTarget<string>,
  weights: SoftmaxWeights,
  facts: Pick<SoftmaxProbe, "classes" | "penalty" | "validationScore" | "converged">,
  pacer: Pacer,
): Promise<SoftmaxProbe> {
  const predictions = await classify(features.test, weights, facts.classes, pacer);
  const testScore = accuracyScore(Array.from(target.values.test), predictions);
  return { ...facts, ...weights, target: target.name, testScore, predictions };
}

/** The class of greatest logit for each row, the first of equals. */
async function classify(
  points: Points,
  { weights, intercepts }: SoftmaxWeights,
  classes: readonly string[],
  pacer: Pacer,
): Promise<string[]> {
  const logits = await linearOutputs(points, weights, intercepts, pacer);
  const count = classes.length;
  return Array.from({ length: points.rows }, (_, i) => {
    let best = 0;
    for (let c = 1; c < count; c++) if (logits[i * count + c] > logits[i * count + best]) best = c;
    return classes[best];
  });
}

/** Weights for the features themselves, from those for features minus their means. */
function uncentred(weights: Float64Array, intercepts: Float64Array, mean: Float64Array): SoftmaxWeights {
  const cols = mean.length;
  const shifted = intercepts.map((intercept, c) => {
    let value = intercept;
    for (let j = 0; j < cols; j++) value -= weights[c * cols + j] * mean[j];
    return value;
  });
  return { weights, intercepts: shifted };
}
