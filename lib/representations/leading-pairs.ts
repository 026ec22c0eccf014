import type { OperatorOptions } from "../compute/symmetric-operator.js";
import { symmetricEigen } from "../core/numeric/eigen.js";
import type { Pacer } from "../core/numeric/pacer.js";
import type { RandomStream } from "../core/random.js";
import { leadingEigen } from "./subspace.js";

/** Size up to which all eigenpairs are computed. */
const denseSize = 400;

export const defaultTolerance = 1e-3;

export interface SolverOptions {
  /** Start vectors of the iterative solver; the result does not depend on it beyond the tolerance. */
  readonly rng: RandomStream;
  /** Most rounds of the iterative solver. Default 30. */
  readonly iterations?: number;
  /** Relative residual |G v - value v| / value at which the iterative solver stops. Default 1e-3. */
  readonly tolerance?: number;
}

/**
 * The `count` largest eigenvalues, descending, with their vectors as rows, of a positive semi-definite matrix: all pairs
 * are computed up to a size of 400, beyond that the leading ones by `leadingEigen`.
 * @param g row-major [size, size], symmetric
 * @param products how the iterative solver multiplies with the matrix
 */
export async function leadingPairs(
  g: Float64Array,
  size: number,
  count: number,
  { rng, iterations: rounds = 30, tolerance = defaultTolerance }: SolverOptions,
  pacer: Pacer,
  products: OperatorOptions = {},
): Promise<{ values: Float64Array; vectors: Float64Array }> {
  const { values, vectors } =
    size <= denseSize
      ? await symmetricEigen(g, size, pacer)
      : await leadingEigen(g, size, count, { rng, rounds, tolerance, pacer, ...products });
  return { values: values.subarray(0, count), vectors: vectors.subarray(0, count * size) };
}
