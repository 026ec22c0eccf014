import { squaredDistance } from "../../core/numeric/points.js";
import type { StopOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { VectorRepresentation, WeightVectors } from "../../representations/vectors.js";

/** How far models lie from copies of themselves, and from each other. */
export interface OwnDistances {
  /** Mean distance of each of the first models to its copies; there may be fewer than models; NaN without copies. */
  readonly own: Float64Array;
  /** [models][models]. */
  readonly between: readonly Float64Array[];
}

/** What happens to a model's weights. */
export const reorderings = ["permuted neurons", "transposed export", "trained from another seed"] as const;
export type Reordering = (typeof reorderings)[number];

/** One representation of models and of what became of them. */
export interface MeasuredInvariance {
  readonly name: string;
  readonly isDescriptor: boolean;
  readonly distances: Readonly<Record<Reordering, OwnDistances>>;
}

/**
 * Euclidean distances in a representation that is fitted on nothing.
 * @param copies of the first models
 */
export async function modelDistances(
  representation: VectorRepresentation,
  models: readonly Float32Array[],
  copies: readonly (readonly Float32Array[])[],
  { rng, signal }: StopOptions & { readonly rng: RandomStream },
): Promise<OwnDistances> {
  const fitted = await representation.fitVectors(listed(models), { rng, signal });
  const points = await fitted.transformVectors(listed(models), { signal });
  const between = models.map((_, i) =>
    Float64Array.from(models, (_, j) => Math.sqrt(squaredDistance(points, i, points, j))),
  );
  const flat = copies.flat();
  if (flat.length === 0) return { own: new Float64Array(0), between };
  const copied = await fitted.transformVectors(listed(flat), { signal });
  let next = 0;
  const own = copies.map((list, i) => {
    let sum = 0;
    for (let c = 0; c < list.length; c++) sum += Math.sqrt(squaredDistance(points, i, copied, next++));
    return sum / list.length;
  });
  return { own: Float64Array.from(own), between };
}

function listed(vectors: readonly Float32Array[]): WeightVectors {
  return { count: vectors.length, read: (from = 0, to = vectors.length) => vectors.slice(from, to) };
}
