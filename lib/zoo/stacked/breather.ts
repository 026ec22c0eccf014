import { gpuFailures } from "../../compute/tensors/backends/webgpu.js";
import type { Tensor } from "../../compute/tensors/tf.js";
import { throwIfAborted, WeightbookError } from "../../core/errors.js";

/** How long steps may go on before others may run: an abort is seen within this time and a step. */
const breathMs = 50;

/**
 * Called between steps: lets others run every few of them, with the device's queue empty if the newest result is given,
 * and stops by throwing.
 */
export type Breather = (last?: Tensor) => Promise<void>;

/**
 * A breather that stops once the signal is aborted or a GPU has failed. Breaths are cheap: take one after whatever may
 * last a millisecond.
 * @throws (its breaths) InterruptedError on abort; WeightbookError "stacked/gpu" when a GPU fails
 */
export function breather(signal: AbortSignal | undefined, label: string): Breather {
  let breathed = performance.now();
  const check = gpuCheck(label);
  throwIfAborted(signal, label);
  return async (last) => {
    if (performance.now() - breathed < breathMs) return;
    await last?.data();
    await new Promise((resolve) => setImmediate(resolve));
    breathed = performance.now();
    throwIfAborted(signal, label);
    check();
  };
}

/**
 * A check that throws once a GPU has failed since it was made.
 * @throws (the check) WeightbookError "stacked/gpu"
 */
export function gpuCheck(label: string): () => void {
  const before = gpuFailures().count;
  return () => {
    const { count, last } = gpuFailures();
    if (count === before) return;
    const message = `the GPU failed while ${label}: ${last}; take fewer models or less memory by stackedEngine, or another backend`;
    throw new WeightbookError("stacked/gpu", message);
  };
}
