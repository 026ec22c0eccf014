import { describe, expect } from "vitest";
import type { BackendName } from "#lib/compute/tensors/backends/names.js";
import { type Tensor, type TensorFlow, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import type { ImageSet } from "#lib/datasets/types.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import type { StackedEngineOptions } from "#lib/zoo/stacked/reference.js";
import type { GroupJob, ModelJob, ModelResult, OptimizerSpec } from "#lib/zoo/types.js";
import { noSoftwareVulkan, useSoftwareVulkan } from "./webgpu.js";

const all: readonly BackendName[] = ["cpu", "wasm", "webgpu"];
const hasGpu = useSoftwareVulkan();

/** Backends that the stacked engine is tested on; webgpu where a GPU in software was set up. */
export const starters = all.filter((backend) => backend !== "webgpu" || hasGpu);

/** A group of tests for each of some backends; where one is missing, it is skipped, with the reason in its name. */
export function onBackends(
  title: string,
  tests: (backend: BackendName) => void,
  backends: readonly BackendName[] = all,
): void {
  for (const backend of backends) {
    const isMissing = !starters.includes(backend);
    const reason = isMissing ? ` (${noSoftwareVulkan})` : "";
    describe.skipIf(isMissing)(`${title} on ${backend}${reason}`, () => tests(backend));
  }
}

/** Trains a job on a backend; no tensor may be left. */
export async function trainOn(
  job: GroupJob,
  backend: BackendName,
  options: Omit<StackedEngineOptions, "backend"> = {},
): Promise<ModelResult[]> {
  const engine = await makeStackedEngine({ ...options, backend });
  const before = tensorflow().memory().numTensors;
  const results = await engine.train(job);
  expect(tensorflow().memory().numTensors).toBe(before);
  return results;
}

/** Images of noise with a brighter column that tells the class. */
export function images(
  { input }: Pick<NetworkSpec, "input">,
  count: number,
  seed: number,
  classes: number,
): ImageSet {
  const { channels, height, width } = input;
  const rng = RandomStream.fromSeed(seed);
  const labels = Uint8Array.from({ length: count }, () => rng.integer(classes));
  const size = channels * height * width;
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
    const bright = i % width === labels[Math.floor(i / size)] % width;
    return rng.integer(156) + (bright ? 100 : 0);
  });
  return { images: pixels, labels, count, height, width };
}

export const sgd: OptimizerSpec = { type: "sgd", learningRate: 0.03, momentum: 0.9, weightDecay: 1e-3 };

/** All optimisers, with every number of theirs away from what would hide it. */
export const optimizers: Readonly<Record<string, OptimizerSpec>> = {
  sgd,
  nesterov: { ...sgd, nesterov: true },
  adam: { type: "adam", learningRate: 1e-3, weightDecay: 1e-3, beta1: 0.8, beta2: 0.99, epsilon: 1e-6 },
  adamw: { type: "adamw", learningRate: 1e-3, weightDecay: 0.1, beta1: 0.9, beta2: 0.98, epsilon: 1e-6 },
  rmsprop: {
    type: "rmsprop",
    learningRate: 1e-3,
    momentum: 0.5,
    weightDecay: 1e-3,
    alpha: 0.9,
    epsilon: 1e-6,
  },
};

/** A model with nothing special. */
export function plainModel(seed: number, changes: Partial<ModelJob> = {}): ModelJob {
  return {
    seed,
    initializer: "kaiming-normal",
    optimizer: sgd,
    learningRateDecay: 1,
    dropout: 0,
    trainFraction: 1,
    augmentation: { shift: 0, flip: false },
    ...changes,
  };
}

/** Twenty steps of batches of four, with the initial weights and the last ones kept. */
export function twentySteps(
  network: NetworkSpec,
  models: readonly ModelJob[],
  changes: Partial<GroupJob> = {},
): GroupJob {
  const last = network.layers.at(-1);
  const classes = last?.type === "dense" ? last.outputs : 10;
  return {
    network,
    loss: "cross-entropy",
    batchSize: 4,
    epochs: 2,
    checkpoints: [0, 2],
    earlyStopping: null,
    input: { scale: 1 / 255, shift: -0.1 },
    train: images(network, 40, 1, classes),
    test: images(network, 30, 2, classes),
    models,
    ...changes,
  };
}

/** Largest difference of two models' weights at their last checkpoint, over the largest weight; 1 where any is NaN. */
export function relativeDifference(ours: Float32Array, theirs: Float32Array): number {
  expect(ours.length).toBe(theirs.length);
  let top = 0;
  let largest = 0;
  theirs.forEach((weight, i) => {
    top = Math.max(top, Math.abs(weight));
    const difference = Math.abs(ours[i] - weight);
    largest = Math.max(largest, difference);
  });
  const relative = largest / top;
  return Number.isNaN(relative) ? 1 : relative;
}

/**
 * Trains a job on the CPU engine and on a backend: the first kept checkpoint (the initial weights) must be equal to the
 * bit, all weights within `tolerance` of the model's largest, losses within ten times that, accuracies within one image.
 */
export async function expectEqualTraining(
  job: GroupJob,
  backend: BackendName,
  tolerance: number,
  options: Omit<StackedEngineOptions, "backend"> = {},
): Promise<void> {
  const theirs = laneEngine.train(job);
  const ours = await trainOn(job, backend, options);
  expect(ours).toHaveLength(theirs.length);
  const parameters = theirs[0].weights.length / job.checkpoints.length;
  theirs.forEach((model, i) => {
    const { weights, facts } = ours[i];
    if (job.checkpoints[0] === 0) {
      expect(weights.subarray(0, parameters)).toEqual(model.weights.subarray(0, parameters));
    }
    expect(relativeDifference(weights, model.weights)).toBeLessThan(tolerance);
    model.facts.forEach((expected, checkpoint) => {
      const { testLoss, trainLoss, testAccuracy, trainAccuracy, f1, trainedEpochs, diverged } =
        facts[checkpoint];
      expect({ trainedEpochs, diverged }).toEqual({
        trainedEpochs: expected.trainedEpochs,
        diverged: expected.diverged,
      });
      expect(Math.abs(testLoss / expected.testLoss - 1)).toBeLessThan(10 * tolerance);
      expect(Math.abs(trainLoss / expected.trainLoss - 1)).toBeLessThan(10 * tolerance);
      const oneImage = 1 / job.test.count + 1e-9;
      expect(Math.abs(testAccuracy - expected.testAccuracy)).toBeLessThan(oneImage);
      expect(Math.abs(trainAccuracy - expected.trainAccuracy)).toBeLessThan(oneImage);
      if (testAccuracy === expected.testAccuracy) expect(f1).toEqual(expected.f1);
    });
  });
}

/** Calls `before` and `after` around every kernel that some work runs. */
export async function watchKernels(
  tf: TensorFlow,
  { before, after }: { readonly before?: () => void; readonly after?: () => void },
  work: () => Promise<unknown>,
): Promise<void> {
  const engine = tf.engine();
  const run = engine.runKernel;
  engine.runKernel = ((...given: Parameters<typeof run>) => {
    before?.();
    const result = run.apply(engine, given);
    after?.();
    return result;
  }) as typeof run;
  try {
    await work();
  } finally {
    engine.runKernel = run;
  }
}

/** Most bytes of distinct buffers at any moment of some work, above what was there before. */
export async function peakBytes(tf: TensorFlow, work: () => Promise<unknown>): Promise<number> {
  const engine = tf.engine() as unknown as {
    trackTensor(tensor: Tensor, backend: unknown): void;
    removeDataId(dataId: object, backend: unknown): void;
  };
  const { trackTensor, removeDataId } = engine;
  const sizes = new Map<object, number>();
  let now = 0;
  let peak = 0;
  engine.trackTensor = (tensor, backend) => {
    if (!sizes.has(tensor.dataId)) {
      sizes.set(tensor.dataId, 4 * tensor.size);
      now += 4 * tensor.size;
      peak = Math.max(peak, now);
    }
    trackTensor.call(engine, tensor, backend);
  };
  engine.removeDataId = (dataId, backend) => {
    now -= sizes.get(dataId) ?? 0;
    sizes.delete(dataId);
    removeDataId.call(engine, dataId, backend);
  };
  try {
    await work();
  } finally {
    Object.assign(engine, { trackTensor, removeDataId });
  }
  return peak;
}
