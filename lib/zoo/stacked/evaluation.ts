import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { accuracyOf, countClasses, f1Of } from "../engine/facts.js";
import type { Loss } from "../types.js";
import type { StackedImages } from "./images.js";
import type { StackedNetwork } from "./network.js";
import type { DeviceState } from "./state.js";
import { tidied } from "./tidied.js";

/** What one model makes of its list of images. */
export interface ModelEvaluation {
  /** Mean squared error over images and outputs, or mean cross-entropy. */
  readonly loss: number;
  readonly accuracy: number;
  /** By class. */
  readonly f1: readonly number[];
}

/** What is evaluated, and how. */
export interface EvaluationOptions {
  readonly loss: Loss;
  /** Images of each model at once. */
  readonly atOnce: number;
  /** Called between blocks of images, so that others may run; may throw to stop. */
  readonly breathe: () => Promise<void>;
}

/**
 * Runs images through all models as they are. Losses and classes are worked out on the host from the outputs: the loss
 * of an image is rounded to single precision, so that it overflows where the CPU engine's does; their mean is not.
 * @param lists numbers of each model's images
 */
export async function evaluateModels(
  tf: TensorFlow,
  network: StackedNetwork,
  images: StackedImages,
  { weights, running }: Pick<DeviceState, "weights" | "running">,
  lists: readonly Uint32Array[],
  options: EvaluationOptions,
): Promise<ModelEvaluation[]> {
  const models = lists.length;
  const { outputs } = network.plan;
  const longest = Math.max(...lists.map((list) => list.length));
  const sums = new Float64Array(models);
  const predictions = lists.map((list) => new Uint8Array(list.length));
  for (let from = 0; from < longest; from += options.atOnce) {
    const samples = Math.min(options.atOnce, longest - from);
    const numbers = new Int32Array(models * samples);
    lists.forEach((list, model) => {
      numbers.set(list.subarray(from, from + samples), model * samples);
    });
    const result: Tensor = tidied(tf, () =>
      network.evaluate(images.inputs(numbers, undefined), { models, samples, weights, running }),
    );
    const values = await result.data().finally(() => result.dispose());
    lists.forEach((list, model) => {
      for (let i = 0; i < samples && from + i < list.length; i++) {
        const own = (model * samples + i) * outputs;
        const row = values.subarray(own, own + outputs) as Float32Array;
        sums[model] += imageLoss(options.loss, row, images.labels[list[from + i]]);
        predictions[model][from + i] = classOf(row);
      }
    });
    await options.breathe();
  }
  return lists.map((list, model) => {
    const counts = countClasses(predictions[model], 0, images.labels, outputs, list.length, list, 1);
    const loss = sums[model] / (options.loss === "mse" ? list.length * outputs : list.length);
    return { loss, accuracy: accuracyOf(counts), f1: f1Of(counts) };
  });
}

/** The largest output, the first of equals. */
function classOf(outputs: Float32Array): number {
  let best = 0;
  for (let i = 1; i < outputs.length; i++) if (outputs[i] > outputs[best]) best = i;
  return best;
}

/** Sum of squared errors, or cross-entropy, of one image, in single precision. */
function imageLoss(kind: Loss, outputs: Float32Array, label: number): number {
  let sum = 0;
  if (kind === "mse") {
    for (let i = 0; i < outputs.length; i++) sum += (outputs[i] - (i === label ? 1 : 0)) ** 2;
    return Math.fround(sum);
  }
  const top = outputs[classOf(outputs)];
  for (const output of outputs) sum += Math.exp(output - top);
  return Math.fround(Math.log(sum) - (outputs[label] - top));
}
