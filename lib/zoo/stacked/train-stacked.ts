import type { BackendName } from "../../compute/tensors/backends/names.js";
import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { throwIfAborted } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { checkJob } from "../engine/job-checks.js";
import { checkLabels, checkTrainer } from "../engine/trainer-checks.js";
import type { GroupJob, ModelResult, OnEpoch } from "../types.js";
import { stackedMemory } from "./estimate.js";
import { StackedGroup } from "./group.js";
import { StackedImages } from "./images.js";
import { deviceLimits, imagesAtOnce, modelsAtOnce } from "./limits.js";
import { StackedNetwork } from "./network.js";
import { planStacked } from "./plan.js";

/** How jobs are trained. */
export interface StackedOptions {
  readonly backend: BackendName;
  /** Bytes of tensors, see limits.ts. */
  readonly memory?: number;
  /** Most models at once, however many would fit. */
  readonly models?: number;
}

/** How long steps may go on before others may run: an abort is seen within this time and a step. */
const breathMs = 50;

/**
 * Trains a job's models as stacked tensors, as many at once as fit (see modelsAtOnce). No tensor is left, whether it
 * ends, fails or is aborted.
 * @param tf with the backend of `options` started and current
 * @throws SpecError as the CPU engine's, and "stacked/memory"; InterruptedError on abort
 */
export async function trainStacked(
  tf: TensorFlow,
  job: GroupJob,
  { backend, memory, models: most = Number.POSITIVE_INFINITY }: StackedOptions,
  onEpoch?: OnEpoch,
  { signal }: StopOptions = {},
): Promise<ModelResult[]> {
  checkJob(job);
  const { models, train, test, input } = job;
  if (models.length === 0) return [];
  checkTrainer({ ...job, optimizer: models[0].optimizer });
  checkLabels({ ...job, optimizer: models[0].optimizer });
  const plan = planStacked(job.network);
  const needs = stackedMemory(plan, models[0].optimizer, job, isRagged(job));
  const limits = deviceLimits(tf, backend, memory);
  const atOnce = Math.min(most, models.length, modelsAtOnce(needs, limits, job.network));
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(made: T): T => {
    owned.push(made);
    return made;
  };
  try {
    const network = own(new StackedNetwork(tf, plan));
    const load = (set: GroupJob["train"]) =>
      own(new StackedImages(tf, set, job.network.input, plan.outputs, input));
    const trainImages = load(train);
    const setting = {
      network,
      train: trainImages,
      test: test === train ? trainImages : load(test),
      evaluatedAtOnce: imagesAtOnce(needs, limits, atOnce),
      breathe: breather(signal, `training ${job.network.name}`),
    };
    const results: ModelResult[] = [];
    for (const [from, to] of evenParts(models.length, atOnce)) {
      const group = new StackedGroup(tf, setting, job, models.slice(from, to));
      try {
        results.push(...(await group.train(onEpoch)));
      } finally {
        group.dispose();
      }
    }
    return results;
  } finally {
    for (const made of owned) made.dispose();
  }
}

/** Whether models may be set apart while others train. */
function isRagged({ models, earlyStopping }: GroupJob): boolean {
  return (
    earlyStopping !== null || models.some(({ trainFraction }) => trainFraction !== models[0].trainFraction)
  );
}

/** Cuts a count into as few parts as a part's bound allows, of about the same size. */
export function evenParts(count: number, most: number): (readonly [number, number])[] {
  const parts = Math.max(1, Math.ceil(count / most));
  const edge = (part: number) => Math.round((part * count) / parts);
  return Array.from({ length: parts }, (_, part) => [edge(part), edge(part + 1)] as const);
}

/** Lets others run every few steps, with the device's queue empty, and stops on abort. */
function breather(signal: AbortSignal | undefined, label: string): (last?: Tensor) => Promise<void> {
  let breathed = performance.now();
  throwIfAborted(signal, label);
  return async (last) => {
    if (performance.now() - breathed < breathMs) return;
    await last?.data();
    await new Promise((resolve) => setImmediate(resolve));
    breathed = performance.now();
    throwIfAborted(signal, label);
  };
}
