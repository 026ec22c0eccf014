import type { Tensor } from "@tensorflow/tfjs";
import { tensorflow } from "../tf.js";
import { checkFloats, checkShape, hasKernel, lastAxis, runKernel, withGradient } from "./run.js";

/**
 * x + bias, the bias [width] added along x's last axis. Its gradient sums over all other axes.
 * @param x [..., width]
 * @throws SpecError when shapes do not fit or types are not float32
 */
export function addBias<T extends Tensor>(x: T, bias: Tensor): T {
  checkFloats({ x, bias }, "addBias");
  checkShape(bias, [lastAxis(x, "addBias")], "bias", "addBias");
  if (!hasKernel("WeightbookAddBias")) return tensorflow().add(x, bias);
  const forward = () => ({ value: runKernel("WeightbookAddBias", { x, bias })[0], saved: [] });
  return withGradient([x, bias], forward, (dy) => [
    tensorflow().reshape(dy, x.shape),
    ...runKernel("WeightbookSumRows", { x: dy }),
  ]) as T;
}
