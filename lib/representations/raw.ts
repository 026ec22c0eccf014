import { SpecError } from "../core/errors.js";
import type { Matrix } from "../core/matrix.js";
import { projectOnto, type SvdOptions, truncatedSvd } from "./svd.js";
import type { FittedRepresentation, Representation } from "./types.js";

/**
 * Wraps a transform so that rows of another width than it was fitted on are refused.
 * @throws SpecError "representation/width" from the transform
 */
function fitted(
  name: string,
  inputs: number,
  dimensions: number,
  transform: (m: Matrix) => Matrix,
): FittedRepresentation {
  return {
    dimensions,
    transform(m) {
      if (m.cols !== inputs) {
        throw new SpecError(
          "representation/width",
          `${name} was fitted on rows of ${inputs} weights and cannot represent rows of ${m.cols}`,
          { value: m.cols },
        );
      }
      return transform(m);
    },
  };
}

/** The weights themselves. */
export function rawWeights(): Representation {
  return {
    name: "weights",
    async fit(train) {
      return fitted("weights", train.cols, train.cols, (m) => m);
    },
  };
}

/**
 * Coordinates in the space of the `dimensions` leading right singular vectors of the training rows.
 * @param options solver and centring options of `truncatedSvd`
 */
export function svdRepresentation(
  dimensions: number,
  options: Pick<SvdOptions, "centre" | "iterations" | "tolerance"> = {},
): Representation {
  const name = `svd-${dimensions}`;
  return {
    name,
    async fit(train, fitOptions) {
      const svd = await truncatedSvd(train, dimensions, { ...fitOptions, ...options });
      return fitted(name, train.cols, dimensions, (m) => projectOnto(svd.components, m, svd.mean));
    },
  };
}
