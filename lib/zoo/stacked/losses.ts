import type { Tensor } from "../../compute/tensors/tf.js";
import type { Loss } from "../types.js";

/** Losses of a batch and their gradient to the network's outputs. */
export interface LossAndGradient {
  /** [models]: mean over the batch (and, of squared errors, the outputs). */
  readonly loss: Tensor;
  /** [models, samples, outputs] */
  readonly gradient: Tensor;
}

/**
 * The loss of each model on its batch. Call it within tf.tidy.
 * @param outputs [models, samples, outputs]
 * @param targets one-hot, of the same shape
 */
export function lossAndGradient(kind: Loss, outputs: Tensor, targets: Tensor): LossAndGradient {
  const [models, samples, width] = outputs.shape;
  if (kind === "mse") {
    const error = outputs.sub(targets);
    const elements = samples * width;
    const loss = error.square().reshape([models, elements]).mean(1);
    return { loss, gradient: error.mul(2 / elements) };
  }
  const centred = outputs.sub(outputs.max(-1, true));
  const shares = centred.exp();
  const sums = shares.sum(-1, true);
  const own = centred.mul(targets).sum(-1);
  const loss = sums.reshape([models, samples]).log().sub(own).mean(1);
  return {
    loss,
    gradient: shares
      .div(sums)
      .sub(targets)
      .mul(1 / samples),
  };
}
