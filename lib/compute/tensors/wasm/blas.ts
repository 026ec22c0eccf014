import { createRequire } from "node:module";
import type { Gemm } from "./gemm-types.js";
import type { WasmHeap } from "./heap.js";

/** A system's BLAS on the wasm backend's memory. */
export interface Blas {
  /** File that it was loaded from. */
  readonly name: string;
  readonly gemm: Gemm;
  /** How many threads it may use. Does nothing where the library cannot be told (Accelerate). */
  setThreads(count: number): void;
}

const rowMajor = 101;
const plain = 111;
const transposed = 112;

/** Where systems keep a BLAS with the C interface. */
const candidates: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so"],
  darwin: ["/System/Library/Frameworks/Accelerate.framework/Accelerate"],
  win32: ["libopenblas.dll", "openblas.dll"],
};

/** Loads the system's BLAS; undefined where there is none, or WEIGHTBOOK_BLAS=off. */
export function systemBlas(heap: WasmHeap): Blas | undefined {
  if (process.env.WEIGHTBOOK_BLAS === "off") return undefined;
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  for (const name of candidates[process.platform] ?? []) {
    try {
      const library = koffi.load(name);
      const sgemm = library.func(
        "void cblas_sgemm(int, int, int, int, int, int, float, uintptr_t, int, uintptr_t, int, float, uintptr_t, int)",
      );
      // The memory's place in the process; V8 grows it where it is, but nobody promised that.
      let buffer: ArrayBuffer | undefined;
      let base = 0;
      const gemm: Gemm = (transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
        if (heap.memory.buffer !== buffer) {
          buffer = heap.memory.buffer;
          base = Number(koffi.address(new Float32Array(buffer)));
        }
        const [ta, tb] = [transposeA ? transposed : plain, transposeB ? transposed : plain];
        sgemm(rowMajor, ta, tb, m, n, k, alpha, base + a, lda, base + b, ldb, beta, base + c, ldc);
      };
      return { name, gemm, setThreads: () => undefined };
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}
