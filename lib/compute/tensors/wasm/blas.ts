import { createRequire } from "node:module";
import { UsageError } from "../../../core/errors.js";
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

type Koffi = typeof import("koffi");
type Library = ReturnType<Koffi["load"]>;

const rowMajor = 101;
const plain = 111;
const transposed = 112;

/** Where systems keep a BLAS with the C interface. */
const candidates: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libcblas.so.3", "libblas.so.3"],
  darwin: ["/System/Library/Frameworks/Accelerate.framework/Accelerate"],
  win32: ["libopenblas.dll", "openblas.dll"],
};

/**
 * Whether WEIGHTBOOK_BLAS allows the system's BLAS: "on" (also when it is not set) or "off".
 * @throws UsageError for another value
 */
export function blasAllowed(): boolean {
  const value = process.env.WEIGHTBOOK_BLAS || "on";
  if (value === "on" || value === "off") return value === "on";
  throw new UsageError("environment/blas", `WEIGHTBOOK_BLAS is "${value}"; give on or off`, { value });
}

/**
 * How many threads a BLAS gets: WEIGHTBOOK_BLAS_THREADS, else one, since several trainings run side by side, one a
 * core. The library and its number of threads belong to the process: each worker that loads it sets the same again.
 * @throws UsageError unless it is a positive integer
 */
export function wantedBlasThreads(): number {
  const value = process.env.WEIGHTBOOK_BLAS_THREADS || "1";
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  const message = `WEIGHTBOOK_BLAS_THREADS is "${value}"; give a positive integer`;
  throw new UsageError("environment/blas-threads", message, { value });
}

/**
 * Loads the system's BLAS, with as many threads as `wantedBlasThreads` says; undefined where there is no fast one that
 * multiplies a small matrix rightly. Nothing is said about one that fails: what is in use can be asked for.
 */
export function systemBlas(heap: WasmHeap): Blas | undefined {
  const koffi = loadKoffi();
  if (!koffi) return undefined;
  const threads = wantedBlasThreads();
  for (const name of candidates[process.platform] ?? []) {
    try {
      const library = koffi.load(name);
      if (isGeneric(name) && !isOptimised(library)) continue;
      const gemm = gemmOf(koffi, library, heap);
      if (!multipliesRightly(gemm, heap)) continue;
      const setThreads = threadSetter(library);
      setThreads(threads);
      return { name, gemm, setThreads };
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}

/** Names that any implementation may stand behind. */
function isGeneric(name: string): boolean {
  return /^lib(c?blas)\.so/.test(name);
}

/** A function that only this implementation has. */
const signatures = {
  OpenBLAS: "char *openblas_get_config()",
  MKL: "int MKL_Get_Max_Threads()",
  BLIS: "char *bli_info_get_version_str()",
  ATLAS: "void ATL_buildinfo()",
};

/**
 * Whether a library is one of the fast implementations. The reference BLAS, which Debian installs with numpy, is ten times
 * slower than our own kernel.
 */
export function isOptimised(library: Pick<Library, "func">): boolean {
  return Object.values(signatures).some((signature) => {
    try {
      library.func(signature);
      return true;
    } catch {
      return false;
    }
  });
}

/** The foreign function interface is an optional package: its binary may not exist for a system. */
function loadKoffi(): Koffi | undefined {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch {
    return undefined;
  }
}

function gemmOf(koffi: Koffi, library: Library, heap: WasmHeap): Gemm {
  const sgemm = library.func(
    "void cblas_sgemm(int, int, int, int, int, int, float, uintptr_t, int, uintptr_t, int, float, uintptr_t, int)",
  );
  // The memory's place in the process; V8 grows it where it is, but nobody promised that.
  let buffer: ArrayBuffer | undefined;
  let base = 0;
  return (transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    if (m === 0 || n === 0) return;
    if (heap.memory.buffer !== buffer) {
      buffer = heap.memory.buffer;
      base = Number(koffi.address(new Float32Array(buffer)));
    }
    const [ta, tb] = [transposeA ? transposed : plain, transposeB ? transposed : plain];
    // Rows of no length are none to some libraries: they end the process.
    const [la, lb, lc] = [Math.max(1, lda), Math.max(1, ldb), Math.max(1, ldc)];
    sgemm(rowMajor, ta, tb, m, n, k, alpha, base + a, la, base + b, lb, beta, base + c, lc);
  };
}

/** OpenBLAS can be told; for others there is no common way. */
function threadSetter(library: Library): (count: number) => void {
  try {
    return library.func("void openblas_set_num_threads(int)") as (count: number) => void;
  } catch {
    return () => undefined;
  }
}

/** A product of a 3 x 5 with a transposed 7 x 5 matrix, whose numbers are exact. */
function multipliesRightly(gemm: Gemm, heap: WasmHeap): boolean {
  const [m, n, k] = [3, 7, 5];
  const address = heap.allocate(4 * (m * k + n * k + m * n));
  try {
    const [a, b] = [address / 4, address / 4 + m * k];
    const c = b + n * k;
    const floats = heap.floats();
    for (let i = 0; i < m * k; i++) floats[a + i] = (i % 4) - 1;
    for (let i = 0; i < n * k; i++) floats[b + i] = (i % 7) - 3;
    floats.fill(Number.NaN, c, c + m * n);
    gemm(false, true, m, n, k, 2, 4 * a, k, 4 * b, k, 0, 4 * c, n);
    for (let i = 0; i < m * n; i++) {
      let sum = 0;
      const [row, column] = [a + k * Math.floor(i / n), b + k * (i % n)];
      for (let step = 0; step < k; step++) sum += floats[row + step] * floats[column + step];
      if (floats[c + i] !== 2 * sum) return false;
    }
    return true;
  } finally {
    heap.free(address);
  }
}
