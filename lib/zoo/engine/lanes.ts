import { laneSimd } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import { lanes } from "../lanes.js";
import type { GroupJob, ModelResult, TrainingEngine } from "../types.js";
import { LockStep } from "./lock-step.js";
import { LaneTrainer } from "./trainer.js";

/**
 * The CPU engine: AssemblyScript SIMD kernels that train four models in lock-step, one a lane, on the calling thread.
 * A fixed order of operations: equal jobs give equal bits on all machines of one kind (see laneSimd), whichever models
 * share them. Everything random about a model comes from streams of its seed: "init", and by epoch (1, 2, ...)
 * "order", "augment" and "dropout"; "subset" where it sees a fraction of the images.
 */
export const laneEngine: TrainingEngine = {
  get version(): string {
    return laneSimd() === "fma" ? "lanes-2-fma" : "lanes-2";
  },
  train: trainGroup,
};

function trainGroup(job: GroupJob, onEpoch?: (epoch: number) => void): ModelResult[] {
  checkJob(job);
  if (job.models.length === 0) return [];
  const trainer = new LaneTrainer({ ...job, optimizer: job.models[0].optimizer });
  try {
    const results: ModelResult[] = [];
    for (let i = 0; i < job.models.length; i += lanes) {
      results.push(...new LockStep(trainer, job, job.models.slice(i, i + lanes)).train(onEpoch));
    }
    return results;
  } finally {
    trainer.close();
  }
}

function checkJob({ epochs, checkpoints, train, test, network, models, earlyStopping }: GroupJob): void {
  const ascending = checkpoints.every((epoch, i) => i === 0 || epoch > checkpoints[i - 1]);
  const within = checkpoints.every((epoch) => Number.isInteger(epoch) && epoch >= 0 && epoch <= epochs);
  if (!Number.isInteger(epochs) || epochs < 0 || !ascending || !within) {
    const message = `checkpoints [${checkpoints}] must be ascending epochs of 0 to ${epochs}`;
    throw new SpecError("engine/checkpoints", message, { value: checkpoints });
  }
  for (const { height, width } of [train, test]) {
    if (height !== network.input.height || width !== network.input.width) {
      const { input, name } = network;
      const message = `images of ${height} x ${width} do not fit the ${input.height} x ${input.width} inputs of network "${name}"`;
      throw new SpecError("engine/images", message, { value: [height, width] });
    }
  }
  const kinds = models.map(({ optimizer }) =>
    optimizer.type === "sgd" && optimizer.nesterov ? "nesterov" : optimizer.type,
  );
  const other = kinds.find((kind) => kind !== kinds[0]);
  if (other !== undefined) {
    const message = `optimisers ${kinds[0]} and ${other} cannot be trained in one group; give each its own`;
    throw new SpecError("engine/optimizer", message, { value: other });
  }
  if (earlyStopping && earlyStopping.validationImages >= train.count) {
    const message = `earlyStopping holds out ${earlyStopping.validationImages} of ${train.count} training images; leave some`;
    throw new SpecError("engine/early-stopping", message, { value: earlyStopping.validationImages });
  }
}
