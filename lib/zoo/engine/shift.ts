import type { GroupJob, JobImages, ModelJob } from "../types.js";

/** Whether an epoch (its training, and the checkpoint at its end) comes after the shift. */
export function isShifted(
  { shift }: { readonly shift?: { readonly afterEpoch: number } },
  epoch: number,
): boolean {
  return shift !== undefined && epoch > shift.afterEpoch;
}

/** The different images of a job: those at first, and those after a shift. */
export function allImages({ train, test, shift }: Pick<GroupJob, keyof JobImages | "shift">): JobImages[] {
  return [{ train, test }, ...(shift?.images ? [shift.images] : [])];
}

/** A model's learning rate in an epoch (1, 2, ...). */
export function learningRateAt(
  job: Pick<GroupJob, "shift">,
  { optimizer, learningRateDecay }: Pick<ModelJob, "optimizer" | "learningRateDecay">,
  epoch: number,
): number {
  const shifted = isShifted(job, epoch) ? job.shift?.learningRate : undefined;
  return (shifted ?? optimizer.learningRate) * learningRateDecay ** (epoch - 1);
}
