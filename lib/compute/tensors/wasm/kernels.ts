import { laneSimd } from "../../lanes.js";
import { loadKernel } from "../../wasm.js";
import { wasmHeap } from "./heap.js";
import type { OpKernels } from "./op-kernels.js";

/** Exports of assembly/tensors.ts: addresses in bytes, everything else in values. */
export interface TensorKernels extends OpKernels {
  fill(target: number, count: number, value: number): void;
}

/** Room for the constants of the kernels, for as long as the backend lives. */
const constantBytes = 512;

let kernels: TensorKernels | undefined;

/** Our own kernels on the memory of tfjs's wasm backend, which must have been started. */
export function tensorKernels(): TensorKernels {
  if (!kernels) {
    const heap = wasmHeap();
    const loaded = loadKernel<TensorKernels>(laneSimd() === "fma" ? "tensors.fma" : "tensors", heap.memory);
    loaded.initialise(heap.allocate(constantBytes));
    kernels = loaded;
  }
  return kernels;
}
