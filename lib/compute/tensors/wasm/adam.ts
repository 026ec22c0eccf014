import { type Tensor, tensorflow, type Variable } from "../tf.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";

/** What one step of Adam multiplies with, bias corrections included. */
export interface AdamFactors {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Learning rate over the first moment's bias correction. */
  readonly stepSize: number;
  /** One over the root of the second moment's bias correction. */
  readonly rootScale: number;
  /** Weight decay that joins the gradient. */
  readonly decay: number;
  /** What the weights are multiplied with before the step. */
  readonly shrink: number;
}

/** The moments of one variable. */
export interface Moments {
  mean: Tensor;
  square: Tensor;
}

/** Whether the wasm backend is set, so that a variable can be written where it lies. */
export function worksInPlace(variable: Variable): boolean {
  return tensorflow().getBackend() === "wasm" && variable.dtype === "float32";
}

/** One step of Adam on one variable of the wasm backend. */
export function adamInPlace(
  variable: Variable,
  gradient: Tensor,
  { mean, square }: Moments,
  factors: AdamFactors,
): void {
  const heap = wasmHeap();
  // Others may read the same values under another name: they keep the old ones.
  if (heap.isShared(variable)) tensorflow().tidy(() => variable.assign(tensorflow().add(variable, 0)));
  const { beta1, beta2, epsilon, stepSize, rootScale, decay, shrink } = factors;
  tensorKernels().adamStep(
    heap.addressOf(variable),
    heap.addressOf(gradient),
    heap.addressOf(mean),
    heap.addressOf(square),
    variable.size,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    epsilon,
    stepSize,
    rootScale,
    decay,
    shrink,
  );
}
