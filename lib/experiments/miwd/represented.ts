import { SpecError } from "../../core/errors.js";
import { type Matrix, takeCols } from "../../core/matrix.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { globalStatistics } from "../../representations/global-statistics.js";
import { miwd } from "../../representations/miwd.js";
import { randomProjection } from "../../representations/random-projection.js";
import { resampledPca } from "../../representations/resampled-pca.js";
import { resampledWeights } from "../../representations/resampled-weights.js";
import type { FittedVectorRepresentation, VectorRepresentation } from "../../representations/vectors.js";
import { matchedRange } from "./matched-range.js";
import type { ModelParts } from "./model-parts.js";

/** Kinds of representations, the descriptors first. */
export const kindsOfVectors = [
  "MI-WD",
  "MI-WD standardised",
  "MI-WD matched",
  "raw",
  "PCA",
  "random projection",
  "global statistics",
] as const;
export type KindOfVectors = (typeof kindsOfVectors)[number];

/**
 * The descriptors: as printed; of weights that are standardised first, which the paper leaves open; and with a range that
 * is to this library what the paper says its range is to its own (see matchedRange).
 */
export const descriptorKinds: readonly KindOfVectors[] = ["MI-WD", "MI-WD standardised", "MI-WD matched"];

/** The evaluated models in one representation. */
export interface Represented {
  readonly kind: KindOfVectors;
  /** Numbers asked for; of global statistics, which have 16, the largest size. */
  readonly size: number;
  /** Kind and numbers, e.g. "PCA 899 of 1024" where the fitting models allow no more. */
  readonly name: string;
  /** [evaluated, numbers]. */
  readonly points: Matrix;
}

export interface RepresentOptions extends LongRunOptions {
  readonly sizes: readonly number[];
  readonly rng: RandomStream;
}

/**
 * The evaluated models in every representation of Fig. 3 at every size. Raw vectors and descriptors are made for each
 * size; of PCA and random projection the smaller sizes are the first columns of the largest, which is what they would be
 * (of the projection: to chance). PCA has no more components than the models it is fitted on allow; its name says so.
 */
export async function representModels(parts: ModelParts, options: RepresentOptions): Promise<Represented[]> {
  const { sizes, rng, signal } = options;
  const largest = sizes[sizes.length - 1];
  const steps = 4 * sizes.length + 3;
  const part = inParts(options.onProgress, "representations", steps);
  let step = 0;
  const listen = () => {
    const onProgress = part(step++);
    return { signal, ...(onProgress ? { onProgress } : {}) };
  };
  const transformed = async (representation: VectorRepresentation) => {
    const fitted = await representation.fitVectors(parts.fitted, { rng, signal });
    return fitted.transformVectors(parts.evaluated, listen());
  };
  const found: Represented[] = [];
  const add = (kind: KindOfVectors, size: number, points: Matrix) => {
    const less = kind === "PCA" && points.cols < size ? ` of ${size}` : "";
    found.push({ kind, size, name: `${kind} ${points.cols}${less}`, points });
  };
  for (const size of sizes) add("MI-WD", size, await transformed(miwd(squareOf(size))));
  for (const size of sizes) {
    const standardised = miwd({ ...squareOf(size), scale: "standardised" });
    add("MI-WD standardised", size, await transformed(standardised));
  }
  const range = await matchedRange(parts.fitted, { signal });
  for (const size of sizes) {
    add("MI-WD matched", size, await transformed(miwd({ ...squareOf(size), range })));
  }
  for (const size of sizes) add("raw", size, await transformed(resampledWeights(size)));
  const pca = await fittedPca(parts, largest, { rng: rng.split("PCA"), ...listen() });
  const components = await pca.transformVectors(parts.evaluated, { signal });
  for (const size of sizes) add("PCA", size, takeCols(components, Math.min(size, components.cols)));
  const projected = await transformed(randomProjection(largest));
  for (const size of sizes) add("random projection", size, takeCols(projected, size));
  const statistics = await transformed(globalStatistics());
  add("global statistics", largest, statistics);
  return found;
}

/** Windows and bins of a descriptor of so many numbers. */
export function squareOf(size: number): { windows: number; bins: number } {
  const side = Math.round(Math.sqrt(size));
  if (side * side === size) return { windows: side, bins: side };
  const message = `a descriptor of ${size} numbers cannot have as many windows as bins; give squares such as 64, 256 and 1024`;
  throw new SpecError("miwd/size", message, { value: size });
}

/** PCA of as many components as asked for, or as the vectors have. */
async function fittedPca(
  { fitted }: ModelParts,
  dimensions: number,
  options: Parameters<VectorRepresentation["fitVectors"]>[1],
): Promise<FittedVectorRepresentation> {
  const most = Math.max(1, Math.min(dimensions, fitted.count - 1));
  try {
    return await resampledPca(most).fitVectors(fitted, options);
  } catch (error) {
    // Only the fit can tell that vectors depend on each other; it says how many components there are.
    if (!(error instanceof SpecError) || error.code !== "pca/rank") throw error;
    const rank = Number(error.value);
    if (!(rank >= 1 && rank < most)) throw error;
    return resampledPca(rank).fitVectors(fitted, options);
  }
}
