import type { BinSums } from "../../compute/histograms.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import { accuracyScore, r2Score } from "../../core/numeric/scores.js";
import type { LongRunOptions } from "../../core/progress.js";
import { type BinnedRows, binRows, binThresholds, binTrainingRows } from "../trees/bins.js";
import { boostedOutputs, boostTrees } from "../trees/boosting.js";
import { crossEntropy, type Loss, squaredError } from "../trees/losses.js";
import { type TreesSettings, treesSettingNames, treesSettings } from "../trees/settings.js";
import { checkFeatures, checkTarget, type OfSplits, type ProbeTarget, splitNames } from "./splits.js";
import { classesOf, type TypedTarget, typedTarget } from "./targets.js";

export interface TreesOptions extends LongRunOptions, TreesSettings {}

/** Gradient-boosted trees of one target. */
export interface TreesProbe {
  readonly target: string;
  /** Values of a target of words in the train split, sorted; undefined for numbers. */
  readonly classes?: readonly string[];
  /** Iterations that were kept: those up to the least loss on the validation split. */
  readonly iterations: number;
  /** R2 of numbers, each split with its own mean; share of right predictions of words. */
  readonly validationScore: number;
  readonly testScore: number;
  /** For the rows of the test split. */
  readonly predictions: Float64Array | readonly string[];
}

/**
 * Gradient-boosted regression trees (Friedman 2001) on histograms (LightGBM, Ke et al. 2017), which on layer statistics
 * are the strongest published baseline of weight-space learning (Unterthiner et al. 2020): squared error for numbers,
 * cross-entropy for words. The number of iterations is chosen for each target by the loss on the validation split; the
 * test split is only scored. Monotone transforms of a feature change nothing, so there is nothing to standardise. A
 * class that the train split lacks is never predicted: its rows count as misses.
 * @throws SpecError "probe/empty", "probe/columns", "probe/rows", "probe/constant-target" (numbers: in any split; words:
 *   in the train split), "trees/settings", "trees/memory"; DataError "points/not-finite", "probe/nan-target"; InterruptedError
 */
export async function treesProbe(
  features: OfSplits<Points>,
  targets: readonly (ProbeTarget<number> | ProbeTarget<string>)[],
  options: TreesOptions = {},
): Promise<TreesProbe[]> {
  checkOptions(options, [...treesSettingNames, "signal", "onProgress"], "treesProbe");
  const { signal: _, onProgress: __, ...settings } = options;
  checkFeatures(features);
  const stages = treesStages(targets.length, settings);
  const pacer = new Pacer("boosting trees", stages, "iterations", interruptible(options));
  return fitTrees(features, targets.map(typedTarget), settings, pacer);
}

/** What `fitTrees` adds to its pacer. */
export function treesStages(targets: number, settings: TreesSettings): number {
  return targets * treesSettings(settings).maxIterations;
}

/** `treesProbe` of features that were checked, with a pacer of `treesStages`. The features are binned once. */
export async function fitTrees(
  features: OfSplits<Points>,
  targets: readonly TypedTarget[],
  given: TreesSettings,
  pacer: Pacer,
): Promise<TreesProbe[]> {
  const settings = treesSettings(given);
  for (const { kind, target } of targets) {
    if (kind === "r2") checkTarget(target, features, splitNames);
    else checkTarget(target, features, ["train"]);
  }
  const thresholds = await binThresholds(features.train, settings.maxBins, pacer);
  const binned = {
    train: await binTrainingRows(features.train, thresholds, pacer),
    validation: await binRows(features.validation, thresholds, pacer),
    test: await binRows(features.test, thresholds, pacer),
  };
  const bins = Int32Array.from(thresholds, ({ length }) => length + 1);
  const probes: TreesProbe[] = [];
  for (const typed of targets) probes.push(await fitTarget(binned, bins, typed, settings, pacer));
  return probes;
}

async function fitTarget(
  binned: OfSplits<BinnedRows> & { readonly train: BinSums },
  bins: Int32Array,
  typed: TypedTarget,
  settings: Required<TreesSettings>,
  pacer: Pacer,
): Promise<TreesProbe> {
  const { loss, classes, encode } = codingOf(typed);
  const train = { rows: binned.train, targets: encode("train") };
  const validation = { rows: binned.validation, targets: encode("validation") };
  const boosted = await boostTrees(train, validation, bins, loss, settings, pacer);
  const outputs = {
    validation: await boostedOutputs(boosted, binned.validation, pacer),
    test: await boostedOutputs(boosted, binned.test, pacer),
  };
  const fitted = { target: typed.target.name, iterations: boosted.trees.length };
  if (typed.kind === "r2") {
    const { values } = typed.target;
    const validationScore = r2Score(values.validation, outputs.validation);
    const testScore = r2Score(values.test, outputs.test);
    return { ...fitted, validationScore, testScore, predictions: outputs.test };
  }
  const { values } = typed.target;
  const predictions = likeliest(outputs.test, binned.test.rows, classes);
  const guesses = likeliest(outputs.validation, binned.validation.rows, classes);
  const validationScore = accuracyScore(Array.from(values.validation), guesses);
  const testScore = accuracyScore(Array.from(values.test), predictions);
  return { ...fitted, classes, validationScore, testScore, predictions };
}

/** How a target is put to the loss. */
function codingOf(typed: TypedTarget): {
  loss: Loss;
  classes: readonly string[];
  encode: (split: "train" | "validation") => Float64Array;
} {
  if (typed.kind === "r2") {
    const { values } = typed.target;
    return { loss: squaredError, classes: [], encode: (split) => Float64Array.from(values[split]) };
  }
  const { values } = typed.target;
  const { classes } = classesOf(values.train);
  const place = new Map(classes.map((name, c) => [name, c]));
  const encode = (split: "train" | "validation") =>
    Float64Array.from(Array.from(values[split]), (name) => place.get(name) ?? -1);
  return { loss: crossEntropy(classes.length), classes, encode };
}

/** The class of greatest logit for each row, the first of equals; two classes have one logit, of the second. */
function likeliest(outputs: Float64Array, rows: number, classes: readonly string[]): string[] {
  return Array.from({ length: rows }, (_, i) => {
    if (classes.length === 2) return classes[outputs[i] > 0 ? 1 : 0];
    let best = 0;
    for (let c = 1; c < classes.length; c++) if (outputs[c * rows + i] > outputs[best * rows + i]) best = c;
    return classes[best];
  });
}
