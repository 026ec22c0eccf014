import type { GroupJob, JobShift, ModelJob } from "#lib/zoo/types.js";
import { imageSet, job, model } from "./lane-jobs.js";

/** More images than before the shift, and fewer tests. */
export const later = { train: imageSet(64, 3), test: imageSet(21, 4) };

/** Models that differ in everything that they may: more than one group of four. */
export const mixedModels: readonly ModelJob[] = [
  model(1, 0.1, { dropout: 0.3 }),
  model(2, 0.05, { trainFraction: 0.55 }),
  model(3, 0.1, { augmentation: { shift: 2, flip: true } }),
  model(4, 0.1, { trainFraction: 0.6, dropout: 0.1, learningRateDecay: 0.5 }),
  model(5, 0.1, { trainFraction: 0.3, augmentation: { shift: 0, flip: true } }),
];

/** Four epochs of mixed models, all of them kept, with a shift after the second one. */
export function shiftJob(
  network: GroupJob["network"],
  shift?: Omit<JobShift, "afterEpoch">,
  changes: Partial<GroupJob> = {},
): GroupJob {
  return job(network, mixedModels, {
    epochs: 4,
    checkpoints: [0, 1, 2, 3, 4],
    ...(shift && { shift: { afterEpoch: 2, ...shift } }),
    ...changes,
  });
}
