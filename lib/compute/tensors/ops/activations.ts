import type { Tensor } from "@tensorflow/tfjs";
import { tensorflow } from "../tf.js";
import { checkFloats, hasKernel, isRecording, runKernel, withGradient } from "./run.js";

/**
 * The exact GELU, x Phi(x) (Hendrycks and Gimpel 2016), of every value; absolute error below 1e-6.
 * @throws SpecError when x does not hold float32
 */
export function gelu<T extends Tensor>(x: T): T {
  checkFloats({ x }, "gelu");
  if (!hasKernel("WeightbookGelu")) return plainGelu(x);
  const slope = isRecording() ? 1 : 0;
  // The forward pass has all that the derivative takes, so the backward pass is one product. It is given x as well, so
  // that second derivatives, which it does not have, are refused.
  const forward = () => {
    const [value, derivative] = runKernel("WeightbookGelu", { x }, { slope });
    return { value, saved: derivative ? [x, derivative] : [] };
  };
  return withGradient([x], forward, (dy, [input, by]) =>
    runKernel("WeightbookGeluGradient", { dy, x: input, slope: by }),
  ) as T;
}

function plainGelu<T extends Tensor>(x: T): T {
  const tf = tensorflow();
  return tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))) as T;
}

/**
 * max(x, 0) of every value; its gradient at 0 is 0.
 * @throws SpecError when x does not hold float32
 */
export function relu<T extends Tensor>(x: T): T {
  checkFloats({ x }, "relu");
  if (!hasKernel("WeightbookRelu")) return tensorflow().relu(x);
  const forward = () => {
    const [value] = runKernel("WeightbookRelu", { x });
    return { value, saved: [value] };
  };
  return withGradient([x], forward, (dy, [y]) => runKernel("WeightbookReluGradient", { dy, y })) as T;
}
