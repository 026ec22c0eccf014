import { throwIfAborted } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { runInWorkers } from "../../core/workers.js";
import { zooModels } from "../spec/models.js";
import { checkpointEpochs } from "../spec/spec.js";
import type { ZooIdentity } from "../store/identity.js";
import { layoutOfModel } from "../store/layouts.js";
import type { ShardPlan } from "../store/plan.js";
import type { ModelSpec, TrainingEngine } from "../types.js";
import { loadEngine } from "./engine-reference.js";
import { byStructure, type EpochReport, type TrainedModels, trainModels } from "./train-models.js";
import type { WorkerSetup } from "./worker.js";

/** Most weights (bytes, of all checkpoints) that one call of an engine leads to: they are kept until it is over. */
const mostBytes = 2 ** 28;

/** Consecutive shards that one call of an engine trains. */
export type Call = readonly ShardPlan[];

/** How large calls should be. */
export interface CallSizes extends Pick<TrainingEngine, "modelsPerCall"> {
  /** How many of these models of one structure train at once; as many as there are when left out. */
  readonly atOnce?: (models: readonly ModelSpec[]) => number;
}

/**
 * Joins shards that follow one another to calls of about as many models as the engine asks for, but of no structure more
 * than train at once (the rest would only keep what is trained from being written), and leaves every worker something to
 * do.
 * @param workers threads, 1 for an engine in the main thread
 * @throws what `atOnce` throws
 */
export function planCalls(
  shards: readonly ShardPlan[],
  { spec, layouts }: ZooIdentity,
  { modelsPerCall = 0, atOnce = ({ length }) => length }: CallSizes,
  workers: number,
): Call[] {
  const modelsOf = ({ from, to }: ShardPlan) => zooModels(spec).slice(from, to + 1);
  const bounds = new Map<string, number>();
  for (const [key, models] of byStructure(shards.flatMap(modelsOf))) bounds.set(key, atOnce(models));
  const all = shards.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const most = Math.min(modelsPerCall, Math.ceil(all / workers));
  const fits = (size: CallSize) =>
    size.models <= most &&
    size.bytes <= mostBytes &&
    [...size.structures].every(([key, count]) => count <= (bounds.get(key) ?? 0));
  const calls: ShardPlan[][] = [];
  let size: CallSize = { models: 0, bytes: 0, structures: new Map() };
  for (const shard of shards) {
    const own = sizeOfShard(shard, modelsOf(shard), { spec, layouts });
    const joined = sumOf(size, own);
    const call = calls.at(-1);
    if (call?.at(-1)?.index === shard.index - 1 && fits(joined)) {
      call.push(shard);
      size = joined;
    } else {
      calls.push([shard]);
      size = own;
    }
  }
  return calls;
}

interface CallSize {
  readonly models: number;
  /** Of the weights of all checkpoints. */
  readonly bytes: number;
  /** Models of each structure. */
  readonly structures: ReadonlyMap<string, number>;
}

function sizeOfShard(
  { from, to }: ShardPlan,
  models: readonly ModelSpec[],
  { spec, layouts }: Pick<ZooIdentity, "spec" | "layouts">,
): CallSize {
  let parameters = 0;
  for (let model = from; model <= to; model++) parameters += layoutOfModel(layouts, model).parameters;
  const bytes = 4 * parameters * checkpointEpochs(spec).length;
  const structures = new Map([...byStructure(models)].map(([key, { length }]) => [key, length]));
  return { models: models.length, bytes, structures };
}

function sumOf(one: CallSize, other: CallSize): CallSize {
  const structures = new Map(one.structures);
  for (const [key, count] of other.structures) structures.set(key, (structures.get(key) ?? 0) + count);
  return { models: one.models + other.models, bytes: one.bytes + other.bytes, structures };
}

/** What is done with the outcome of calls. */
export interface RunCallsOptions extends StopOptions {
  readonly label: string;
  readonly workers: number | undefined;
  readonly onReport: (trained: EpochReport, index: number) => void;
  readonly onResult: (trained: TrainedModels, index: number) => Promise<void>;
}

/**
 * Calls an engine for all jobs, where it wants to be called: in worker threads, or here, one after the other.
 * @throws InterruptedError on abort; what the engine and `onResult` throw
 */
export async function runCalls(
  jobs: readonly (readonly ModelSpec[])[],
  setup: WorkerSetup,
  thread: TrainingEngine["thread"],
  { label, workers, signal, onReport, onResult }: RunCallsOptions,
): Promise<void> {
  if (thread !== "main") {
    await runInWorkers<readonly ModelSpec[], TrainedModels, EpochReport>(
      new URL("./worker.js", import.meta.url),
      jobs,
      {
        label,
        workers,
        signal,
        workerData: setup,
        onMessage: onReport,
        onResult,
      },
    );
    return;
  }
  const engine = await loadEngine(setup.engine);
  for (const [index, models] of jobs.entries()) {
    throwIfAborted(signal, label);
    const report = (trained: EpochReport) => onReport(trained, index);
    await onResult(await trainModels(engine, models, setup, { report, signal }), index);
  }
}
