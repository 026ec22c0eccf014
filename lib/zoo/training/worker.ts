import { DataError } from "../../core/errors.js";
import { serveTasks } from "../../core/workers.js";
import { weightLayout } from "../../networks/layout.js";
import { lanes } from "../lanes.js";
import { structureKey } from "../spec/models.js";
import type { CheckpointFacts, GroupJob, ModelResult, ModelSpec, TrainingEngine } from "../types.js";
import { type EngineReference, loadEngine } from "./engine-reference.js";

/** Images of one data set, on shared memory, and how their pixels become inputs. */
export type SharedImages = Pick<GroupJob, "train" | "test" | "input">;

/** What every worker of a training is given at its start. */
export interface WorkerSetup {
  readonly engine: EngineReference;
  readonly common: Pick<GroupJob, "loss" | "epochs" | "checkpoints" | "earlyStopping">;
  /** By the names that the models have for their data sets. */
  readonly images: ReadonlyMap<string, SharedImages>;
}

/** One shard's models, trained. */
export interface TrainedShard {
  /** All checkpoints, row behind row. */
  readonly weights: Float32Array;
  /** By model and checkpoint. */
  readonly facts: readonly (readonly CheckpointFacts[])[];
}

/** Model-epochs that were trained since the last report. */
export type EpochReport = number;

serveTasks<readonly ModelSpec[], TrainedShard, EpochReport, WorkerSetup>(
  async (models, { workerData, report }) => {
    const engine = await loadEngine(workerData.engine);
    const results = structureRuns(models).flatMap((run) => trainRun(engine, run, workerData, report));
    const weights = new Float32Array(results.reduce((sum, result) => sum + result.weights.length, 0));
    let offset = 0;
    for (const result of results) {
      weights.set(result.weights, offset);
      offset += result.weights.length;
    }
    return { result: { weights, facts: results.map(({ facts }) => facts) }, transfer: [weights.buffer] };
  },
);

/** Cuts models into runs of neighbours that may train in lock-step. */
function structureRuns(models: readonly ModelSpec[]): ModelSpec[][] {
  const runs: ModelSpec[][] = [];
  let key: string | undefined;
  for (const model of models) {
    const own = structureKey(model);
    if (own === key) runs[runs.length - 1].push(model);
    else runs.push([model]);
    key = own;
  }
  return runs;
}

function trainRun(
  engine: TrainingEngine,
  models: readonly ModelSpec[],
  { common, images }: WorkerSetup,
  report: (trained: EpochReport) => void,
): ModelResult[] {
  const { network, batchSize, dataset } = models[0];
  const shared = images.get(dataset);
  if (!shared) {
    throw new DataError("zoo/images", `a worker has no images of "${dataset}"; report this as a defect`, {
      value: dataset,
    });
  }
  const onEpoch = groupProgress(models.length, report);
  const results = engine.train({ ...common, ...shared, network, batchSize, models }, onEpoch);
  const size = common.checkpoints.length * weightLayout(network).parameters;
  if (results.length !== models.length || results.some(({ weights }) => weights.length !== size)) {
    throw new DataError(
      "engine/shape",
      `the engine ${engine.version} returned ${results.map(({ weights }) => weights.length)} weights for ${models.length} models of ${size}; report this as a defect`,
    );
  }
  return results;
}

/** Counts model-epochs: an engine trains group after group, and each begins with epoch 1 again. */
function groupProgress(models: number, report: (trained: EpochReport) => void): (epoch: number) => void {
  let left = models;
  let last = 0;
  return (epoch) => {
    if (epoch <= last) left -= lanes;
    last = epoch;
    report(Math.max(0, Math.min(lanes, left)));
  };
}
