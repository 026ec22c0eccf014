import { join } from "node:path";
import { checkOptions, StoreError, throwIfAborted } from "../core/errors.js";
import { removeAbandonedTemporaries } from "../core/files.js";
import { type LongRunOptions, ProgressMeter } from "../core/progress.js";
import { runInWorkers } from "../core/workers.js";
import { loadDatasetOrStrokes } from "../datasets/load.js";
import type { Dataset } from "../datasets/types.js";
import { weightLayout } from "../networks/layout.js";
import { networkShapes, sizeOf } from "../networks/shapes.js";
import { defaultEngine, type EngineReference, loadEngine } from "./engine-reference.js";
import { factsTable } from "./facts.js";
import { planShards, type ShardPlan, type ZooIdentity, zooFolder } from "./identity.js";
import { checkDataset, inputScale, shareImages } from "./input.js";
import { mergeShards } from "./merge.js";
import { checkShard, type ShardRecord, writeShard } from "./shard.js";
import { checkpointEpochs, parseZooSpec, zooKey } from "./spec.js";
import type { ModelJob, ZooSpec } from "./types.js";
import type { TrainedShard, WorkerSetup } from "./worker.js";
import { openZoo, type Zoo } from "./zoo.js";

/** Options of `trainZoo`. */
export interface TrainZooOptions extends LongRunOptions {
  /** The images, where they are at hand; loaded by the specification otherwise. */
  readonly dataset?: Dataset;
  /** Where the zoo is kept; by default `zoos/NAME-PRESET-KEY` in the cache. */
  readonly folder?: string;
  /** Part of the default folder's name; "custom" when left out. */
  readonly preset?: string;
  /** Threads; `workerCount()` when left out. The result does not depend on it. */
  readonly workers?: number;
  /** Another training engine than the default one. */
  readonly engine?: EngineReference;
}

/** A training that is set up: what is to be made, and where. */
interface Training {
  readonly identity: ZooIdentity;
  readonly folder: string;
  readonly dataset: Dataset;
  readonly engine: EngineReference;
}

const knownOptions = ["dataset", "folder", "preset", "workers", "engine", "signal", "onProgress"];

/**
 * Trains a zoo, or opens it when it is already there. An interrupted training resumes: shards that are whole are
 * kept, missing, truncated and altered ones are trained again, and the files end bit-identical to an unbroken run's,
 * whatever the number of workers. Progress counts model-epochs.
 * @throws SpecError for a specification that cannot be carried out; DataError as loadDataset; StoreError when the
 *   folder holds another zoo or cannot be written; InterruptedError on abort, within a second, with every finished
 *   shard kept
 */
export async function trainZoo(spec: ZooSpec, options: TrainZooOptions = {}): Promise<Zoo> {
  checkOptions(options, knownOptions, "trainZoo");
  const { signal } = options;
  const training = await setUp(parseZooSpec(spec), options);
  const { folder, identity } = training;
  const existing = await openIfWhole(folder, identity.key);
  if (existing) {
    const total = existing.spec.models * existing.spec.epochs;
    // So that a zoo that was there and one that was trained end with the same report.
    new ProgressMeter(trainingLabel(spec), total, "model-epochs", options.onProgress, {
      alreadyDone: total,
    }).add(0);
    return existing;
  }
  removeAbandonedTemporaries(folder);
  removeAbandonedTemporaries(join(folder, "shards"));
  const records = await checkShards(folder, identity, signal);
  await trainMissing(training, records, options);
  await mergeShards(folder, identity, records as ShardRecord[], signal);
  return openZoo(folder);
}

async function setUp(spec: ZooSpec, options: TrainZooOptions): Promise<Training> {
  const { signal, onProgress } = options;
  const what = trainingLabel(spec);
  throwIfAborted(signal, what);
  const layout = weightLayout(spec.network);
  const { name, size, trainImages, testImages } = spec.dataset;
  const dataset =
    options.dataset ??
    (await loadDatasetOrStrokes(name, { size, trainImages, testImages, signal, onProgress }));
  throwIfAborted(signal, what);
  checkDataset(spec, dataset, sizeOf(networkShapes(spec.network).at(-1)!));
  const engine = options.engine ?? defaultEngine;
  const { version } = await loadEngine(engine);
  const { standsInFor, hash } = dataset;
  const key = zooKey(spec, hash, version);
  const data = { name: dataset.name, ...(standsInFor === undefined ? {} : { standsInFor }), hash };
  const identity = { spec, key, data, engine: version, layout };
  const folder = options.folder ?? zooFolder(spec, key, options.preset ?? "custom");
  return { identity, folder, dataset, engine };
}

/** The zoo of a folder when all of it is there and whole; undefined when something must be trained or written. */
async function openIfWhole(folder: string, key: string): Promise<Zoo | undefined> {
  let zoo: Zoo;
  try {
    zoo = await openZoo(folder);
  } catch (cause) {
    const repairable = cause instanceof StoreError && ["zoo/none", "zoo/damaged"].includes(cause.code);
    if (repairable) return undefined;
    throw cause;
  }
  if (zoo.key !== key) throw anotherZoo(folder);
  return zoo;
}

function anotherZoo(folder: string): StoreError {
  return new StoreError(
    "zoo/another",
    `${folder} holds a zoo of another specification, data or engine; choose another folder, or remove it`,
    { value: folder },
  );
}

function trainingLabel(spec: ZooSpec): string {
  return `training ${spec.name}`;
}

/** Records of the shards that are whole; undefined in the place of the others. */
async function checkShards(
  folder: string,
  identity: ZooIdentity,
  signal: AbortSignal | undefined,
): Promise<(ShardRecord | undefined)[]> {
  const records: (ShardRecord | undefined)[] = [];
  for (const shard of planShards(identity.spec)) {
    throwIfAborted(signal, trainingLabel(identity.spec));
    const { state, record } = await checkShard(folder, identity, shard);
    if (state === "foreign") throw anotherZoo(folder);
    records.push(record);
  }
  return records;
}

/** Trains the shards that have no record and adds their records. */
async function trainMissing(
  training: Training,
  records: (ShardRecord | undefined)[],
  options: TrainZooOptions,
): Promise<void> {
  const { identity, folder } = training;
  const { spec } = identity;
  const missing = planShards(spec).filter((shard) => !records[shard.index]);
  if (missing.length === 0) return;
  const label = trainingLabel(spec);
  const size = (shard: ShardPlan) => shard.to - shard.from + 1;
  const alreadyDone = (spec.models - missing.reduce((sum, shard) => sum + size(shard), 0)) * spec.epochs;
  const total = spec.models * spec.epochs;
  const meter = new ProgressMeter(label, total, "model-epochs", options.onProgress, { alreadyDone });
  const reached = missing.map(() => 0);
  const advance = (index: number, epoch: number) => {
    if (epoch <= reached[index]) return;
    meter.add((epoch - reached[index]) * size(missing[index]));
    reached[index] = epoch;
  };
  const jobs = missing.map((shard) => modelJobs(spec, shard));
  await runInWorkers<readonly ModelJob[], TrainedShard, number>(
    new URL("./worker.js", import.meta.url),
    jobs,
    {
      label,
      workers: options.workers,
      signal: options.signal,
      workerData: workerSetup(training),
      onMessage: (epoch, index) => advance(index, epoch),
      onResult: async ({ weights, facts }, index) => {
        const shard = missing[index];
        const table = factsTable(spec, shard.from, facts, training.dataset.name);
        records[shard.index] = await writeShard(folder, identity, shard, weights, table);
        advance(index, spec.epochs);
      },
    },
  );
}

function modelJobs(spec: ZooSpec, shard: ShardPlan): ModelJob[] {
  return Array.from({ length: shard.to - shard.from + 1 }, (_, index) => ({
    seed: spec.seeds.from + shard.from + index,
    optimizer: spec.optimizer,
  }));
}

function workerSetup({ identity, dataset, engine }: Training): WorkerSetup {
  const { spec, layout } = identity;
  const { network, initializer, loss, batchSize, epochs, inputScaling } = spec;
  return {
    engine,
    parameters: layout.parameters,
    job: {
      network,
      initializer,
      loss,
      batchSize,
      epochs,
      checkpoints: checkpointEpochs(spec),
      input: inputScale(inputScaling, dataset.train),
      train: shareImages(dataset.train),
      test: shareImages(dataset.test),
    },
  };
}
