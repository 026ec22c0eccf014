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
import type { GivenImages } from "../zoo/training/zoo-data.js";
import type { ZooSpec, ZooSpecInput } from "../zoo/types.js";
import { claimRow } from "./claims.js";
import { zooSetting } from "./setting.js";

/** Largest difference, over a model's largest weight, that rounding may make of a short training. */
const roundingBound = 1e-3;

export interface CompareEnginesOptions extends LongRunOptions, GivenImages {
  /** Trains the first so many models only; all by default. */
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
 * removed, and compares time and weights. Times are those of trainZoo, with the start of workers or device and the
 * writing of files.
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
  const spec = shortened(input, options);
  const { dataset, datasets, signal, onProgress } = options;
  const progress = inParts(onProgress, `comparing engines on ${spec.name}`, 2);
  const runs: Run[] = [];
  for (const engine of [defaultEngine, options.engine ?? stackedEngine()]) {
    const folder = mkdtempSync(join(tmpdir(), "weightbook-engines-"));
    try {
      const common = { signal, onProgress: progress(runs.length), engine, folder };
      const started = performance.now();
      const zoo = await trainZoo(spec, {
        ...common,
        ...(dataset && { dataset }),
        ...(datasets && { datasets }),
      });
      runs.push(await runOf(zoo, (performance.now() - started) / 1000));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { table: tableOf(spec, runs), claims: [agreement(runs)] };
}

/** What is kept of a zoo whose files are gone. */
interface Run {
  readonly engine: string;
  readonly seconds: number;
  readonly accuracy: number;
  readonly setting: string;
  /** The last checkpoint of each model. */
  readonly weights: readonly Float32Array[];
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
  };
}

function shortened(input: ZooSpecInput, { models, epochs }: CompareEnginesOptions): ZooSpec {
  const spec = parseZooSpec(input);
  if (models !== undefined && models > spec.models) {
    const message = `compareEngines: models is ${models} and the zoo "${spec.name}" has ${spec.models}; ask for fewer`;
    throw new SpecError("engines/models", message, { value: models });
  }
  const last = epochs ?? spec.epochs;
  return parseZooSpec({ ...spec, models: models ?? spec.models, epochs: last, checkpoints: [last] });
}

/** Optimiser steps of all models together. */
function stepsOf(spec: ZooSpec): number {
  const images = spec.dataset.trainImages - (spec.earlyStopping?.validationImages ?? 0);
  const steps = zooModels(spec).map(({ trainFraction, batchSize }) =>
    Math.ceil(Math.max(1, Math.round(images * trainFraction)) / batchSize),
  );
  return spec.epochs * steps.reduce((sum, count) => sum + count, 0);
}

function tableOf(spec: ZooSpec, runs: readonly Run[]): ResultTable {
  const steps = stepsOf(spec);
  const onHost = /-(wasm|cpu)(-fma)?$/.test(runs[1].engine);
  const where = onHost
    ? "no GPU: stacked tensors run on the CPU, which the CPU engine serves better"
    : "on a GPU";
  return {
    id: `engines/${spec.name}`,
    caption: `${spec.models} models of ${spec.name} for ${spec.epochs === 1 ? "one epoch" : `${spec.epochs} epochs`} on both engines (${where})`,
    rowKey: "engine",
    rows: runs.map(({ engine }) => engine),
    columns: ["seconds", "model-steps a second", "mean test accuracy"],
    values: runs.map(({ seconds, accuracy }) => [seconds, steps / seconds, accuracy]),
  };
}

function agreement([cpu, other]: readonly Run[]): ScoreRow {
  const worst = Math.max(
    ...cpu.weights.map((weights, model) => relativeDifference(other.weights[model], weights)),
  );
  return claimRow({
    claim: `${other.engine} trains the models of ${cpu.engine}: largest difference over a model's largest weight`,
    source: "this library",
    interval: { value: worst, low: worst, high: worst },
    inequality: { relation: "<=", bound: roundingBound },
    setting: cpu.setting,
  });
}

function relativeDifference(ours: Float32Array, theirs: Float32Array): number {
  let top = 0;
  let largest = 0;
  theirs.forEach((weight, i) => {
    top = Math.max(top, Math.abs(weight));
    largest = Math.max(largest, Math.abs(ours[i] - weight));
  });
  return largest / top;
}
