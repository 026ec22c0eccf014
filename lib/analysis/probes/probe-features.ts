import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { TreesSettings } from "../trees/settings.js";
import { accuracyByModel, type ModelScores, r2ByModel, scoreInterval } from "./model-scores.js";
import { type RidgeProbe, ridgeAlphas, ridgeInSpace } from "./ridge.js";
import {
  type ConvergedSettings,
  type SoftmaxProbe,
  softmaxByAdam,
  softmaxInSpace,
  softmaxPenalties,
} from "./softmax.js";
import type { AdamSettings } from "./softmax-adam.js";
import { softmaxSpace } from "./softmax-space.js";
import { checkFeatures, checkTarget, type OfSplits, splitNames, standardised } from "./splits.js";
import { readTargets, type TargetColumns, type TypedTarget } from "./targets.js";
import { trainSpace } from "./train-space.js";
import { fitTrees, type TreesProbe, treesStages } from "./trees.js";

/** What reads the targets: ridge and softmax regression, or gradient-boosted trees. */
export type ProbeKind = "linear" | "trees";

export interface ProbeOptions extends LongRunOptions {
  /** Source of the bootstrap's resamples. */
  readonly rng: RandomStream;
  /** What reads the targets. Default "linear", as published. */
  readonly probe?: ProbeKind;
  /** Scale features to mean 0 and standard deviation 1 on the train split. Default false, as released. */
  readonly standardise?: boolean;
  /** Ridge penalties. Default `ridgeAlphas`. */
  readonly alphas?: readonly number[];
  /** How the softmax is converged. */
  readonly softmax?: ConvergedSettings;
  /** Fits the softmax as published instead: see SoftmaxOptions. */
  readonly adam?: AdamSettings;
  /** How trees are grown. */
  readonly trees?: TreesSettings;
}

/** Names of ProbeOptions. */
export const probeOptionNames = [
  "rng",
  "probe",
  "standardise",
  "alphas",
  "softmax",
  "adam",
  "trees",
  "signal",
  "onProgress",
] as const;

/** One target read from one representation. */
export interface ProbeCell {
  readonly target: string;
  /** Numbers scored by R2, or words scored by accuracy. */
  readonly kind: "r2" | "accuracy";
  /** Score on the test split in percent, with a 95 percent bootstrap interval over its models. */
  readonly interval: Interval;
  /** For the paired comparisons `scoreDifference` and `meanScoreDifference`. */
  readonly scores: ModelScores;
  /** Row by row of the test split. */
  readonly truth: ArrayLike<number> | readonly string[];
  readonly predictions: ArrayLike<number> | readonly string[];
  /** The fitted probe: chosen penalty and coefficients, or iterations; validation score. */
  readonly probe: FittedProbe;
}

type FittedProbe = RidgeProbe | SoftmaxProbe | TreesProbe;

/**
 * Probes features that were made already: for each target the test score of a ridge regression (numbers) or of a linear
 * softmax (words), or of boosted trees with `probe: "trees"`. What the probes share is computed once.
 * @param facts columns of each split, row by row with the features; `model` says which model a row is of
 * @param targets column of the facts by name, e.g. a part of `publishedTargets`
 * @returns one cell a target, in their order
 * @throws what ridgeProbe, softmaxProbe and treesProbe throw; SpecError "probe/target" for a column that there is not,
 *   "probe/kind" for a probe that there is not
 */
export async function probeFeatures(
  features: OfSplits<Points>,
  facts: OfSplits<TargetColumns>,
  targets: Readonly<Record<string, string>>,
  options: ProbeOptions,
): Promise<ProbeCell[]> {
  checkOptions(options, probeOptionNames, "probeFeatures");
  checkProbeKind(options.probe);
  checkFeatures(features);
  const typed = readTargets(facts, targets);
  // All targets are looked at before the first is fitted: a mistake shows at once.
  for (const entry of typed) {
    if (entry.kind === "r2") checkTarget(entry.target, features, splitNames);
    else checkTarget(entry.target, features, ["train"]);
  }
  const scaled = options.standardise ? standardised(features) : features;
  const probes = await (options.probe === "trees" ? growProbes : fitProbes)(scaled, typed, options);
  const { model } = facts.test;
  return typed.map((entry, t) => cellOf(entry, probes[t], model, options.rng.split(entry.target.name)));
}

/** @throws SpecError "probe/kind" */
export function checkProbeKind(probe: ProbeKind | undefined): void {
  if (probe === undefined || probe === "linear" || probe === "trees") return;
  throw new SpecError("probe/kind", `the probe is "${probe}"; choose "linear" or "trees"`, { value: probe });
}

function growProbes(
  features: OfSplits<Points>,
  typed: readonly TypedTarget[],
  options: ProbeOptions,
): Promise<FittedProbe[]> {
  const { trees = {} } = options;
  const pacer = new Pacer("probing", treesStages(typed.length, trees), "iterations", interruptible(options));
  return fitTrees(features, typed, trees, pacer);
}

async function fitProbes(
  features: OfSplits<Points>,
  typed: readonly TypedTarget[],
  options: ProbeOptions,
): Promise<FittedProbe[]> {
  const { adam, softmax = {}, alphas = ridgeAlphas } = options;
  const numeric = typed.flatMap((entry) => (entry.kind === "r2" ? [entry.target] : []));
  const words = typed.flatMap((entry) => (entry.kind === "accuracy" ? [entry.target] : []));
  const fits = adam ? 1 : (softmax.penalties ?? softmaxPenalties).length;
  const stages = (numeric.length > 0 ? 2 : 0) + words.length * fits + 1;
  const pacer = new Pacer("probing", stages, "stages", interruptible(options));
  const space = await trainSpace(features.train, pacer);
  await pacer.add(1);
  const probes = new Map<string, FittedProbe>();
  if (numeric.length > 0) {
    const fitted = await ridgeInSpace(space, features, numeric, alphas, pacer);
    for (const probe of fitted) probes.set(probe.target, probe);
  }
  if (adam) {
    for (const target of words) probes.set(target.name, await softmaxByAdam(features, target, adam, pacer));
  } else if (words.length > 0) {
    const fitted = await softmaxSpace(space, pacer);
    for (const target of words) {
      probes.set(target.name, await softmaxInSpace(space, fitted, features, target, softmax, pacer));
    }
  }
  return typed.map(({ target }) => probes.get(target.name) as FittedProbe);
}

function cellOf(
  entry: TypedTarget,
  probe: FittedProbe,
  model: ArrayLike<number>,
  rng: RandomStream,
): ProbeCell {
  const { kind, target } = entry;
  const { predictions } = probe;
  const scores =
    kind === "r2"
      ? r2ByModel(model, entry.target.values.test, predictions as Float64Array)
      : accuracyByModel(model, entry.target.values.test, predictions as readonly string[]);
  const truth = target.values.test as ProbeCell["truth"];
  return {
    target: target.name,
    kind,
    interval: scoreInterval(scores, { rng }),
    scores,
    truth,
    predictions,
    probe,
  };
}
