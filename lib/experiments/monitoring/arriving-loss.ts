import { SpecError } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import { loadDatasetOrStrokes } from "../../datasets/load.js";
import type { Dataset } from "../../datasets/types.js";
import { forward } from "../../networks/forward.js";
import type { NetworkSpec } from "../../networks/types.js";
import { specNetwork } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { inputScale } from "../../zoo/training/input.js";
import type { Loss } from "../../zoo/types.js";

/** The images that a monitor looks at, as inputs of the network. */
interface Sample {
  readonly inputs: Float64Array;
  readonly labels: Uint8Array;
}

export interface ArrivingLossOptions extends LongRunOptions {
  /** The first so many training images of each are looked at. */
  readonly images: number;
  /** First and last epoch that is asked for; all by default. */
  readonly epochs?: readonly [number, number];
}

/**
 * The loss that a monitor of the data sees as an epoch begins: that of the weights kept before it on images of this
 * epoch. At a shift it is the model's first loss on the new images, before it has learned from any of them.
 * @returns of each model, ascending, by epoch from 0; NaN outside the epochs asked for and where the checkpoint before is
 *   not kept
 * @throws SpecError for a zoo with batch norm or of several networks; InterruptedError
 */
export async function arrivingLoss(zoo: TrainedZoo, options: ArrivingLossOptions): Promise<Float64Array[]> {
  const { images, epochs = [1, zoo.spec.epochs], signal, onProgress } = options;
  const network = specNetwork(zoo.spec);
  if (network.layers.some(({ type }) => type === "batch-norm")) {
    throw new SpecError(
      "monitoring/batch-norm",
      "the loss on arriving images is that of networks without batch norm",
      {
        value: network.name,
      },
    );
  }
  const { inputScaling: scaling, dataset, shift } = zoo.spec;
  const before = await imagesOf(zoo, dataset.name, dataset, { signal });
  const after =
    shift?.dataset === undefined
      ? undefined
      : await imagesOf(
          zoo,
          shift.dataset,
          {
            trainImages: shift.trainImages ?? dataset.trainImages,
            testImages: shift.testImages ?? dataset.testImages,
          },
          { signal },
        );
  const old = sampleOf(before, inputScale(scaling, before), images);
  // Pixels are scaled as the zoo's engine does it, by the first data set.
  const fresh = after ? sampleOf(after, inputScale(scaling, before), images) : old;
  const shiftedAfter = shift?.afterEpoch ?? Number.POSITIVE_INFINITY;
  const { model, epoch } = zoo.facts;
  const losses = Array.from({ length: zoo.models }, () =>
    new Float64Array(zoo.spec.epochs + 1).fill(Number.NaN),
  );
  const wanted = Array.from(model.keys()).filter(
    (row) => epoch[row] + 1 >= epochs[0] && epoch[row] + 1 <= epochs[1],
  );
  const pacer = new Pacer("loss on arriving images", wanted.length, "checkpoints", { signal, onProgress });
  const { data, cols } = zoo.weights;
  for (const row of wanted) {
    const next = epoch[row] + 1;
    const sample = next > shiftedAfter ? fresh : old;
    losses[model[row]][next] = lossOf(
      network,
      zoo.spec.loss,
      data.subarray(row * cols, (row + 1) * cols),
      sample,
    );
    await pacer.add(1);
  }
  return losses;
}

/** The images that the zoo was trained on, or what stood in for them. */
function imagesOf(
  zoo: TrainedZoo,
  name: string,
  { trainImages, testImages }: { readonly trainImages: number; readonly testImages: number },
  stop: StopOptions,
): Promise<Dataset> {
  return loadDatasetOrStrokes(name, { size: zoo.spec.dataset.size, trainImages, testImages, ...stop });
}

function sampleOf(
  { train }: Dataset,
  { scale, shift }: { scale: number; shift: number },
  images: number,
): Sample {
  const count = Math.min(images, train.count);
  const pixels = train.images.subarray(0, count * train.height * train.width);
  return {
    inputs: Float64Array.from(pixels, (pixel) => pixel * scale + shift),
    labels: train.labels.subarray(0, count),
  };
}

/** Mean loss as the zoo's training has it: over images and, of squared errors, outputs. */
function lossOf(network: NetworkSpec, loss: Loss, weights: Float32Array, { inputs, labels }: Sample): number {
  const outputs = forward(network, weights, inputs);
  const classes = outputs.length / labels.length;
  let sum = 0;
  labels.forEach((label, image) => {
    const row = outputs.subarray(image * classes, (image + 1) * classes);
    sum += loss === "mse" ? squaredError(row, label) : crossEntropy(row, label);
  });
  return sum / labels.length;
}

function squaredError(row: Float64Array, label: number): number {
  return row.reduce((sum, output, c) => sum + (output - (c === label ? 1 : 0)) ** 2, 0) / row.length;
}

function crossEntropy(row: Float64Array, label: number): number {
  const top = row.reduce((most, output) => Math.max(most, output), Number.NEGATIVE_INFINITY);
  return top + Math.log(row.reduce((sum, output) => sum + Math.exp(output - top), 0)) - row[label];
}
