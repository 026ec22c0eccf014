import { join } from "node:path";
import { workerCount } from "../../core/environment.js";
import { throwIfAborted } from "../../core/errors.js";
import { type LongRunOptions, ProgressMeter } from "../../core/progress.js";
import type { Dataset } from "../../datasets/types.js";
import { factsTable } from "../facts.js";
import { zooModels } from "../spec/models.js";
import { checkpointEpochs } from "../spec/spec.js";
import { anotherZoo } from "../store/another-zoo.js";
import type { ZooIdentity } from "../store/identity.js";
import { layoutOfModel } from "../store/layouts.js";
import type { ShardPlan } from "../store/plan.js";
import { checkShard, type ShardRecord, shardIdentity, writeShard } from "../store/shard.js";
import type { JobImages, JobShift, ModelSpec, ZooSpec } from "../types.js";
import { type Call, planCalls, runCalls } from "./calls.js";
import { inputScale, shareImages } from "./input.js";
import { type EpochReport, groupJob, type SharedImages, type TrainedModels } from "./train-models.js";
import { type Training, trainingLabel } from "./training.js";
import type { WorkerSetup } from "./worker.js";

/** Options of training some shards. */
export interface TrainShardsOptions extends LongRunOptions {
  readonly workers?: number;
}

/**
 * Trains those of the given shards that are not on disk and whole. Progress counts model-epochs of all given shards.
 * @returns the records of all given shards, in their order
 * @throws StoreError when another zoo's shard is in the way, or one cannot be written; InterruptedError on abort
 */
export async function trainShards(
  training: Training,
  shards: readonly ShardPlan[],
  options: TrainShardsOptions,
): Promise<ShardRecord[]> {
  const { identity, folder, images } = training;
  const { spec } = identity;
  const records = new Map<ShardPlan, ShardRecord>();
  for (const shard of shards) {
    throwIfAborted(options.signal, trainingLabel(spec));
    const { state, record } = await checkShard(folder, identity, shard, { signal: options.signal });
    if (state === "foreign")
      throw anotherZoo(folder, identity, shardIdentity(join(folder, shard.weightsFile)));
    if (record) records.set(shard, record);
  }
  const missing = shards.filter((shard) => !records.has(shard));
  const progress = new ShardProgress(spec, shards, missing, options);
  const models = zooModels(spec);
  const { byName, shifted } = images;
  const isShiftedTo = (name: string) => shifted !== undefined && name === spec.shift?.dataset;
  const trainedOn = (name: string) => (isShiftedTo(name) ? shifted : byName.get(name))?.name ?? name;
  const { thread, modelsPerCall, modelsAtOnce } = training.calls;
  const store = async (shard: ShardPlan, { weights, facts }: TrainedModels) => {
    const table = factsTable(spec, shard.from, facts, trainedOn);
    records.set(shard, await writeShard(folder, identity, shard, weights, table));
    progress.finish(shard);
  };
  if (missing.length > 0) {
    const setup = workerSetup(training);
    const threads = thread === "main" ? 1 : (options.workers ?? workerCount());
    const atOnce = modelsAtOnce && ((group: readonly ModelSpec[]) => modelsAtOnce(groupJob(group, setup)));
    const calls = planCalls(missing, identity, { modelsPerCall, atOnce }, threads);
    const jobs = calls.map((call) => models.slice(call[0].from, call[call.length - 1].to + 1));
    await runCalls(jobs, setup, thread, {
      label: trainingLabel(spec),
      workers: options.workers,
      signal: options.signal,
      onReport: (trained, index) => progress.advance(calls[index], trained),
      onResult: async (trained, index) => {
        for (const [shard, own] of partsOf(calls[index], trained, identity)) await store(shard, own);
      },
    });
  }
  return shards.flatMap((shard) => records.get(shard) ?? []);
}

/** What each shard of a call has of its outcome. */
function* partsOf(
  call: Call,
  { weights, facts }: TrainedModels,
  { spec, layouts }: ZooIdentity,
): Iterable<readonly [ShardPlan, TrainedModels]> {
  const checkpoints = checkpointEpochs(spec).length;
  const [{ from: first }] = call;
  let offset = 0;
  for (const shard of call) {
    let size = 0;
    for (let model = shard.from; model <= shard.to; model++) {
      size += checkpoints * layoutOfModel(layouts, model).parameters;
    }
    const own = weights.subarray(offset, offset + size);
    yield [shard, { weights: own, facts: facts.slice(shard.from - first, shard.to - first + 1) }];
    offset += size;
  }
}

function workerSetup({ identity, images, engine }: Training): WorkerSetup {
  const { loss, epochs, earlyStopping, inputScaling, shift } = identity.spec;
  // By content: strokes may stand in for several data sets.
  const byHash = new Map<string, SharedImages>();
  const shared = new Map<string, SharedImages>();
  for (const [name, dataset] of images.byName) {
    const set = byHash.get(dataset.hash) ?? {
      input: inputScale(inputScaling, dataset),
      ...sharedSplits(dataset),
    };
    byHash.set(dataset.hash, set);
    shared.set(name, set);
  }
  const checkpoints = checkpointEpochs(identity.spec);
  if (!shift) return { engine, common: { loss, epochs, earlyStopping, checkpoints }, images: shared };
  const { afterEpoch, learningRate } = shift;
  const later = images.shifted && (byHash.get(images.shifted.hash) ?? sharedSplits(images.shifted));
  const jobShift: JobShift = {
    afterEpoch,
    ...(later && { images: { train: later.train, test: later.test } }),
    ...(learningRate === undefined ? {} : { learningRate }),
  };
  return { engine, common: { loss, epochs, earlyStopping, checkpoints, shift: jobShift }, images: shared };
}

function sharedSplits({ train, test }: Dataset): JobImages {
  return { train: shareImages(train), test: shareImages(test) };
}

/** Model-epochs of shards on their way. */
class ShardProgress {
  private readonly meter: ProgressMeter;
  /** Model-epochs that each unfinished shard has still to report. */
  private readonly left: Map<ShardPlan, number>;

  constructor(
    spec: ZooSpec,
    shards: readonly ShardPlan[],
    missing: readonly ShardPlan[],
    { onProgress }: LongRunOptions,
  ) {
    const size = ({ from, to }: ShardPlan) => (to - from + 1) * spec.epochs;
    const sum = (some: readonly ShardPlan[]) => some.reduce((total, shard) => total + size(shard), 0);
    const total = sum(shards);
    const alreadyDone = total - sum(missing);
    this.left = new Map(missing.map((shard) => [shard, size(shard)]));
    this.meter = new ProgressMeter(trainingLabel(spec), total, "model-epochs", onProgress, { alreadyDone });
  }

  advance(call: Call, trained: EpochReport): void {
    let rest = trained;
    for (const shard of call) {
      const left = this.left.get(shard) ?? 0;
      // The last of a shard is counted when it is written.
      const counted = Math.min(rest, Math.max(0, left - 1));
      rest -= counted;
      this.left.set(shard, left - counted);
    }
    if (rest < trained) this.meter.add(trained - rest);
  }

  finish(shard: ShardPlan): void {
    this.meter.add(this.left.get(shard) ?? 0);
    this.left.delete(shard);
  }
}
