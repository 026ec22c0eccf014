import { replaceGemm, wasmGemm } from "./gemm.js";
import { replaceKernels, type TensorKernels, tensorKernels } from "./kernels.js";

/** Time spent in our kernels since the watching began. */
export interface KernelWatch {
  /** Ends the watching and gives milliseconds by kernel, and of all else under "other". */
  stop(): Record<string, number>;
}

/** Measures where time goes: matrix products (under "gemm") and every kernel by its name. For benchmarks. */
export function watchKernels(): KernelWatch {
  const spent: Record<string, number> = {};
  const timed =
    <Arguments extends readonly unknown[], Result>(name: string, work: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      const started = performance.now();
      const result = work(...given);
      spent[name] = (spent[name] ?? 0) + performance.now() - started;
      return result;
    };
  const gemm = wasmGemm();
  const kernels = tensorKernels();
  // Without a BLAS the products are one of the kernels, called by the gemm that is watched.
  const watched = Object.entries(kernels).map(([name, kernel]) => [
    name,
    name === "sgemm" ? kernel : timed(name, kernel as (...given: unknown[]) => unknown),
  ]);
  replaceGemm(timed("gemm", gemm));
  replaceKernels(Object.fromEntries(watched) as TensorKernels);
  const began = performance.now();
  return {
    stop() {
      const whole = performance.now() - began;
      replaceGemm(undefined);
      replaceKernels(undefined);
      const parts = Object.entries(spent).sort(([, a], [, b]) => b - a);
      const other = whole - parts.reduce((sum, [, ms]) => sum + ms, 0);
      return Object.fromEntries(
        [...parts, ["other", other]].map(([name, ms]) => [name, Math.round(Number(ms) * 10) / 10]),
      );
    },
  };
}
