import type { BackendName } from "../../compute/tensors/backends/names.js";
import type { GroupJob } from "../types.js";
import { type StackedMemory, stackedMemory } from "./estimate.js";
import { trainableImages } from "./group.js";
import { type DeviceLimits, deviceLimits, modelsAtOnce, modelsOnHost } from "./limits.js";
import { planStacked } from "./plan.js";

/** How jobs are trained. */
export interface StackedOptions {
  readonly backend: BackendName;
  /** Bytes of tensors, see limits.ts. */
  readonly memory?: number;
  /** Most models at once, however many would fit. */
  readonly models?: number;
}

/** How many of a job's models train at once, and what follows from it. */
export interface GroupSize {
  readonly models: number;
  readonly needs: StackedMemory;
  readonly limits: DeviceLimits;
}

/**
 * As many models at once as fit (see modelsAtOnce), on the device and on the host.
 * @param job with one model at least
 * @param tensor bytes of the device's largest tensor
 * @throws SpecError "stacked/memory" when not even one fits
 */
export function groupSize(job: GroupJob, options: StackedOptions, tensor: number): GroupSize {
  const { network, models } = job;
  const needs = stackedMemory(planStacked(network), models[0].optimizer, job, isRagged(job));
  const limits = deviceLimits(options.backend, tensor, options.memory, needs);
  const most = [
    options.models ?? Number.POSITIVE_INFINITY,
    modelsAtOnce(needs, limits, network),
    modelsOnHost(Math.max(trainableImages(job), job.shift?.images?.train.count ?? 0), models),
  ];
  return { models: Math.min(...most), needs, limits };
}

/** Whether models may be set apart while others train. */
function isRagged({ models, earlyStopping }: GroupJob): boolean {
  return (
    earlyStopping !== null || models.some(({ trainFraction }) => trainFraction !== models[0].trainFraction)
  );
}
