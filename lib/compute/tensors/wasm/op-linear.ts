import type { TensorInfo } from "../kernels/types.js";
import { activationCodes } from "../ops/linear.js";
import { sizeOf } from "../sizes.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { inputGradient, kernelGradient, multiplyKernel } from "./linear-raw.js";
import { type Attributes, type Inputs, outputsOf, registerOp, rowsOf } from "./op-register.js";

/** Linear layers with bias, residual and activation, and their gradient. */
export function registerLinear(): void {
  registerOp("WeightbookLinear", linearForward);
  registerOp("WeightbookLinearGradient", linearBackward);
}

/** Outputs y and, for GELU with `slope` 1, its derivative over the pre-activation. */
function linearForward(
  { x, kernel, bias, residual }: Inputs,
  { activation, slope }: Attributes,
): TensorInfo[] {
  const heap = wasmHeap();
  const kernels = tensorKernels();
  const { rows, width: inputs } = rowsOf(x);
  const outputs = kernel.shape[0];
  const shape = [...x.shape.slice(0, -1), outputs];
  const isKept = activation === activationCodes.gelu && slope === 1;
  const [y, derivative] = outputsOf(shape, ...(isKept ? [shape] : []));
  const to = heap.addressOf(y);
  // What is added to the product is written first; the product then goes on top of it.
  if (bias) kernels.addRows(residual ? heap.addressOf(residual) : 0, heap.addressOf(bias), to, rows, outputs);
  else if (residual) kernels.copy(heap.addressOf(residual), to, rows * outputs);
  const [a, b] = [heap.addressOf(x), heap.addressOf(kernel)];
  const beta = bias || residual ? 1 : 0;
  if (inputs === 0 && beta === 0) kernels.fill(to, rows * outputs, 0);
  multiplyKernel(a, b, to, { rows, inputs, outputs }, beta);
  const kept = derivative ? heap.addressOf(derivative) : 0;
  if (activation === activationCodes.gelu) kernels.geluForward(to, to, kept, rows * outputs);
  else if (activation === activationCodes.relu) kernels.reluForward(to, to, rows * outputs);
  return derivative ? [y, derivative] : [y];
}

/**
 * Outputs dx, dkernel, dbias (with `biased` 1) and, with an activation, the gradient over the pre-activation (also
 * the residual's). `slope` is GELU's derivative, or ReLU's output.
 */
function linearBackward({ dy, x, kernel, slope }: Inputs, { activation, biased }: Attributes): TensorInfo[] {
  const heap = wasmHeap();
  const kernels = tensorKernels();
  const { rows, width: inputs } = rowsOf(x);
  const outputs = kernel.shape[0];
  const made = outputsOf(x.shape, kernel.shape, ...(biased ? [[outputs]] : []), ...(slope ? [dy.shape] : []));
  const [dx, dkernel] = made;
  const dbias = biased ? made[2] : undefined;
  const inner = slope ? made[made.length - 1] : dy;
  const up = heap.addressOf(inner);
  if (slope) {
    const [from, by, count] = [heap.addressOf(dy), heap.addressOf(slope), sizeOf(dy.shape)];
    if (activation === activationCodes.gelu) kernels.multiply(from, by, up, count);
    else kernels.reluBackward(from, by, up, count);
  }
  const [a, b] = [heap.addressOf(x), heap.addressOf(kernel)];
  const shape = { rows, inputs, outputs };
  inputGradient(up, b, heap.addressOf(dx), shape);
  if (rows === 0) kernels.fill(heap.addressOf(dkernel), inputs * outputs, 0);
  kernelGradient(up, a, heap.addressOf(dkernel), shape);
  if (dbias) {
    kernels.fill(heap.addressOf(dbias), outputs, 0);
    kernels.sumRows(up, heap.addressOf(dbias), rows, outputs);
  }
  return made;
}
