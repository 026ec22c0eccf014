import { systemBlas } from "./blas.js";
import type { Gemm } from "./gemm-types.js";
import { wasmHeap } from "./heap.js";

export type { Gemm } from "./gemm-types.js";

let gemm: Gemm | undefined;

/** The matrix product of this machine on the wasm backend's memory. */
export function wasmGemm(): Gemm {
  gemm ??= systemBlas(wasmHeap())!.gemm;
  return gemm;
}
