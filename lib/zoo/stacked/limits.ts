import type { BackendName } from "../../compute/tensors/backends/names.js";
import type { TensorFlow } from "../../compute/tensors/tf.js";
import { SpecError } from "../../core/errors.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { ModelJob } from "../types.js";
import type { StackedMemory } from "./estimate.js";
import { orderArray } from "./runner.js";

const mebibyte = 2 ** 20;

/**
 * Bytes of tensors that a training may take unless told otherwise. On the host's memory small groups are faster, since
 * what flows between layers then stays in the caches, and every worker takes as much; a GPU wants large ones.
 */
export const defaultMemory: Readonly<Record<BackendName, number>> = {
  cpu: 256 * mebibyte,
  wasm: 512 * mebibyte,
  webgpu: 2048 * mebibyte,
  node: 2048 * mebibyte,
  "node-gpu": 2048 * mebibyte,
};

/**
 * Bytes up to which the default is raised where not even one model fits into it. The wasm backend's memory ends at 4 GiB,
 * and what kernels use by themselves must fit beside the tensors: nobody gets more there.
 */
const mostMemory: Readonly<Record<BackendName, number>> = {
  cpu: 3072 * mebibyte,
  wasm: 3072 * mebibyte,
  webgpu: 8192 * mebibyte,
  node: 8192 * mebibyte,
  "node-gpu": 8192 * mebibyte,
};

/** Bounds of a device. */
export interface DeviceLimits {
  /** Bytes of all tensors together. */
  readonly memory: number;
  /** Bytes of one tensor. */
  readonly tensor: number;
}

/** Bytes of the largest tensor of the current backend: of a WebGPU device what it can bind, else 2 GiB. */
export function largestTensor(tf: TensorFlow, backend: BackendName): number {
  if (backend !== "webgpu") return 2 ** 31;
  const { device } = tf.backend() as unknown as { device?: { limits?: Record<string, number> } };
  const { maxBufferSize = 256 * mebibyte, maxStorageBufferBindingSize = 128 * mebibyte } =
    device?.limits ?? {};
  return Math.min(maxBufferSize, maxStorageBufferBindingSize);
}

/**
 * What a backend may take: the memory asked for, at most 3 GiB on wasm, or its default, which is raised for a single
 * model that needs more; and its largest tensor.
 */
export function deviceLimits(
  backend: BackendName,
  tensor: number,
  memory: number | undefined,
  { sharedBytes, bytesPerModel }: Pick<StackedMemory, "sharedBytes" | "bytesPerModel">,
): DeviceLimits {
  const raised = Math.min(mostMemory[backend], sharedBytes + bytesPerModel);
  const asked = memory ?? Math.max(defaultMemory[backend], raised);
  return { memory: backend === "wasm" ? Math.min(asked, mostMemory.wasm) : asked, tensor };
}

/**
 * How many models may train at once: as many as the estimate of their tensors (an upper bound) fits into the device's
 * memory, and no tensor is larger than the device allows.
 * @throws SpecError "stacked/memory" when not even one fits
 */
export function modelsAtOnce(
  { bytesPerModel, largestPerModel, largestShared, sharedBytes }: StackedMemory,
  limits: DeviceLimits,
  { name }: Pick<NetworkSpec, "name">,
): number {
  const size = (bytes: number) => `${Math.ceil(bytes / mebibyte)} MiB`;
  if (largestShared > limits.tensor) {
    throw new SpecError(
      "stacked/memory",
      `the images for "${name}" are a tensor of ${size(largestShared)}, and the device takes tensors of ${size(limits.tensor)}; take fewer images or another backend, or train with the default engine`,
      { value: largestShared },
    );
  }
  const byMemory = Math.floor((limits.memory - sharedBytes) / bytesPerModel);
  const byTensor = Math.floor(limits.tensor / largestPerModel);
  const most = Math.min(byMemory, byTensor);
  if (most >= 1 && sharedBytes <= limits.memory) return most;
  const needed = byTensor < 1 ? largestPerModel : sharedBytes + bytesPerModel;
  const given = byTensor < 1 ? limits.tensor : limits.memory;
  const what = byTensor < 1 ? "a tensor of " : "";
  throw new SpecError(
    "stacked/memory",
    `one model of "${name}" with its batch and images needs ${what}${size(needed)}, and the stacked engine has ${size(given)}; take a smaller batchSize or fewer images, allow more by stackedEngine({ memory }), or train with the default engine`,
    { value: needed },
  );
}

/** Bytes on the host for what models at once see in an epoch, whatever the device has. */
const mostHost = 512 * mebibyte;

/** How many models may train at once by the host's memory: each has an order, and some images and changes of its own. */
export function modelsOnHost(trainable: number, models: readonly ModelJob[]): number {
  const order = orderArray(trainable).BYTES_PER_ELEMENT;
  const changes = models.some(({ augmentation: { shift, flip } }) => shift > 0 || flip) ? 4 : 0;
  const subset = models.some(({ trainFraction }) => trainFraction < 1) ? 4 : 0;
  return Math.max(1, Math.floor(mostHost / (trainable * (order + changes + subset))));
}

/** Most images of each model that are evaluated at once, however many would fit. */
const mostEvaluated = 256;

/** How many images of each of so many models may be evaluated at once within the same bounds. */
export function imagesAtOnce(needs: StackedMemory, limits: DeviceLimits, models: number): number {
  const { sharedBytes, restingBytes, evaluationBytes, largestPerImage } = needs;
  const byMemory = ((limits.memory - sharedBytes) / models - restingBytes) / evaluationBytes;
  const byTensor = limits.tensor / (models * largestPerImage);
  return Math.max(1, Math.min(mostEvaluated, Math.floor(byMemory), Math.floor(byTensor)));
}
