import type { Tensor } from "@tensorflow/tfjs";
import { tensorflow } from "../tf.js";
import { type DropoutPlan, dropoutMask, dropoutPlan } from "./dropout-mask.js";
import { checkFloats, hasKernel, runKernel, withGradient } from "./run.js";

/**
 * Inverted dropout (Srivastava et al. 2014): a value is zeroed with probability `rate`, else divided by 1 - rate. The
 * mask is a pure function of the seed and the value's place, equal on every backend; the gradient makes it again and
 * stores nothing.
 * @param rate in [0, 1)
 * @param seed an unsigned 32-bit integer; take another at every step
 * @throws SpecError for another rate or seed, or when x does not hold float32
 */
export function dropout<T extends Tensor>(x: T, rate: number, seed: number): T {
  checkFloats({ x }, "dropout");
  const plan = dropoutPlan(rate, seed);
  if (rate === 0) return tensorflow().clone(x);
  const apply = hasKernel("WeightbookDropout")
    ? (value: Tensor) => runKernel("WeightbookDropout", { x: value }, { ...plan })[0]
    : (value: Tensor) => plainDropout(value, plan);
  return withGradient(
    [x],
    () => ({ value: apply(x), saved: [] }),
    (dy) => [apply(dy)],
  ) as T;
}

function plainDropout(x: Tensor, plan: DropoutPlan): Tensor {
  const tf = tensorflow();
  return tf.tidy(() => tf.mul(x, tf.tensor(dropoutMask(x.size, plan), x.shape)));
}
