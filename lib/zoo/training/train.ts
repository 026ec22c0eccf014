import { join } from "node:path";
import { checkOptions } from "../../core/errors.js";
import { removeAbandonedTemporaries } from "../../core/files.js";
import { interruptible } from "../../core/interrupt.js";
import { type LongRunOptions, ProgressMeter, type StopOptions } from "../../core/progress.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import { trainZooOnSlurm } from "../cluster/follow.js";
import { isRepairable, refuseAnotherZoo } from "../store/another-zoo.js";
import { mergeShards } from "../store/merge.js";
import { planShards, sharedShards, type ZooShare } from "../store/plan.js";
import { openZoo, type TrainedZoo } from "../store/zoo.js";
import type { ZooSpecInput } from "../types.js";
import { trainShards } from "./train-shards.js";
import {
  type EngineName,
  setUpTraining,
  type TrainingOptions,
  trainingLabel,
  trainingOptions,
} from "./training.js";

/** Options of `trainZoo`. */
export interface TrainZooOptions extends TrainingOptions {
  /** Threads; `workerCount()` when left out. The result does not depend on it. */
  readonly workers?: number;
}

/** Options of `trainZoo` on a cluster. */
export interface TrainZooOnOptions extends LongRunOptions, Pick<TrainingOptions, "folder" | "preset"> {
  /** E.g. `slurm({ shards: 64 })`. */
  readonly on: SlurmTarget;
  readonly engine?: EngineName;
}

/** Options of `trainZoo` for a part of the training. */
export interface TrainShareOptions extends TrainZooOptions {
  /** Trains only shards i, i + n, i + 2n, ... (counted from 1), and does not merge. */
  readonly shard: ZooShare;
}

/** A share of a zoo that is trained; `mergeZoo` makes a zoo of all shares. */
export interface TrainedShare {
  readonly name: string;
  readonly key: string;
  readonly folder: string;
  readonly share: ZooShare;
  /** Shards of this share, and of the zoo. */
  readonly shards: number;
  readonly allShards: number;
}

/**
 * Trains a zoo, or opens it when it is already there. An interrupted training resumes: shards that are whole are
 * kept, missing, truncated and altered ones are trained again, and the files end bit-identical to an unbroken run's,
 * whatever the number of workers, on the CPU engine and on the stacked engine's backends cpu and wasm; other backends
 * promise equal models up to rounding. An interrupt loses the models that train at that time: of the CPU engine a shard
 * a worker, of the stacked engine one call (see TrainingEngine.modelsAtOnce). Progress counts model-epochs.
 *
 * With `shard: { index: i, count: n }` only every n-th shard from the i-th is trained, e.g. as one of n tasks of a
 * cluster that share a folder; it needs none of the others. `mergeZoo` makes the zoo of them, bit-identical to one
 * trained at once.
 *
 * With `on: slurm({ shards: n })` n tasks of an array job train it, on whatever machines Slurm finds, and a job after
 * them merges; `folder` must be on a file system that these machines share. An interrupt leaves the jobs running, and
 * the same call, in another cell, kernel or session, finds them again; after failures it submits what is missing.
 * Progress counts models. Images must then be known by name.
 * @throws SpecError for a specification that cannot be carried out; DataError as loadDataset; StoreError when the
 *   folder holds another zoo or cannot be written; InterruptedError on abort, within a second, with every finished
 *   shard kept; ClusterError where Slurm is missing or refuses, or tasks failed
 */
export function trainZoo(spec: ZooSpecInput, options: TrainShareOptions): Promise<TrainedShare>;
export function trainZoo(
  spec: ZooSpecInput,
  options?: TrainZooOptions | TrainZooOnOptions,
): Promise<TrainedZoo>;
export async function trainZoo(
  input: ZooSpecInput,
  given: (TrainZooOptions & Partial<TrainShareOptions>) | TrainZooOnOptions = {},
): Promise<TrainedZoo | TrainedShare> {
  const options = interruptible(given);
  if ("on" in options) {
    const known = ["on", "folder", "preset", "engine", "signal", "onProgress"];
    checkOptions(options, known, "trainZoo on a cluster");
    return trainZooOnSlurm(input, options);
  }
  const stop = { signal: options.signal };
  checkOptions(options, [...trainingOptions, "workers", "shard"], "trainZoo");
  const training = await setUpTraining(input, options);
  const { folder, identity } = training;
  const { spec, key, layouts } = identity;
  const plan = planShards(spec, layouts);
  const mine = sharedShards(plan, options.shard);
  refuseAnotherZoo(folder, identity);
  const existing = options.shard ? undefined : await openIfWhole(folder, stop);
  if (existing) {
    const total = spec.models * spec.epochs;
    // So that a zoo that was there and one that was trained end with the same report.
    new ProgressMeter(trainingLabel(spec), total, "model-epochs", options.onProgress, {
      alreadyDone: total,
    }).add(0);
    return existing;
  }
  removeAbandonedTemporaries(folder);
  removeAbandonedTemporaries(join(folder, "shards"));
  const records = await trainShards(training, mine, options);
  if (options.shard) {
    return {
      name: spec.name,
      key,
      folder,
      share: options.shard,
      shards: mine.length,
      allShards: plan.length,
    };
  }
  await mergeShards(folder, identity, records, stop);
  return (await openZoo(folder, stop)) as TrainedZoo;
}

/** The zoo of a folder when all of it is there and whole; undefined when something must be trained or written. */
export async function openIfWhole(folder: string, stop: StopOptions): Promise<TrainedZoo | undefined> {
  try {
    return (await openZoo(folder, stop)) as TrainedZoo;
  } catch (cause) {
    if (isRepairable(cause)) return undefined;
    throw cause;
  }
}
