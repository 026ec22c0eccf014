import type { Tensor, TensorFlow } from "../tf.js";

/** Runs a kernel of our own where the current backend has it; undefined where it has not. */
export function runOwn(
  tf: TensorFlow,
  name: string,
  inputs: Readonly<Record<string, Tensor>>,
  attrs: Readonly<Record<string, number>>,
): Tensor[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const result = tf.engine().runKernel(name, inputs as never, attrs as never) as Tensor | Tensor[];
  return Array.isArray(result) ? result : [result];
}
