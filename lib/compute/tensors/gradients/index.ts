import type * as tfjs from "@tensorflow/tfjs";
import { registerEinsumGradient } from "./einsum.js";
import { registerMatMulGradient } from "./matmul.js";
import { registerTileGradient } from "./tile.js";

/** Registers gradients that tfjs lacks, or has for some shapes only, for every backend. */
export function registerGradients(tf: typeof tfjs): void {
  registerEinsumGradient(tf);
  registerMatMulGradient(tf);
  registerTileGradient(tf);
}
