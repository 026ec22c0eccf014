import type { Tensor } from "../../compute/tensors/tf.js";
import { batchNormEpsilon } from "../../networks/shapes.js";

/**
 * Batch norm of each model's batch by its own mean and (biased) variance. Call it within tf.tidy.
 * @param x [models, rows, channels]; gamma, beta [models, 1, channels]
 * @returns the output, what the way back needs, and the mean and unbiased variance, [models, 1, channels]
 */
export function normalise(x: Tensor, gamma: Tensor, beta: Tensor) {
  const count = x.shape[1]!;
  const mean = x.mean(1, true);
  const centred = x.sub(mean);
  const variance = centred.square().mean(1, true);
  const root = variance.add(batchNormEpsilon).sqrt();
  const normalised = centred.div(root);
  // A single value has no unbiased variance, and keeps the biased one.
  const unbiased = count > 1 ? variance.mul(count / (count - 1)) : variance;
  return { y: normalised.mul(gamma).add(beta), normalised, root, mean, variance: unbiased };
}

/**
 * Gradients of batch norm: dx = gamma / root (dy - mean of dy - normalised times mean of dy normalised), and the sums
 * that are gamma's and beta's. Call it within tf.tidy.
 */
export function normaliseBack(dy: Tensor, normalised: Tensor, root: Tensor, gamma: Tensor) {
  const count = dy.shape[1]!;
  const sums = dy.sum(1, true);
  const products = dy.mul(normalised).sum(1, true);
  const rest = dy.sub(sums.mul(1 / count)).sub(normalised.mul(products.mul(1 / count)));
  return { dx: rest.mul(gamma.div(root)), products, sums };
}
