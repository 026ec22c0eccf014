import { laneSimd } from "../../lanes.js";
import { loadKernel } from "../../wasm.js";
import { wasmHeap } from "./heap.js";
import type { MapKernels } from "./map-kernels.js";

/** Exports of assembly/tensors.ts: addresses in bytes, everything else in values. */
export interface TensorKernels extends MapKernels {
  fill(target: number, count: number, value: number): void;
}

let kernels: TensorKernels | undefined;

/** Our own kernels on the memory of tfjs's wasm backend, which must have been started. */
export function tensorKernels(): TensorKernels {
  kernels ??= loadKernel<TensorKernels>(laneSimd() === "fma" ? "tensors.fma" : "tensors", wasmHeap().memory);
  return kernels;
}
