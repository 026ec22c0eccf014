/** Puts this library's kernels in place of stock ones of tfjs's wasm backend, which must be the current backend. */
export function registerWasmKernels(): void {}
