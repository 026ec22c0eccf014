import type { Tensor } from "@tensorflow/tfjs";
import { checkOptions, SpecError } from "../../../core/errors.js";
import { tensorflow } from "../tf.js";
import { checkFloats, checkShape, hasKernel, lastAxis, runKernel, withGradient } from "./run.js";

/**
 * Layer norm over the last axis (Ba et al. 2016): (x - mean) / sqrt(variance + epsilon) gamma + beta, with the biased
 * variance, as torch's.
 * @param x [..., width]
 * @param gamma [width]
 * @param beta [width]
 * @param options epsilon above 0, 1e-5 unless given
 * @throws SpecError when shapes do not fit, types are not float32 or an option is unknown
 */
export function layerNorm<T extends Tensor>(
  x: T,
  gamma: Tensor,
  beta: Tensor,
  options: { epsilon?: number } = {},
): T {
  checkOptions(options, ["epsilon"], "layerNorm");
  const { epsilon = 1e-5 } = options;
  checkEpsilon(epsilon, "layerNorm");
  checkFloats({ x, gamma, beta }, "layerNorm");
  const width = lastAxis(x, "layerNorm");
  checkShape(gamma, [width], "gamma", "layerNorm");
  checkShape(beta, [width], "beta", "layerNorm");
  if (!hasKernel("WeightbookLayerNorm")) return plainLayerNorm(x, gamma, beta, epsilon);
  const forward = () => {
    const [value, mean, inverse] = runKernel("WeightbookLayerNorm", { x, gamma, beta }, { epsilon });
    return { value, saved: [x, gamma, mean, inverse] };
  };
  return withGradient([x, gamma, beta], forward, (dy, [input, scale, mean, inverse]) =>
    runKernel("WeightbookLayerNormGradient", { dy, x: input, gamma: scale, mean, inverse }),
  ) as T;
}

/** @throws SpecError "tensors/epsilon" unless it is a number above 0 */
export function checkEpsilon(epsilon: number, where: string): void {
  if (epsilon > 0 && epsilon < Infinity) return;
  const message = `${where}: epsilon is ${epsilon}; give a number above 0`;
  throw new SpecError("tensors/epsilon", message, { value: epsilon });
}

function plainLayerNorm<T extends Tensor>(x: T, gamma: Tensor, beta: Tensor, epsilon: number): T {
  const tf = tensorflow();
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const unit = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(unit, gamma), beta) as T;
  });
}
