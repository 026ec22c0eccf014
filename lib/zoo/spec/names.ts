import type { NetworkSpec } from "../../networks/types.js";
import type { Augmentation, OptimizerSpec } from "../types.js";
import { isNesterov } from "./models.js";

/** The network's activations, joined by "+" where there are several kinds; "none" for a linear network. */
export function activationName(network: NetworkSpec): string {
  const kinds = network.layers.flatMap((layer) => (layer.type === "activation" ? [layer.activation] : []));
  return [...new Set(kinds)].join("+") || "none";
}

/** The optimiser's type; "nesterov" for SGD with Nesterov's momentum. */
export function optimizerName(optimizer: OptimizerSpec): string {
  return isNesterov(optimizer) ? "nesterov" : optimizer.type;
}

/** "none", "shift 2", "flip" or "shift 2, flip". */
export function augmentationName({ shift, flip }: Augmentation): string {
  const parts = [...(shift > 0 ? [`shift ${shift}`] : []), ...(flip ? ["flip"] : [])];
  return parts.join(", ") || "none";
}
