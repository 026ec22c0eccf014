import type { TensorInfo } from "../heap.js";

/** What a kernel is called with. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: object;
  readonly backend: object;
}

export type KernelFunction = (call: KernelCall) => TensorInfo | TensorInfo[];

/** One of this library's kernels for tfjs's wasm backend, by the name that tfjs gives the operation. */
export interface WasmKernel {
  readonly name: string;
  /** @param stock the kernel that tfjs itself has, for what this one does not do; undefined where there is none */
  make(stock: KernelFunction | undefined): KernelFunction;
}
