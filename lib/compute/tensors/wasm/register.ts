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
 * Puts this library's kernels in the place of stock ones of tfjs's wasm backend, and adds those that it lacks. To be
 * called after the backend's package was loaded; a second call does nothing. The stock kernels' setup is kept, so that
 * it does not matter whether the backend has started.
 * @throws WeightbookError "tensors/no-backend" before the package was loaded, which would put its kernels over these
 */
export function registerWasmKernels(): void {
  if (registered) return;
  if (!tensorflow().getKernel("BatchMatMul", "wasm")) {
    const message = "tfjs's wasm backend is not loaded; load @tensorflow/tfjs-backend-wasm first";
    throw new WeightbookError("tensors/no-backend", message);
  }
  registered = true;
  for (const kernel of kernels) replaceKernel(kernel, "wasm");
  registerMapKernels();
  registerOpKernels();
  // Whatever fails for want of memory leaves nothing behind.
  for (const { kernelName } of tensorflow().getKernelsForBackend("wasm")) {
    const make = (kernel: KernelFunction) => (call: KernelCall) => wasmHeap().guard(() => kernel(call));
    replaceKernel({ name: kernelName, make }, "wasm");
  }
}
