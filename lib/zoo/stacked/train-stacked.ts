import type { TensorFlow } from "../../compute/tensors/tf.js";
import type { StopOptions } from "../../core/progress.js";
import type { ImageSet } from "../../datasets/types.js";
import { checkJob } from "../engine/job-checks.js";
import { checkLabels, checkTrainer } from "../engine/trainer-checks.js";
import type { GroupJob, JobImages, ModelResult, OnEpoch } from "../types.js";
import { breather, gpuCheck } from "./breather.js";
import { type GroupImages, StackedGroup } from "./group.js";
import { groupSize, type StackedOptions } from "./group-size.js";
import { StackedImages } from "./images.js";
import { imagesAtOnce, largestTensor } from "./limits.js";
import { StackedNetwork } from "./network.js";
import { planStacked } from "./plan.js";
import { freeIdleBuffers, pooledBytes } from "./pool.js";

/**
 * Trains a job's models as stacked tensors, as many at once as fit (see modelsAtOnce). No tensor is left, whether it
 * ends, fails or is aborted. An abort waits for the step in hand: on a GPU in software, or with a memory of gibibytes,
 * that may be seconds. Each worker that trains on wasm or cpu holds the images as floats of its own.
 * @param tf with the backend of `options` started and current
 * @throws SpecError as the CPU engine's, and "stacked/memory"; InterruptedError on abort;
 * WeightbookError "stacked/gpu" when a GPU fails meanwhile
 */
export async function trainStacked(
  tf: TensorFlow,
  job: GroupJob,
  options: StackedOptions,
  onEpoch?: OnEpoch,
  { signal }: StopOptions = {},
): Promise<ModelResult[]> {
  checkJob(job);
  const { models, input, shift } = job;
  if (models.length === 0) return [];
  const trainer = { ...job, optimizer: models[0].optimizer, later: shift?.images };
  checkTrainer(trainer);
  checkLabels(trainer);
  const plan = planStacked(job.network);
  const size = groupSize(job, options, largestTensor(tf, options.backend));
  const atOnce = Math.min(size.models, models.length);
  const label = `training ${job.network.name}`;
  const breathe = breather(signal, label);
  const before = pooledBytes(tf);
  const checkGpu = gpuCheck(label);
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(made: T): T => {
    owned.push(made);
    return made;
  };
  try {
    const network = own(new StackedNetwork(tf, plan));
    const loaded = new Map<ImageSet, StackedImages>();
    const load = async (set: ImageSet): Promise<StackedImages> => {
      const made =
        loaded.get(set) ??
        own(await StackedImages.load(tf, set, job.network.input, plan.outputs, input, breathe));
      loaded.set(set, made);
      return made;
    };
    const loadBoth = async ({ train, test }: JobImages): Promise<GroupImages> => {
      return { train: await load(train), test: await load(test) };
    };
    const setting = {
      network,
      images: await loadBoth(job),
      later: shift?.images && (await loadBoth(shift.images)),
      evaluatedAtOnce: imagesAtOnce(size.needs, size.limits, atOnce),
      breathe,
      pooled: before + size.limits.memory / 2,
    };
    const results: ModelResult[] = [];
    for (const [from, to] of evenParts(models.length, atOnce)) {
      const group = await StackedGroup.start(tf, setting, job, models.slice(from, to));
      try {
        results.push(...(await group.train(onEpoch)));
      } finally {
        group.dispose();
      }
    }
    // Failures of a GPU are told between two turns.
    await new Promise((resolve) => setImmediate(resolve));
    checkGpu();
    return results;
  } finally {
    for (const made of owned) made.dispose();
    // What others had pooled goes too, and comes again at its next use.
    freeIdleBuffers(tf, before);
  }
}

/** Cuts a count into as few parts as a part's bound allows, of about the same size. */
export function evenParts(count: number, most: number): (readonly [number, number])[] {
  const parts = Math.max(1, Math.ceil(count / most));
  const edge = (part: number) => Math.round((part * count) / parts);
  return Array.from({ length: parts }, (_, part) => [edge(part), edge(part + 1)] as const);
}
