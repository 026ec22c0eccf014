import { hasKernel, runKernel } from "../ops/run.js";
import type { Tensor, TensorFlow } from "../tf.js";

/** Columns `offset` to `offset + size` of a matrix, as a matrix of their own. */
export function cutColumns(tf: TensorFlow, x: Tensor, offset: number, size: number): Tensor {
  if (!hasKernel("WeightbookCutColumns")) return tf.slice(x, [0, offset], [x.shape[0], size]);
  return runKernel("WeightbookCutColumns", { x }, { offset, size })[0];
}
