import type { Tensor } from "@tensorflow/tfjs";
import { tensorflow } from "../tf.js";
import { checkFloats, hasKernel, isRecording, lastAxis, runKernel, withGradient } from "./run.js";

/**
 * Softmax over the last axis; a row's largest value is subtracted first, so that large values are no trouble.
 * @throws SpecError when x is a scalar or does not hold float32
 */
export function softmax<T extends Tensor>(x: T): T {
  checkFloats({ x }, "softmax");
  lastAxis(x, "softmax");
  if (!hasKernel("WeightbookSoftmax")) return plainSoftmax(x);
  // What tfjs is given to keep before an operation ends does not count as the operation's: without x, the gradient
  // would seem not to depend on it, and second derivatives be wrong instead of refused.
  const forward = () => {
    const [value] = runKernel("WeightbookSoftmax", { x });
    return { value, saved: [x, value] };
  };
  return withGradient([x], forward, (dy, [input, y]) =>
    runKernel("WeightbookSoftmaxGradient", { dy, x: input, y }),
  ) as T;
}

/** tfjs's own, but for second derivatives: tfjs's gradient takes the kept output for a constant. */
function plainSoftmax<T extends Tensor>(x: T): T {
  const tf = tensorflow();
  const forward = () => {
    const value = tf.softmax(x);
    return { value, saved: [x, value] };
  };
  return withGradient([x], forward, (dy, [input, kept]) => {
    const y = isRecording() ? softmax(input) : kept;
    const product = tf.mul(dy, y);
    return [tf.sub(product, tf.mul(tf.sum(product, -1, true), y))];
  }) as T;
}
