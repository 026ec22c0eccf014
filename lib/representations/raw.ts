import { checkedRepresentation } from "./checks.js";
import type { Representation } from "./types.js";

/** The weights themselves. */
export function rawWeights(): Representation {
  return checkedRepresentation("W", async ({ weights }) => ({
    dimensions: weights.cols,
    transform: async (rows) => rows.weights,
  }));
}
