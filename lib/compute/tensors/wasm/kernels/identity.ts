import { WeightbookError } from "../../../../core/errors.js";
import { type TensorInfo, wasmHeap } from "../heap.js";
import type { WasmKernel } from "./types.js";

/**
 * A tensor under another name, without the copy that tfjs makes: tensors do not change, so the data may be shared. It
 * runs each time that a value is kept for the gradient.
 */
export const identity: WasmKernel = {
  name: "Identity",
  make: (stock) => (call) => {
    const x = call.inputs.x as TensorInfo;
    if (x.dtype !== "string") return wasmHeap().alias(x, x.shape);
    if (stock) return stock(call);
    throw new WeightbookError("tensors/no-kernel", "Identity on wasm has no kernel for text");
  },
};
