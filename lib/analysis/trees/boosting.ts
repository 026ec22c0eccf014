import type { BinSums } from "../../compute/histograms.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { BinnedRows } from "./bins.js";
import { TreeGrower } from "./grower.js";
import type { Derivatives } from "./histograms.js";
import type { Loss } from "./losses.js";
import type { TreesSettings } from "./settings.js";
import { addOutputs, type Tree } from "./tree.js";

/** Rows with what the trees are to tell about them. */
export interface LabelledRows {
  readonly rows: BinnedRows;
  /** See Loss. */
  readonly targets: Float64Array;
}

/** Rows that trees are grown on; one boosting at a time. */
export interface TrainingRows extends LabelledRows {
  readonly rows: BinSums;
}

/** Boosted trees. */
export interface BoostedTrees {
  /** Constant outputs that the trees are added to. */
  readonly baseline: Float64Array;
  /** `trees[iteration][output]`, undefined for one without a split; cut to the iterations that were chosen. */
  readonly trees: readonly (readonly (Tree | undefined)[])[];
  /** Mean loss of the training rows with the baseline and after each iteration that was made. */
  readonly trainLosses: readonly number[];
  /** The same of the validation rows; empty without. */
  readonly validationLosses: readonly number[];
}

/**
 * Gradient boosting (Friedman 2001) of regression trees on histograms (Ke et al. 2017): each iteration grows a tree an
 * output on the first and second derivatives of the loss and adds it, times the learning rate, to the outputs. With
 * validation rows it stops once their loss has found no new least for `patience` iterations, and keeps the iterations
 * up to the least. Deterministic: no rows or features are drawn. Sums, order and limits are those of scikit-learn's
 * HistGradientBoosting.
 * @param bins number of bins of each feature
 * @param pacer counts `maxIterations`
 * @throws InterruptedError
 */
export async function boostTrees(
  train: TrainingRows,
  validation: LabelledRows | undefined,
  bins: Int32Array,
  loss: Loss,
  settings: Required<TreesSettings>,
  pacer: Pacer,
): Promise<BoostedTrees> {
  const { maxIterations, patience } = settings;
  const baseline = loss.baseline(train.targets);
  const outputs = constantOutputs(baseline, train.rows.rows);
  const watched = validation && constantOutputs(baseline, validation.rows.rows);
  const trainLosses = [loss.mean(train.targets, outputs)];
  const validationLosses = watched ? [loss.mean(validation.targets, watched)] : [];
  const grow = iterationGrower(train, bins, loss, settings, pacer);
  const trees: (Tree | undefined)[][] = [];
  let best = 0;
  while (trees.length < maxIterations) {
    const grown = await grow(outputs);
    // Nothing can be parted any more, and nothing changes what the next iteration would see.
    if (grown.every((tree) => tree === undefined)) break;
    trees.push(grown);
    trainLosses.push(loss.mean(train.targets, outputs));
    await pacer.add(1);
    if (!watched) continue;
    addIteration(grown, validation.rows, watched);
    validationLosses.push(loss.mean(validation.targets, watched));
    if (validationLosses[trees.length] < validationLosses[best]) best = trees.length;
    if (trees.length - best >= patience) break;
  }
  await pacer.add(maxIterations - trees.length);
  return { baseline, trees: watched ? trees.slice(0, best) : trees, trainLosses, validationLosses };
}

/** A function that grows an iteration's trees and adds them to the outputs of the training rows. */
function iterationGrower(
  { rows, targets }: TrainingRows,
  bins: Int32Array,
  loss: Loss,
  settings: Required<TreesSettings>,
  pacer: Pacer,
): (outputs: Float64Array) => Promise<(Tree | undefined)[]> {
  const grower = new TreeGrower(rows, bins, settings, loss.unitHessian);
  const count = loss.outputs;
  const gradients = new Float32Array(count * rows.rows);
  const hessians = new Float32Array(loss.unitHessian ? 0 : gradients.length);
  return async (outputs) => {
    // All derivatives come before the first tree: they are at one point.
    loss.derivatives(targets, outputs, gradients, hessians);
    const trees: (Tree | undefined)[] = [];
    for (let k = 0; k < count; k++) {
      const [from, to] = [k * rows.rows, (k + 1) * rows.rows];
      const derivatives: Derivatives = {
        gradients: gradients.subarray(from, to),
        ...(!loss.unitHessian && { hessians: hessians.subarray(from, to) }),
      };
      trees.push(await grower.grow(derivatives, outputs.subarray(from, to), pacer));
    }
    return trees;
  };
}

/** Outputs [outputs, rows] of boosted trees for other rows with the same thresholds. */
export async function boostedOutputs(
  { baseline, trees }: Pick<BoostedTrees, "baseline" | "trees">,
  rows: BinnedRows,
  pacer: Pacer,
): Promise<Float64Array> {
  const out = constantOutputs(baseline, rows.rows);
  for (const grown of trees) {
    addIteration(grown, rows, out);
    if (pacer.due()) await pacer.pause();
  }
  return out;
}

function constantOutputs(baseline: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(baseline.length * rows);
  baseline.forEach((value, k) => {
    out.fill(value, k * rows, (k + 1) * rows);
  });
  return out;
}

function addIteration(grown: readonly (Tree | undefined)[], rows: BinnedRows, out: Float64Array): void {
  grown.forEach((tree, k) => {
    if (tree) addOutputs(tree, rows, out.subarray(k * rows.rows, (k + 1) * rows.rows));
  });
}
