import { gemmName, withGemm } from "../../compute/tensors/wasm/gemm.js";
import { WeightbookError } from "../../core/errors.js";

/** The system's BLAS, or undefined where there is none; the wasm backend must have been started. */
export function blasName(): string | undefined {
  try {
    return withGemm("blas", gemmName);
  } catch (error) {
    if (error instanceof WeightbookError && error.code === "tensors/no-blas") return undefined;
    throw error;
  }
}
