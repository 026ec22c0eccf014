import { einsum } from "../kernels/einsum.js";
import { replaceKernel } from "../kernels/replace.js";
import { sum } from "../kernels/sum.js";
import { addN } from "./add-n.js";
import { batchMatMul, fusedMatMul } from "./matmul.js";
import { unsortedSegmentSum } from "./segment-sum.js";
import { tile } from "./tile.js";

const kernels = [addN, batchMatMul, einsum, fusedMatMul, sum, tile, unsortedSegmentSum];

let registered = false;

/**
 * Puts kernels made of other operations in the place of those of tfjs's webgpu backend that are wrong for some shapes
 * or values. To be called after the backend's package was loaded; a second call does nothing.
 */
export function registerWebGpuKernels(): void {
  if (registered) return;
  registered = true;
  for (const kernel of kernels) replaceKernel(kernel, "webgpu");
}
