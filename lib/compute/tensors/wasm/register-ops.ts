import { registerTransformerBlock } from "./block-kernels.js";
import { registerActivations } from "./op-activations.js";
import { registerAttention } from "./op-attention.js";
import { registerContrast } from "./op-contrast.js";
import { registerDropout } from "./op-dropout.js";
import { registerLinear } from "./op-linear.js";
import { registerLayerNorm } from "./op-norm.js";
import { registerRows } from "./op-rows.js";
import { registerSoftmax } from "./op-softmax.js";

/** Gives the wasm backend, which must have been started, the kernels of the functional ops; to be called once. */
export function registerOpKernels(): void {
  registerActivations();
  registerAttention();
  registerContrast();
  registerDropout();
  registerLayerNorm();
  registerLinear();
  registerRows();
  registerSoftmax();
  registerTransformerBlock();
}
