import type { Tensor } from "@tensorflow/tfjs";
import { tensorflow } from "../tf.js";
import { checkFloats, hasKernel, lastAxis, runKernel, withGradient } from "./run.js";

/**
 * Softmax over the last axis; a row's largest value is subtracted first, so that large values are no trouble.
 * @throws SpecError when x is a scalar or does not hold float32
 */
export function softmax<T extends Tensor>(x: T): T {
  checkFloats({ x }, "softmax");
  lastAxis(x, "softmax");
  if (!hasKernel("WeightbookSoftmax")) return tensorflow().softmax(x);
  const forward = () => {
    const [value] = runKernel("WeightbookSoftmax", { x });
    return { value, saved: [value] };
  };
  return withGradient([x], forward, (dy, [y]) => runKernel("WeightbookSoftmaxGradient", { dy, y })) as T;
}
