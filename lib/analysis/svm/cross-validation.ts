import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import { accuracyScore } from "../../core/numeric/scores.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { checkLabelled, checkPositive, fitPacked, type LinearSvm } from "./linear-svm.js";
import { PackedRows } from "./packed-rows.js";
import { scaledRows, scalingOf } from "./scaling.js";
import { stratifiedFolds } from "./stratified-folds.js";

/** Costs that crossValidatedSvm chooses from. */
export const svmCosts: readonly number[] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

export interface CrossValidationOptions extends LongRunOptions {
  /** Source of the shuffles. Equal streams give equal folds, whatever the features: so representations can be compared. */
  readonly rng: RandomStream;
  /** Default 5, as published. */
  readonly folds?: number;
  /**
   * Cost of a missed margin: one, or several to choose from, ascending. The choice is made anew for each fold, on its
   * training rows alone, by cross-validation in three folds: the least cost of the best; two that are worse in a row end
   * the search. Default `svmCosts`.
   */
  readonly C?: number | readonly number[];
  /** Scale features to mean 0 and standard deviation 1 on the training rows of each fit. Default true. */
  readonly standardise?: boolean;
  /** Of each fit; see linearSvm. Default 1e-4, by which predictions hardly change any more. */
  readonly tolerance?: number;
}

/** How well a linear SVM tells classes it was not shown. */
export interface CrossValidatedSvm {
  /** Share of right predictions of each fold, 0..1. */
  readonly accuracies: readonly number[];
  readonly mean: number;
  /** Standard deviation over the folds (of the population: numpy's), which error bars show. */
  readonly deviation: number;
  /** Of each row, by the fit of the fold that left it out. */
  readonly predictions: readonly string[];
  /** Fold of each row. */
  readonly folds: Int32Array;
  /** Cost that each fold chose. */
  readonly costs: readonly number[];
  readonly classes: readonly string[];
}

const known = ["rng", "folds", "C", "standardise", "tolerance", "signal", "onProgress"];
const innerFolds = 3;
const iterations = 200;

/**
 * Accuracy of a linear SVM (see linearSvm) in stratified cross-validation, as in Fig. 3 of Eilertsen et al. 2024. The paper
 * says neither whether features were scaled nor which C was taken; representations differ in scale by orders of
 * magnitude, so by default each fold scales them by its training rows and chooses C on these.
 * @param labels of each row
 * @throws what linearSvm throws; SpecError "svm/folds" for a class with fewer rows than folds (also of the inner ones, with several C), "svm/option"; InterruptedError
 */
export async function crossValidatedSvm(
  features: Points,
  labels: readonly string[],
  options: CrossValidationOptions,
): Promise<CrossValidatedSvm> {
  checkOptions(options, known, "crossValidatedSvm");
  const { rng, folds = 5, C = svmCosts, standardise = true, tolerance = 1e-4 } = options;
  const grid = typeof C === "number" ? [C] : C;
  checkGrid(grid);
  checkPositive("tolerance", tolerance);
  checkLabelled(features, labels);
  const assigned = stratifiedFolds(labels, folds, rng.split("folds"));
  const fitsOfFold = 1 + (grid.length > 1 ? innerFolds * grid.length : 0);
  const pacer = new Pacer("SVM cross-validation", folds * fitsOfFold, "fits", interruptible(options));
  const run: Run = { features, labels, standardise, tolerance, pacer };
  const predictions: string[] = new Array(labels.length);
  const accuracies: number[] = [];
  const costs: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const { train, test } = parted(assigned, fold);
    const cost = grid.length === 1 ? grid[0] : await chosenCost(run, train, grid, rng.split("inner", fold));
    const predicted = await new Part(run, train, test).predictions(cost);
    test.forEach((row, i) => {
      predictions[row] = predicted[i];
    });
    const truth = test.map((row) => labels[row]);
    accuracies.push(accuracyScore(truth, predicted));
    costs.push(cost);
  }
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / folds;
  const deviation = Math.sqrt(accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / folds);
  const classes = [...new Set(labels)].sort();
  return { accuracies, mean, deviation, predictions, folds: assigned, costs, classes };
}

interface Run {
  readonly features: Points;
  readonly labels: readonly string[];
  readonly standardise: boolean;
  readonly tolerance: number;
  readonly pacer: Pacer;
}

function checkGrid(grid: readonly number[]): void {
  for (const value of grid) checkPositive("C", value);
  if (grid.length > 0 && grid.every((value, i) => i === 0 || value > grid[i - 1])) return;
  const message = `cross-validation got the costs [${grid.join()}]; give one or several, ascending`;
  throw new SpecError("svm/option", message, { value: grid });
}

function parted(folds: Int32Array, fold: number): { train: number[]; test: number[] } {
  const rows = Array.from(folds.keys());
  return {
    train: rows.filter((row) => folds[row] !== fold),
    test: rows.filter((row) => folds[row] === fold),
  };
}

/**
 * The least cost among those with the most right predictions in the inner folds of the training rows. Large costs take
 * longest, so after two in a row that are worse than the best the rest are not tried.
 */
async function chosenCost(
  run: Run,
  train: readonly number[],
  grid: readonly number[],
  rng: RandomStream,
): Promise<number> {
  const labels = train.map((row) => run.labels[row]);
  const inner = stratifiedFolds(labels, innerFolds, rng);
  const parts = Array.from({ length: innerFolds }, (_, fold) => {
    const rows = parted(inner, fold);
    return new Part(
      run,
      rows.train.map((i) => train[i]),
      rows.test.map((i) => train[i]),
    );
  });
  let best = { cost: grid[0], hits: -1 };
  let worse = 0;
  for (const [index, cost] of grid.entries()) {
    let hits = 0;
    for (const part of parts) {
      const predicted = await part.predictions(cost);
      part.test.forEach((row, i) => {
        if (predicted[i] === run.labels[row]) hits++;
      });
    }
    worse = hits < best.hits ? worse + 1 : 0;
    if (hits > best.hits) best = { cost, hits };
    if (worse < 2) continue;
    await run.pacer.add(innerFolds * (grid.length - 1 - index));
    break;
  }
  return best.cost;
}

/** Rows to learn from and rows to predict; a fit for another cost starts from the one before. */
class Part {
  private readonly packed: PackedRows;
  private readonly labels: readonly string[];
  private readonly points: Points;
  private svm: LinearSvm | undefined;

  constructor(
    private readonly run: Run,
    train: readonly number[],
    readonly test: readonly number[],
  ) {
    const { features, labels, standardise } = run;
    const plain = scaledRows(features, train);
    const scaling = standardise ? scalingOf(plain) : undefined;
    this.packed = new PackedRows(scaling ? scaledRows(features, train, scaling) : plain);
    this.labels = train.map((row) => labels[row]);
    this.points = scaledRows(features, test, scaling);
  }

  async predictions(C: number): Promise<string[]> {
    const { tolerance, pacer } = this.run;
    this.svm = await fitPacked(this.packed, this.labels, { C, tolerance, iterations, pacer }, this.svm);
    const predicted = await this.svm.predict(this.points, { signal: pacer.signal });
    await pacer.add(1);
    return predicted;
  }
}
