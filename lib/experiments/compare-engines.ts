import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkOptions, SpecError } from "../core/errors.js";
import { inParts, type LongRunOptions } from "../core/progress.js";
import type { ResultTable, ScoreRow } from "../core/tables.js";
import { zooModels } from "../zoo/spec/models.js";
import { checkpointEpochs, parseZooSpec } from "../zoo/spec/spec.js";
import { stackedEngine } from "../zoo/stacked/reference.js";
import { readManifest } from "../zoo/store/manifest.js";
import type { TrainedZoo } from "../zoo/store/zoo.js";
import { defaultEngine, type EngineReference } from "../zoo/training/engine-reference.js";
import { trainZoo } from "../zoo/training/train.js";
import { type GivenImages, loadImages } from "../zoo/training/zoo-data.js";
import type { ZooSpec, ZooSpecInput } from "../zoo/types.js";
import { claimRow } from "./claims.js";
import { type EnginePlace, placeOf, placeText } from "./engine-place.js";
import { modelDifference } from "./model-difference.js";
import { zooSetting } from "./setting.js";

/** Largest difference, over a model's largest weight, that rounding may make of a short training. */
const roundingBound = 1e-3;

/** Models that are enough where no GPU wants more. */
const fewModels = 64;

export interface CompareEnginesOptions extends LongRunOptions, GivenImages {
  /** Trains the first so many models only; by default all where the other engine runs on a GPU, else at most 64. */
  readonly models?: number;
  /** Epochs instead of the specification's. */
  readonly epochs?: number;
  /** The engine beside the CPU engine: stacked tensors on the best backend there is, by default. */
  readonly engine?: EngineReference;
}

/** Two engines on one zoo. */
export interface EngineComparison {
  /** Seconds, rate and mean test accuracy of each engine. */
  readonly table: ResultTable;
  /** That both give the same weights, up to rounding. */
  readonly claims: readonly ScoreRow[];
}

/**
 * Trains one zoo twice, on the CPU engine and on another (stacked tensors), each from scratch into a folder that is
 * removed, and compares time and weights. Times are those of trainZoo, with the start of workers and the writing of
 * files; the images are loaded before, and a device is started.
 * @throws as trainZoo; SpecError when the zoo has fewer models than asked for
 */
export async function compareEngines(
  input: ZooSpecInput,
  options: CompareEnginesOptions = {},
): Promise<EngineComparison> {
  checkOptions(
    options,
    ["models", "epochs", "engine", "dataset", "datasets", "signal", "onProgress"],
    "compareEngines",
  );
  const { signal, onProgress } = options;
  const other = options.engine ?? stackedEngine();
  const place = await placeOf(other);
  const spec = shortened(input, options, place);
  const images = await loadImages(spec, options, { signal, onProgress });
  const datasets = Object.fromEntries(images.byName);
  const progress = inParts(onProgress, `comparing engines on ${spec.name}`, 2);
  const runs: Run[] = [];
  for (const engine of [defaultEngine, other]) {
    const folder = mkdtempSync(join(tmpdir(), "weightbook-engines-"));
    try {
      const common = { signal, onProgress: progress(runs.length), engine, folder };
      const started = performance.now();
      const zoo = await trainZoo(spec, { ...common, datasets });
      runs.push(await runOf(zoo, (performance.now() - started) / 1000));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { table: tableOf(spec, runs, place), claims: [agreement(runs)] };
}

/** What is kept of a zoo whose files are gone. */
interface Run {
  readonly engine: string;
  readonly seconds: number;
  readonly accuracy: number;
  readonly setting: string;
  /** The last checkpoint of each model. */
  readonly weights: readonly Float32Array[];
  readonly diverged: readonly boolean[];
}

async function runOf(zoo: TrainedZoo, seconds: number): Promise<Run> {
  const manifest = readManifest(zoo.folder);
  const last = checkpointEpochs(zoo.spec).at(-1);
  const rows = zoo.rowsWhere(({ epoch }) => epoch === last);
  const accuracies = Array.from(rows, (row) => zoo.facts.test_accuracy[row]);
  return {
    engine: manifest.kind === "trained" ? manifest.versions.engine : "",
    seconds,
    accuracy: accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length,
    setting: zooSetting(zoo),
    weights: Array.from(rows, (row) => zoo.weightsOf(row).slice()),
    diverged: Array.from(rows, (row) => Boolean(zoo.facts.diverged[row])),
  };
}

function shortened(
  input: ZooSpecInput,
  { models, epochs }: CompareEnginesOptions,
  { isGpu }: EnginePlace,
): ZooSpec {
  const spec = parseZooSpec(input);
  if (models !== undefined && models > spec.models) {
    const message = `compareEngines: models is ${models} and the zoo "${spec.name}" has ${spec.models}; ask for fewer`;
    throw new SpecError("engines/models", message, { value: models });
  }
  const count = models ?? (isGpu ? spec.models : Math.min(fewModels, spec.models));
  const last = epochs ?? spec.epochs;
  return parseZooSpec({ ...spec, models: count, epochs: last, checkpoints: [last] });
}

/** Optimiser steps of all models together. */
function stepsOf(spec: ZooSpec): number {
  const images = spec.dataset.trainImages - (spec.earlyStopping?.validationImages ?? 0);
  const steps = zooModels(spec).map(({ trainFraction, batchSize }) =>
    Math.ceil(Math.max(1, Math.round(images * trainFraction)) / batchSize),
  );
  return spec.epochs * steps.reduce((sum, count) => sum + count, 0);
}

function tableOf(spec: ZooSpec, runs: readonly Run[], place: EnginePlace): ResultTable {
  const steps = stepsOf(spec);
  return {
    id: `engines/${spec.name}`,
    caption: `${spec.models} models of ${spec.name} for ${spec.epochs === 1 ? "one epoch" : `${spec.epochs} epochs`} on both engines (${runs[1].engine}${placeText(place)})`,
    rowKey: "engine",
    rows: runs.map(({ engine }) => engine),
    columns: ["seconds", "model-steps a second", "mean test accuracy"],
    values: runs.map(({ seconds, accuracy }) => [seconds, steps / seconds, accuracy]),
  };
}

function agreement([cpu, other]: readonly Run[]): ScoreRow {
  const differences = cpu.weights.map((weights, model) =>
    modelDifference(
      { weights: other.weights[model], diverged: other.diverged[model] },
      { weights, diverged: cpu.diverged[model] },
    ),
  );
  const worst = differences.reduce((most, difference) => Math.max(most, difference), 0);
  const name = other.engine.startsWith("stacked-") ? `the stacked engine (${other.engine})` : other.engine;
  return claimRow({
    claim: `${name} trains the same models as the CPU engine (${cpu.engine}): largest difference, over a model's largest weight`,
    source: "this library",
    interval: { value: worst, low: worst, high: worst },
    inequality: { relation: "<=", bound: roundingBound },
    setting: cpu.setting,
  });
}
