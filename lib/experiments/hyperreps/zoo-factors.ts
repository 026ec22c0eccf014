import { zooVariance } from "../../analysis/zoo-variance.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { permutedRows } from "../../representations/hyper/views.js";
import type { ZooRows } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { plainBaselines } from "./baselines.js";
import { type FactorZoo, factorLosses } from "./factor-zoo.js";
import { settingSplits, trainingSetting, zoosSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { initClusters } from "./init-clusters.js";
import { keptColumns } from "./kept-columns.js";
import { readableTargets } from "./readable-targets.js";
import { type CellResult, runZooCells } from "./runs.js";
import { reconstructionScores, type SeedScores } from "./scores.js";
import { factorClaims } from "./zoo-factor-claims.js";
import { extraTable, factorTable, varianceTable } from "./zoo-factor-tables.js";

/** Targets of Table 4; a zoo is probed for those that it lets a probe read. */
const targets = { eph: "epoch", acc: "test_accuracy", ggap: "generalization_gap", init: "init" };

export interface ZooFactors {
  readonly zoos: readonly FactorZoo[];
  /** Table 4, top: VAR, VARc as they are, Rtr, Rtes in percent; of the zoos that the paper has. */
  readonly variance: ResultTable;
  /** Table 4, bottom, in percent; of the zoos that the paper has, by the loss that it prints. */
  readonly probes: ResultTable;
  /** Both losses of every zoo, and all of zoos that the paper lacks, as columns "zoo/representation". */
  readonly extra: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface ZooFactorsOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
}

/**
 * Table 4: what generates a zoo's structure. Weights' variance, reconstruction and probes of zoos that vary seeds,
 * hyper-parameters, or both.
 * @param zoos by published name; zoos with other names are in `extra` only
 * @throws as trainHyperRepresentations and keptColumns
 */
export async function runZooFactors(
  zoos: Readonly<Record<string, Zoo>>,
  given: ZooFactorsOptions,
): Promise<ZooFactors> {
  checkOptions(given, ["setting", "onPoint", "on", "signal", "onProgress"], "runZooFactors");
  const { setting, onPoint, on, signal, onProgress } = interruptible(given);
  const names = Object.keys(zoos);
  const part = inParts(onProgress, "generating factors", 1 + names.length);
  const listen = (index: number) => {
    const own = part(index);
    return own ? { onProgress: own } : {};
  };
  const cells = factorLosses.map((loss) => ({ row: loss, config: { loss, steps: setting.steps } }));
  const parts = names.map((name) => ({
    zoo: zoos[name],
    cells,
    targets: readableTargets(settingSplits(zoos[name], setting), targets),
  }));
  const learned = await runZooCells(parts, {
    setting,
    signal,
    ...(onPoint ? { onPoint } : {}),
    ...(on ? { on } : {}),
    ...listen(0),
  });
  const rng = RandomStream.fromSeed(0).split("hyperreps/zoo-factors");
  const results: FactorZoo[] = [];
  // One zoo at a time, so that memory holds the weights of one.
  for (const [z, name] of names.entries()) {
    const scored = { name, ...parts[z], cells: learned[z] };
    results.push(await factorZoo(scored, setting, rng, { signal, ...listen(1 + z) }));
  }
  const text = factorSetting(results, setting);
  return {
    zoos: results,
    variance: varianceTable(results, text, rng.split("variance")),
    probes: factorTable(results, text, rng.split("table")),
    extra: extraTable(results, text, rng.split("extra")),
    setting: text,
    claims: factorClaims(results, text, setting.tooSmall, rng.split("claims")),
  };
}

/** What is measured of one zoo beside the scores of its trainings. */
async function factorZoo(
  scored: Pick<FactorZoo, "name" | "zoo" | "cells"> & { readonly targets: Readonly<Record<string, string>> },
  setting: ImageSetting,
  rng: RandomStream,
  options: LongRunOptions,
): Promise<FactorZoo> {
  const { name, zoo, cells } = scored;
  const { signal } = options;
  const splits = settingSplits(zoo, setting);
  const { softmax } = setting;
  const probing = {
    ...options,
    ...(softmax ? { softmax } : {}),
    id: `hyperreps/zoo-factors/${name}`,
    rng: rng.split(name),
  };
  const baselines = await keptColumns(splits, plainBaselines(), scored.targets, probing);
  const clusters = await initClusters(splits.test, rng.split(name, "clusters"), { signal });
  const seen: SeedScores[] = [];
  for (const cell of cells) seen.push(await trainingScores(cell, splits.train, rng.split(name), { signal }));
  return {
    name,
    zoo,
    baselines,
    cells,
    seen,
    variance: await zooVariance(zoo, { signal }),
    ...(clusters ? { clusters } : {}),
  };
}

/** Reconstruction of the training rows with permuted neurons, the same permutations for every training. */
async function trainingScores(
  { runs }: CellResult,
  train: ZooRows,
  rng: RandomStream,
  options: LongRunOptions,
): Promise<SeedScores> {
  const weights = permutedRows(train, rng.split("permuted"));
  const scores = [];
  for (const { representation } of runs) {
    const found = await representation.reconstruct({ ...train, weights }, options);
    scores.push([reconstructionScores(train.facts.model, weights, found)]);
  }
  return scores;
}

/** The zoos, their diverged models, and the trainings. */
function factorSetting(zoos: readonly FactorZoo[], setting: ImageSetting): string {
  const lost = zoos.filter(({ variance }) => variance.diverged > 0);
  const left = lost.map(({ name, variance }) => `${variance.diverged} of ${name}`).join(", ");
  return [
    zoosSetting(Object.fromEntries(zoos.map(({ name, zoo }) => [name, zoo]))),
    ...(lost.length > 0 ? [`without diverged models (${left})`] : []),
    trainingSetting(setting, setting.steps, factorLosses),
  ].join("; ");
}
