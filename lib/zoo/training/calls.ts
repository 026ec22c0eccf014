import { throwIfAborted } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { runInWorkers } from "../../core/workers.js";
import { checkpointEpochs } from "../spec/spec.js";
import type { ZooIdentity } from "../store/identity.js";
import { layoutOfModel } from "../store/layouts.js";
import type { ShardPlan } from "../store/plan.js";
import type { ModelSpec, TrainingEngine } from "../types.js";
import { loadEngine } from "./engine-reference.js";
import { type EpochReport, type TrainedModels, trainModels } from "./train-models.js";
import type { WorkerSetup } from "./worker.js";

/** Most weights (bytes, of all checkpoints) that one call of an engine leads to: they are kept until it is over. */
const mostBytes = 2 ** 28;

/** Consecutive shards that one call of an engine trains. */
export type Call = readonly ShardPlan[];

/**
 * Joins shards that follow one another to calls of about as many models as the engine asks for, but leaves every
 * worker something to do.
 * @param workers threads, 1 for an engine in the main thread
 */
export function planCalls(
  shards: readonly ShardPlan[],
  { spec, layouts }: ZooIdentity,
  { modelsPerCall = 0 }: Pick<TrainingEngine, "modelsPerCall">,
  workers: number,
): Call[] {
  const size = ({ from, to }: ShardPlan) => to - from + 1;
  const bytes = ({ from, to }: ShardPlan) => {
    let sum = 0;
    for (let model = from; model <= to; model++) sum += layoutOfModel(layouts, model).parameters;
    return 4 * sum * checkpointEpochs(spec).length;
  };
  const all = shards.reduce((sum, shard) => sum + size(shard), 0);
  const most = Math.min(modelsPerCall, Math.ceil(all / workers));
  const calls: ShardPlan[][] = [];
  let models = 0;
  let held = 0;
  for (const shard of shards) {
    const call = calls.at(-1);
    const joins = call?.at(-1)?.index === shard.index - 1;
    if (call && joins && models + size(shard) <= most && held + bytes(shard) <= mostBytes) {
      call.push(shard);
      models += size(shard);
      held += bytes(shard);
    } else {
      calls.push([shard]);
      models = size(shard);
      held = bytes(shard);
    }
  }
  return calls;
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
