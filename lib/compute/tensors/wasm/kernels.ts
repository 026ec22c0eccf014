import { laneSimd } from "../../lanes.js";
import { loadKernel } from "../../wasm.js";
import { type WasmHeap, wasmHeap } from "./heap.js";
import type { ProductKernels } from "./kernel-types.js";
import type { MapKernels } from "./map-kernels.js";
import type { OpKernels } from "./op-kernels.js";

/** Exports of assembly/tensors.ts: addresses in bytes, everything else in values. */
export interface TensorKernels extends MapKernels, OpKernels, ProductKernels {
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
  copy(x: number, y: number, count: number): void;
  fill(target: number, count: number, value: number): void;
}

/** Room for the constants of the kernels, for as long as the backend lives. */
const constantBytes = 512;

let kernels: TensorKernels | undefined;
/** Whose memory they work on. */
let owner: WasmHeap | undefined;
let replaced: TensorKernels | undefined;

/**
 * Our own kernels on the memory of tfjs's wasm backend, which must have been started. Ask for them on each use, since
 * `replaceKernels` may change them.
 */
export function tensorKernels(): TensorKernels {
  const heap = wasmHeap();
  if (!kernels || owner !== heap) {
    const loaded = loadKernel<TensorKernels>(laneSimd() === "fma" ? "tensors.fma" : "tensors", heap.memory);
    loaded.initialise(heap.allocate(constantBytes));
    kernels = loaded;
    owner = heap;
  }
  return replaced ?? kernels;
}

/** Puts others in the kernels' place until it is called with nothing; for benchmarks. */
export function replaceKernels(others: TensorKernels | undefined): void {
  replaced = others;
}
