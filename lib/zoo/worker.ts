import { DataError } from "../core/errors.js";
import { serveTasks } from "../core/workers.js";
import { type EngineReference, loadEngine } from "./engine-reference.js";
import type { CheckpointFacts, GroupJob, ModelJob } from "./types.js";

/** What every worker of a training is given at its start. The images lie on shared memory. */
export interface WorkerSetup {
  readonly engine: EngineReference;
  readonly job: Omit<GroupJob, "models">;
  /** Weights of one checkpoint. */
  readonly parameters: number;
}

/** One shard's models, trained: checkpoints x parameters, and facts by model and checkpoint. */
export interface TrainedShard {
  readonly weights: Float32Array;
  readonly facts: readonly (readonly CheckpointFacts[])[];
}

serveTasks<readonly ModelJob[], TrainedShard, number, WorkerSetup>(async (models, { workerData, report }) => {
  const engine = await loadEngine(workerData.engine);
  const results = engine.train({ ...workerData.job, models }, report);
  const size = workerData.job.checkpoints.length * workerData.parameters;
  const weights = new Float32Array(models.length * size);
  if (results.length !== models.length || results.some((result) => result.weights.length !== size)) {
    throw new DataError(
      "engine/shape",
      `the engine ${engine.version} returned ${results.map((result) => result.weights.length)} weights for ${models.length} models of ${size}; report this as a defect`,
    );
  }
  results.forEach((result, index) => {
    weights.set(result.weights, index * size);
  });
  return { result: { weights, facts: results.map((result) => result.facts) }, transfer: [weights.buffer] };
});
