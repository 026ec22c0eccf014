import { checkOptions, DataError, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { checkPoints, type Points } from "../../core/numeric/points.js";
import type { LongRunOptions } from "../../core/progress.js";
import { linearOutputs } from "../probes/train-space.js";
import { PackedRows } from "./packed-rows.js";
import { minimiseHinges } from "./squared-hinge.js";

export interface LinearSvmOptions extends LongRunOptions {
  /** What a margin that is missed costs against |w|^2 / 2. Default 1, scikit-learn's. */
  readonly C?: number;
  /** Relative distance of each objective from its least value. Default 1e-6; liblinear's own is about 1e-3. */
  readonly tolerance?: number;
  /** Most Newton steps. Default 200. */
  readonly iterations?: number;
}

/** A linear support vector machine for several classes. */
export interface LinearSvm {
  /** Labels of the training rows, sorted. */
  readonly classes: readonly string[];
  /** Row-major [classes, features]. */
  readonly weights: Float64Array;
  /** [classes]. */
  readonly intercepts: Float64Array;
  /** (|w|^2 + b^2) / 2 + C sum max(0, 1 - y f)^2 of each class against the others. */
  readonly objectives: Float64Array;
  /** Newton steps that were taken. */
  readonly iterations: number;
  /** Whether the tolerance was reached. */
  readonly converged: boolean;
  /**
   * The class of each row whose function is the largest, the first of equals.
   * @throws SpecError "svm/columns"; DataError "points/not-finite"; InterruptedError
   */
  predict(features: Points, options?: LongRunOptions): Promise<string[]>;
}

const known = ["C", "tolerance", "iterations", "signal", "onProgress"];

/**
 * Fits a linear support vector machine with squared hinge loss, each class against the others: what liblinear's solvers 1
 * and 2 minimise, and with them scikit-learn's LinearSVC. The intercept is penalised like a weight, as there. Features are
 * taken as they are. Found by Newton's method (Keerthi and DeCoste 2005), in float64, on one thread. The libraries that
 * exist for JavaScript wrap libsvm, which has neither this loss nor a solver for dense rows of many features.
 * @param labels of each row
 * @throws SpecError "options/unknown", "svm/option", "svm/rows" for another number of labels than rows, "svm/classes" for
 *   fewer than two classes; DataError "points/not-finite"; InterruptedError
 */
export async function linearSvm(
  features: Points,
  labels: ArrayLike<string>,
  options: LinearSvmOptions = {},
): Promise<LinearSvm> {
  checkOptions(options, known, "linearSvm");
  const { C = 1, tolerance = 1e-6, iterations = 200 } = options;
  checkPositive("C", C);
  checkPositive("tolerance", tolerance);
  checkPositive("iterations", iterations);
  checkLabelled(features, labels);
  const pacer = new Pacer("linear SVM", 1, "fits", interruptible(options));
  const svm = await fitPacked(new PackedRows(features), labels, { C, tolerance, iterations, pacer });
  await pacer.add(1);
  return svm;
}

export interface FitSettings {
  readonly C: number;
  readonly tolerance: number;
  readonly iterations: number;
  readonly pacer: Pacer;
}

/**
 * `linearSvm` of rows that were checked and packed before, for several C.
 * @param start solution for another C
 */
export async function fitPacked(
  packed: PackedRows,
  labels: ArrayLike<string>,
  { C, tolerance, iterations, pacer }: FitSettings,
  start?: LinearSvm,
): Promise<LinearSvm> {
  const classes = [...new Set(Array.from(labels))].sort();
  const { rows, cols } = packed;
  const features = cols - 1;
  const signs = new Float64Array(classes.length * rows).fill(-1);
  for (let i = 0; i < rows; i++) signs[classes.indexOf(labels[i]) * rows + i] = 1;
  const found = await minimiseHinges(
    { packed, signs, problems: classes.length, C },
    { tolerance, iterations, pacer, ...(start ? { start: joined(start) } : {}) },
  );
  const weights = new Float64Array(classes.length * features);
  const intercepts = new Float64Array(classes.length);
  classes.forEach((_, c) => {
    weights.set(found.weights.subarray(c * cols, (c + 1) * cols - 1), c * features);
    intercepts[c] = found.weights[(c + 1) * cols - 1];
  });
  const { objectives, converged } = found;
  const svm = { classes, weights, intercepts, objectives, iterations: found.iterations, converged };
  return { ...svm, predict: (points, options = {}) => predict(svm, points, options) };
}

type Functions = Pick<LinearSvm, "classes" | "weights" | "intercepts">;

function joined({ weights, intercepts }: Functions): Float64Array {
  const features = weights.length / intercepts.length;
  const out = new Float64Array(weights.length + intercepts.length);
  intercepts.forEach((intercept, c) => {
    out.set(weights.subarray(c * features, (c + 1) * features), c * (features + 1));
    out[(c + 1) * (features + 1) - 1] = intercept;
  });
  return out;
}

async function predict(
  { classes, weights, intercepts }: Functions,
  points: Points,
  options: LongRunOptions,
): Promise<string[]> {
  const features = weights.length / classes.length;
  if (points.cols !== features) {
    const message = `this SVM was fitted to ${features} features and cannot read rows of ${points.cols}; transform both by one fit`;
    throw new SpecError("svm/columns", message, { value: points.cols });
  }
  checkPoints(points, "linear SVM");
  const pacer = new Pacer("linear SVM", points.rows, "rows", interruptible(options));
  const scores = await linearOutputs(points, weights, intercepts, pacer);
  return Array.from({ length: points.rows }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes.length; c++) {
      if (scores[i * classes.length + c] > scores[i * classes.length + best]) best = c;
    }
    return classes[best];
  });
}

/** @throws SpecError "svm/option" */
export function checkPositive(name: string, value: number): void {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new SpecError("svm/option", `linear SVM: ${name} is ${value}; give a positive number`, { value });
}

/** @throws SpecError "svm/rows", "svm/classes"; DataError "points/not-finite", "svm/label" */
export function checkLabelled(features: Points, labels: ArrayLike<string>): void {
  if (features.rows !== labels.length) {
    const message = `linear SVM got ${features.rows} rows of features but ${labels.length} labels; give one a row`;
    throw new SpecError("svm/rows", message, { value: labels.length });
  }
  checkPoints(features, "linear SVM");
  const classes = new Set<unknown>(Array.from(labels));
  for (const label of classes) {
    if (typeof label === "string") continue;
    const message = `linear SVM: the label ${String(label)} is no text; turn labels into text, or leave such rows out`;
    throw new DataError("svm/label", message, { value: label });
  }
  if (classes.size >= 2) return;
  const message = `linear SVM: all ${labels.length} rows have the label ${[...classes].join() || "none"}, so there is nothing to tell apart; give rows of two classes`;
  throw new SpecError("svm/classes", message, { value: classes.size });
}
