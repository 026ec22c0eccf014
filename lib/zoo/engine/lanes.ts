import { laneSimd } from "../../compute/lanes.js";
import { lanes } from "../lanes.js";
import type { GroupJob, ModelResult, OnEpoch, SynchronousEngine } from "../types.js";
import { checkJob } from "./job-checks.js";
import { LockStep } from "./lock-step.js";
import { LaneTrainer } from "./trainer.js";

/**
 * The CPU engine: AssemblyScript SIMD kernels that train four models in lock-step, one a lane, on the calling thread.
 * A fixed order of operations: equal jobs give equal bits on all machines of one kind (see laneSimd), whichever models
 * share them. Everything random about a model comes from streams of its seed: "init", and by epoch (1, 2, ...)
 * "order", "augment" and "dropout"; "subset" where it sees a fraction of the images.
 */
export const laneEngine: SynchronousEngine = {
  get version(): string {
    return laneSimd() === "fma" ? "lanes-2-fma" : "lanes-2";
  },
  train: trainGroup,
};

function trainGroup(job: GroupJob, onEpoch?: OnEpoch): ModelResult[] {
  checkJob(job);
  if (job.models.length === 0) return [];
  const trainer = new LaneTrainer({ ...job, optimizer: job.models[0].optimizer, later: job.shift?.images });
  try {
    const results: ModelResult[] = [];
    for (let i = 0; i < job.models.length; i += lanes) {
      const part = job.models.slice(i, i + lanes);
      results.push(...new LockStep(trainer, job, part).train((epoch) => onEpoch?.(epoch, part.length)));
    }
    return results;
  } finally {
    trainer.close();
  }
}
