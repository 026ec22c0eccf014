import { laneSimd } from "../../lanes.js";
import { loadKernel } from "../../wasm.js";
import { wasmHeap } from "./heap.js";

/** Exports of assembly/tensors.ts: addresses in bytes, everything else in values. */
export interface TensorKernels {
  fill(target: number, count: number, value: number): void;
  /** Bytes of scratch that `sgemm` needs, aligned to 16. */
  sgemmScratch(): number;
  /** The type `Gemm`, with scratch behind. */
  sgemm(
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: number,
    c: number,
    ldc: number,
    scratch: number,
  ): void;
}

let kernels: TensorKernels | undefined;

/** Our own kernels on the memory of tfjs's wasm backend, which must have been started. */
export function tensorKernels(): TensorKernels {
  kernels ??= loadKernel<TensorKernels>(laneSimd() === "fma" ? "tensors.fma" : "tensors", wasmHeap().memory);
  return kernels;
}
