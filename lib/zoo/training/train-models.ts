import { DataError } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { weightLayout } from "../../networks/layout.js";
import { lanes } from "../lanes.js";
import { structureKey } from "../spec/models.js";
import type { CheckpointFacts, GroupJob, ModelResult, ModelSpec, OnEpoch, TrainingEngine } from "../types.js";

/** Images of one data set, on shared memory, and how their pixels become inputs. */
export type SharedImages = Pick<GroupJob, "train" | "test" | "input">;

/** What all models of a training share. */
export interface TrainingSetup {
  readonly common: Pick<GroupJob, "loss" | "epochs" | "checkpoints" | "earlyStopping" | "shift">;
  /** By the names that the models have for their data sets. */
  readonly images: ReadonlyMap<string, SharedImages>;
}

/** Some models, trained. */
export interface TrainedModels {
  /** All checkpoints, row behind row. */
  readonly weights: Float32Array;
  /** By model and checkpoint. */
  readonly facts: readonly (readonly CheckpointFacts[])[];
}

/** Model-epochs that were trained since the last report. */
export type EpochReport = number;

/** How models are trained. */
export interface TrainModelsOptions extends StopOptions {
  readonly report: (trained: EpochReport) => void;
}

/**
 * Trains consecutive models of a zoo with an engine, which is given all of one structure at once: a model's bits do not
 * depend on which others train beside it.
 * @returns what was made, in the models' order
 * @throws DataError when the engine returns what cannot be; what the engine throws
 */
export async function trainModels(
  engine: TrainingEngine,
  models: readonly ModelSpec[],
  setup: TrainingSetup,
  options: TrainModelsOptions,
): Promise<TrainedModels> {
  const results = new Map<ModelSpec, ModelResult>();
  for (const group of byStructure(models).values()) {
    const trained = await trainGroup(engine, group, setup, options);
    group.forEach((model, i) => {
      results.set(model, trained[i]);
    });
  }
  const ordered = models.map((model) => results.get(model)!);
  const weights = new Float32Array(ordered.reduce((sum, result) => sum + result.weights.length, 0));
  let offset = 0;
  for (const result of ordered) {
    weights.set(result.weights, offset);
    offset += result.weights.length;
  }
  return { weights, facts: ordered.map(({ facts }) => facts) };
}

/** Models that may train in lock-step by their structureKey, in the order of the first of each. */
export function byStructure(models: Iterable<ModelSpec>): ReadonlyMap<string, readonly ModelSpec[]> {
  const groups = new Map<string, ModelSpec[]>();
  for (const model of models) {
    const key = structureKey(model);
    const group = groups.get(key);
    if (group) group.push(model);
    else groups.set(key, [model]);
  }
  return groups;
}

/**
 * What an engine is asked to do with models of one structure.
 * @throws DataError without the images of their data set
 */
export function groupJob(models: readonly ModelSpec[], { common, images }: TrainingSetup): GroupJob {
  const { network, batchSize, dataset } = models[0];
  const shared = images.get(dataset);
  if (!shared) {
    throw new DataError("zoo/images", `a worker has no images of "${dataset}"; report this as a defect`, {
      value: dataset,
    });
  }
  return { ...common, ...shared, network, batchSize, models };
}

async function trainGroup(
  engine: TrainingEngine,
  models: readonly ModelSpec[],
  setup: TrainingSetup,
  { report, signal }: TrainModelsOptions,
): Promise<ModelResult[]> {
  const job = groupJob(models, setup);
  const results = await engine.train(job, groupProgress(models.length, report), { signal });
  const size = job.checkpoints.length * weightLayout(job.network).parameters;
  if (results.length !== models.length || results.some(({ weights }) => weights.length !== size)) {
    throw new DataError(
      "engine/shape",
      `the engine ${engine.version} returned ${results.map(({ weights }) => weights.length)} weights for ${models.length} models of ${size}; report this as a defect`,
    );
  }
  return results;
}

/** Counts model-epochs; an engine that does not say of how many models trains four at a time, each from epoch 1. */
function groupProgress(models: number, report: (trained: EpochReport) => void): OnEpoch {
  let left = models;
  let last = 0;
  return (epoch, trained) => {
    if (epoch <= last) left -= lanes;
    last = epoch;
    report(trained ?? Math.max(0, Math.min(lanes, left)));
  };
}
