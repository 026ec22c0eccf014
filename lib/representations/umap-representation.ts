import { checkOptions, SpecError } from "../core/errors.js";
import { checkedRepresentation } from "./checks.js";
import { checkMaxRows, sampleRows } from "./sample-rows.js";
import type { Representation } from "./types.js";
import { checkNeighborhood } from "./umap.js";
import { umapFit } from "./umap-fit.js";
import { umapTransform } from "./umap-transform.js";

export interface UmapRepresentationOptions {
  /** Size of a row's neighbourhood, the row itself included. Default 25. */
  readonly neighbors?: number;
  /** Least distance of points in the embedding. Default .001. */
  readonly minDist?: number;
  /** Dimensions of the embedding. Default 50, as in the published code: the width of the other representations. */
  readonly components?: number;
  /**
   * Most training rows: of more, so many drawn at random are fitted on (whose fit takes about 20 s on a busy core), and all
   * can be transformed. Default 3000. The published code fits on every third row.
   */
  readonly maxRows?: number;
}

/** Rounds of optimisation of training rows and of unseen ones: umap-learn's beyond 10,000 rows, as the published fits had. */
const fitEpochs = 200;
const transformEpochs = 30;

/**
 * UMAP of the weights ("U_m" of Table 5) with a transform of unseen rows; see `umapFit` and `umapTransform`.
 * @throws SpecError "options/unknown", "umap/components", "representation/max-rows"; in fitting "umap/neighbors" when the
 *   neighbourhood does not fit the rows
 */
export function umapRepresentation(options: UmapRepresentationOptions = {}): Representation {
  checkOptions(options, ["neighbors", "minDist", "components", "maxRows"], "umapRepresentation");
  const { neighbors = 25, minDist = 0.001, components = 50, maxRows = 3000 } = options;
  if (!Number.isInteger(components) || components < 1) {
    const message = `UMAP cannot have ${components} components; give a positive whole number`;
    throw new SpecError("umap/components", message, { value: components });
  }
  checkMaxRows(maxRows, 3, "umapRepresentation");
  return checkedRepresentation("UMAP", async ({ weights }, { rng, signal, onProgress }) => {
    const points = sampleRows(weights, maxRows, rng.split("rows"));
    const shape = { neighbors, minDist };
    checkNeighborhood(neighbors, points.rows);
    const fit = { ...shape, components, epochs: fitEpochs, rng: rng.split("fit"), signal, onProgress };
    const embedding = await umapFit(points, fit);
    return {
      dimensions: components,
      transform: (rest, transformOptions = {}) =>
        umapTransform({ points, embedding }, rest.weights, {
          ...transformOptions,
          ...shape,
          rng: rng.split("transform"),
          epochs: transformEpochs,
        }),
    };
  });
}
