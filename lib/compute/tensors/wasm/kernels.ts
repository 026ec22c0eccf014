import { laneSimd } from "../../lanes.js";
import { loadKernel } from "../../wasm.js";
import { wasmHeap } from "./heap.js";
import type { OpKernels } from "./op-kernels.js";

/** Exports of assembly/tensors.ts: addresses in bytes, everything else in values. */
export interface TensorKernels extends OpKernels {
  adamStep(
    weights: number,
    gradient: number,
    mean: number,
    square: number,
    count: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    epsilon: number,
    stepSize: number,
    rootScale: number,
    decay: number,
    shrink: number,
  ): void;
  fill(target: number, count: number, value: number): void;
}

let kernels: TensorKernels | undefined;

/** Our own kernels on the memory of tfjs's wasm backend, which must have been started. */
export function tensorKernels(): TensorKernels {
  kernels ??= loadKernel<TensorKernels>(laneSimd() === "fma" ? "tensors.fma" : "tensors", wasmHeap().memory);
  return kernels;
}
