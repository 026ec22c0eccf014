import { requireBackend, type TensorFlow } from "../tf.js";
import { blasAllowed, wantedBlasThreads } from "../wasm/blas.js";
import { wasmHeap } from "../wasm/heap.js";
import { registerWasmKernels } from "../wasm/register.js";
import { cpuName, firstLine, type Refused, type Started } from "./starts.js";

/**
 * Starts tfjs's WebAssembly backend and gives it the project's kernels.
 * @throws UsageError for a value of WEIGHTBOOK_BLAS or WEIGHTBOOK_BLAS_THREADS that is none, which would otherwise be
 * found by the first matrix product
 */
export async function startWasm(tf: TensorFlow): Promise<Started | Refused> {
  blasAllowed();
  wantedBlasThreads();
  let hasSimd: boolean;
  const restoreListeners = rememberListeners();
  try {
    requireBackend("@tensorflow/tfjs-backend-wasm");
    if (!(await tf.setBackend("wasm"))) throw new Error("tfjs could not compile its WebAssembly module");
    hasSimd = Boolean(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"));
    registerWasmKernels();
    wasmHeap();
  } catch (cause) {
    return { reason: firstLine(cause), remedy: "install anew with npm ci", isAbsent: false, cause };
  } finally {
    restoreListeners();
  }
  const notes = hasSimd ? [] : ["without SIMD it is many times slower; take a newer Node or CPU"];
  return { engineName: "wasm", device: cpuName(), notes };
}

const deadly = ["uncaughtException", "unhandledRejection"] as const;

/**
 * The loader of tfjs's WebAssembly module listens for errors that nobody caught, to throw them again: from then on one
 * of them would end a process that handles them itself, such as the kernel. The returned function takes that back.
 */
function rememberListeners(): () => void {
  const before = deadly.map((event) => process.listeners(event as "uncaughtException"));
  return () => {
    for (const [index, event] of deadly.entries()) {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[index].includes(listener)) process.removeListener(event, listener);
      }
    }
  };
}

/** Starts tfjs's plain JavaScript backend. */
export async function startCpu(tf: TensorFlow): Promise<Started> {
  await tf.setBackend("cpu");
  const notes = ["plain JavaScript: for checking results, not for training"];
  return { engineName: "cpu", device: cpuName(), notes };
}
