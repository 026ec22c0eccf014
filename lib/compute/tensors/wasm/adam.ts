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

/** Whether the wasm backend is set, so that variables can be written where they lie. */
export function worksInPlace(): boolean {
  return tensorflow().getBackend() === "wasm";
}

/** A variable with what its step takes. */
export interface AdamWork {
  readonly variable: Variable;
  readonly gradient: Tensor;
  readonly moments: Moments;
}

/**
 * Makes a variable ready to be written in place; all that may fail (for want of memory) happens here, so that
 * `adamInPlace` does not.
 */
export function prepareInPlace({ variable, gradient, moments }: AdamWork): void {
  const heap = wasmHeap();
  // Others may read the same values under another name: they keep the old ones.
  if (heap.isShared(variable)) tensorflow().tidy(() => variable.assign(tensorflow().add(variable, 0)));
  // What lies on another backend moves here.
  for (const tensor of [gradient, moments.mean, moments.square]) heap.addressOf(tensor);
}

/** One step of Adam on one variable of the wasm backend, which was made ready. */
export function adamInPlace({ variable, gradient, moments }: AdamWork, factors: AdamFactors): void {
  const heap = wasmHeap();
  const { beta1, beta2, epsilon, stepSize, rootScale, decay, shrink } = factors;
  tensorKernels().adamStep(
    heap.addressOf(variable),
    heap.addressOf(gradient),
    heap.addressOf(moments.mean),
    heap.addressOf(moments.square),
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
  heap.changed(variable);
}
