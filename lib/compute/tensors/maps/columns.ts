import type { Tensor, TensorFlow } from "../tf.js";
import { runOwn } from "./run-own.js";

/** Columns `offset` to `offset + size` of a matrix, as a matrix of their own. */
export function cutColumns(tf: TensorFlow, x: Tensor, offset: number, size: number): Tensor {
  const own = runOwn(tf, "WeightbookCutColumns", { x }, { offset, size });
  return own ? own[0] : tf.slice(x, [0, offset], [x.shape[0], size]);
}
