import { serveTasks } from "../../core/workers.js";
import type { ModelSpec } from "../types.js";
import { type EngineReference, loadEngine } from "./engine-reference.js";
import { type EpochReport, type TrainedModels, type TrainingSetup, trainModels } from "./train-models.js";

/** What every worker of a training is given at its start. */
export interface WorkerSetup extends TrainingSetup {
  readonly engine: EngineReference;
}

serveTasks<readonly ModelSpec[], TrainedModels, EpochReport, WorkerSetup>(
  async (models, { workerData, report }) => {
    const engine = await loadEngine(workerData.engine);
    const result = await trainModels(engine, models, workerData, { report });
    return { result, transfer: [result.weights.buffer as ArrayBuffer] };
  },
);
