import type { DropoutPlan } from "../ops/dropout-mask.js";
import { sizeOf } from "../sizes.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { registerOp } from "./op-register.js";

/** Dropout by hashing; the gradient is the same kernel applied to dy. */
export function registerDropout(): void {
  registerOp("WeightbookDropout", ({ x }, { firstKey, secondKey, threshold, scale }) => {
    const heap = wasmHeap();
    const y = heap.output(x.shape);
    const [from, to] = [heap.addressOf(x), heap.addressOf(y)];
    tensorKernels().dropout(from, to, sizeOf(x.shape), firstKey, secondKey, threshold, scale);
    return y;
  });
}

/** Dropout of `count` values at an address, in place. */
export function dropInPlace(address: number, count: number, plan: DropoutPlan): void {
  const { firstKey, secondKey, threshold, scale } = plan;
  tensorKernels().dropout(address, address, count, firstKey, secondKey, threshold, scale);
}
