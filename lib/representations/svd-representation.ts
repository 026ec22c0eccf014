import { checkedRepresentation } from "./checks.js";
import { projectOnto, type SvdOptions, truncatedSvd } from "./svd.js";
import type { Representation } from "./types.js";

/**
 * Coordinates in the space of the `dimensions` leading right singular vectors of the training rows.
 * @param options solver and centring options of `truncatedSvd`
 */
export function svdRepresentation(
  dimensions: number,
  options: Pick<SvdOptions, "centre" | "iterations" | "tolerance"> = {},
): Representation {
  return checkedRepresentation(`svd-${dimensions}`, async ({ weights }, { rng, signal, onProgress }) => {
    const svd = await truncatedSvd(weights, dimensions, { rng, signal, onProgress, ...options });
    return { dimensions, transform: async (rows) => projectOnto(svd.components, rows.weights, svd.mean) };
  });
}
