import { setFlagsFromString } from "node:v8";
import { UsageError } from "../core/errors.js";

/** "plain": two roundings a multiply-add, equal to the bit everywhere; "fma": one. */
export type SimdKind = "plain" | "fma";

/**
 * What WEIGHTBOOK_SIMD asks for: "plain", or "auto" (also when it is not set): the fastest that the machine has.
 * @throws UsageError for another value
 */
export function wantedSimd(): "plain" | "auto" {
  const value = process.env.WEIGHTBOOK_SIMD || "auto";
  if (value === "plain" || value === "auto") return value;
  throw new UsageError("environment/simd", `WEIGHTBOOK_SIMD is "${value}"; give plain or auto`, { value });
}

/** Lets Node 20 compile relaxed SIMD; later versions do so by themselves. */
export function allowRelaxedSimd(): void {
  if (Number(process.versions.node.split(".")[0]) < 22) {
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
}
