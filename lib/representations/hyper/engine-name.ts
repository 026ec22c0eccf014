import { gemmName } from "../../compute/tensors/wasm/gemm.js";

/** What a model's file says it was trained with: of wasm whose matrix products, else the device. */
export function engineName({ name, device }: { readonly name: string; readonly device: string }): string {
  return name === "wasm" ? `wasm, ${gemmName()}` : `${name}, ${device}`;
}
