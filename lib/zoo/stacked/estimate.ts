import { sizeOf } from "../../networks/shapes.js";
import { allImages } from "../engine/shift.js";
import type { GroupJob, OptimizerSpec } from "../types.js";
import { StackedImages } from "./images.js";
import { momentCount } from "./optimizers.js";
import type { StackedLayer, StackedPlan } from "./plan.js";
import { entryTable, pixels, tiles, type Windows } from "./windows.js";

/** What one sample of one model costs in a layer, in values. */
interface SampleCost {
  /** Kept from the way forward for the way back, its output included. */
  readonly kept: number;
  /** More while the layer runs forward and backward. */
  readonly forward: number;
  readonly backward: number;
}

/** Values that the optimisers' steps hold for a moment, for each weight, beside state and gradient; the new state is among them. */
const optimizerWork = { sgd: 6, rmsprop: 13, adam: 16, adamw: 16 } as const;

/** What training a network stacked takes on the device. */
export interface StackedMemory {
  /** For every model that is trained at once. */
  readonly bytesPerModel: number;
  /** Largest single tensor, for every model, and whatever their number is: devices bound it by themselves. */
  readonly largestPerModel: number;
  readonly largestShared: number;
  /** Whatever the number of models is. */
  readonly sharedBytes: number;
  /** For every model while it is evaluated, and more for each of its images; the largest tensor of an image. */
  readonly restingBytes: number;
  readonly evaluationBytes: number;
  readonly largestPerImage: number;
}

/**
 * An upper bound of what training takes, in bytes of distinct buffers (tfjs' own count is larger, since it counts a
 * buffer again for every reshaped tensor on it; what a backend pools or uses within a kernel comes on top): weights, moments and gradients of the optimiser's step;
 * maps, patches and masks of a batch on its way forward and back; images and their targets.
 * @param ragged whether models may see different numbers of images or stop early, so that some are set apart
 */
export function stackedMemory(
  plan: StackedPlan,
  optimizer: OptimizerSpec,
  job: Pick<GroupJob, "batchSize" | "train" | "test" | "shift">,
  ragged: boolean,
): StackedMemory {
  const { network, trained, running, outputs, layers, shapes } = plan;
  const costs = layers.map((layer, i) =>
    sampleCost(layer, sizeOf(shapes[i]), sizeOf(shapes[i + 1]), shapes[i].channels),
  );
  const most = (values: number[]) => Math.max(0, ...values);
  const input = sizeOf(network.input);
  // Inputs are gathered by places that are tensors too; outputs meet targets and a loss.
  const batch =
    3 * input + 8 * outputs + costs.reduce((sum, { kept }) => sum + kept, 0) +
    most(costs.map(({ forward, backward }) => Math.max(forward, backward))); // biome-ignore format: one sum
  const evaluation =
    3 * input + 2 * outputs + most(costs.map(({ forward, kept }, i) => sizeOf(shapes[i]) + forward + kept)); // biome-ignore format: one sum
  const state = trained * (1 + momentCount(optimizer)) + running;
  const kernels = most(plan.slots.map(({ rows, cols }) => rows * cols));
  const activePhase = 2 * trained + 4 * kernels + 8 * running + job.batchSize * batch;
  const optimizerPhase = trained * (2 + optimizerWork[optimizer.type]) + 8 * running;
  const values = state * (ragged ? 4 : 1) + Math.max(activePhase, optimizerPhase) + 16;
  const images = new Set(allImages(job).flatMap(({ train, test }) => [train, test]));
  let sharedBytes = 2 * tableBytes(layers) + 4096;
  for (const set of images) sharedBytes += StackedImages.bytes(set, network.input, outputs);
  const largestMap = most(
    layers.map((layer, i) => Math.max(largest(layer, sizeOf(shapes[i])), sizeOf(shapes[i + 1]))),
  );
  return {
    bytesPerModel: 4 * values,
    // Models that were set apart are put back from a tensor of all states and theirs.
    largestPerModel: 4 * Math.max(trained * (ragged ? 2 : 1), job.batchSize * largestMap),
    largestShared: most([...images].map(({ count }) => 4 * (count + 1) * input)),
    sharedBytes,
    restingBytes: 4 * (state + 4 * kernels + 8 * running + 16),
    evaluationBytes: 4 * evaluation,
    largestPerImage: 4 * largestMap,
  };
}

function sampleCost(layer: StackedLayer, input: number, output: number, channels: number): SampleCost {
  switch (layer.type) {
    case "dense":
      return { kept: output, forward: input + 3 * output, backward: 3 * input + 3 * output };
    case "conv2d": {
      const { windows, kernel } = layer;
      const patches = pixels(windows.output) * windows.taps * channels;
      const read =
        windows.stride > 1
          ? 3 * patches + collected(windows, channels)
          : output + 2 * pixels(windows.input) * windows.taps * kernel.cols;
      return {
        kept: output + patches,
        forward: 2 * input + patches + 3 * output,
        backward: 3 * input + 4 * output + read,
      };
    }
    case "max-pool": {
      const patches = output * layer.windows.taps;
      const backward = 4 * patches + 5 * output + 3 * input + collected(layer.windows, channels);
      return { kept: 2 * output, forward: 2 * input + 2 * patches + 10 * output, backward };
    }
    case "average-pool": {
      const patches = output * layer.windows.taps;
      const backward = 4 * patches + 4 * output + 3 * input + collected(layer.windows, channels);
      return { kept: output, forward: 2 * input + 2 * patches + 3 * output, backward };
    }
    case "global-average-pool":
      return { kept: output, forward: output, backward: 2 * input + 2 * output };
    case "batch-norm":
      return { kept: output + input, forward: 9 * input, backward: 9 * input };
    case "dropout":
      return { kept: 2 * output, forward: output, backward: 2 * output };
    case "activation":
      return { kept: output, forward: 5 * output, backward: 9 * output };
  }
}

/** Values of gathered gradients of windows, per sample. */
function collected(windows: Windows, channels: number): number {
  const each = tiles(windows) ? 1 : entryTable(windows).width;
  return (2 * each + 2) * pixels(windows.input) * channels + channels;
}

function largest(layer: StackedLayer, input: number): number {
  if (!("windows" in layer)) return input;
  const { windows } = layer;
  const { channels } = windows.input;
  const patches = pixels(windows.output) * windows.taps * channels;
  if (layer.type !== "conv2d")
    return Math.max(patches, pixels(windows.input) * channels * entryTable(windows).width);
  const read =
    windows.stride > 1
      ? pixels(windows.input) * channels * entryTable(windows).width
      : pixels(windows.input) * windows.taps * layer.kernel.cols;
  return Math.max(patches, read, input);
}

function tableBytes(layers: readonly StackedLayer[]): number {
  return layers.reduce((sum, layer) => {
    if (!("windows" in layer)) return sum;
    const { windows } = layer;
    const entries = tiles(windows) ? 1 : windows.taps;
    return (
      sum + 4 * (pixels(windows.output) * windows.taps + pixels(windows.input) * (entries + windows.taps))
    );
  }, 0);
}
