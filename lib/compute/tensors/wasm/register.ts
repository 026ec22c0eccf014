import { WeightbookError } from "../../../core/errors.js";
import { einsum } from "../kernels/einsum.js";
import { replaceKernel } from "../kernels/replace.js";
import { sum } from "../kernels/sum.js";
import type { KernelCall, KernelFunction, OwnKernel } from "../kernels/types.js";
import { tensorflow } from "../tf.js";
import { wasmHeap } from "./heap.js";
import { conv2D, fusedConv2D } from "./kernels/convolution.js";
import { conv2DBackpropFilter, conv2DBackpropInput } from "./kernels/convolution-gradients.js";
import { depthwiseBackpropFilter, depthwiseBackpropInput } from "./kernels/depthwise.js";
import { identity } from "./kernels/identity.js";
import { batchMatMul, fusedMatMul } from "./kernels/matmul.js";
import { unsortedSegmentSum } from "./kernels/segment-sum.js";
import { registerMapKernels } from "./maps.js";
import { registerOpKernels } from "./register-ops.js";

const kernels: readonly OwnKernel[] = [
  batchMatMul,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  einsum,
  fusedConv2D,
  fusedMatMul,
  identity,
  sum,
  unsortedSegmentSum,
];

let registered = false;

/**
 * Puts this library's kernels in the place of stock ones of tfjs's wasm backend, which must have been started, and adds
 * those that it lacks; a second call does nothing. Wrappers of tfjs's native kernels are set up at the start, and the
 * replacements use them.
 * @throws WeightbookError "tensors/no-backend" before the start
 */
export function registerWasmKernels(): void {
  if (registered) return;
  // A backend in tfjs's own registry has started; asking for it by name would begin a start.
  if (!("wasm" in tensorflow().engine().registry)) {
    const message = 'tfjs\'s wasm backend has not started; await selectBackend({ backend: "wasm" }) first';
    throw new WeightbookError("tensors/no-backend", message);
  }
  // Before the replacements: what is added needs the backend's memory, and fails first where something is amiss.
  registerMapKernels();
  registerOpKernels();
  for (const kernel of kernels) replaceKernel(kernel, "wasm");
  // Whatever fails for want of memory leaves nothing behind.
  for (const { kernelName } of tensorflow().getKernelsForBackend("wasm")) {
    const make = (kernel: KernelFunction) => (call: KernelCall) => wasmHeap().guard(() => kernel(call));
    replaceKernel({ name: kernelName, make }, "wasm");
  }
  registered = true;
}
