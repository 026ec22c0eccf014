import { DataError, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { type Matrix, matrix, row } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import { checkRows } from "./checks.js";
import type { FitOptions, FittedRepresentation, Representation, WeightRows } from "./types.js";

/** Weight vectors, which may differ in length: read as often as needed, and never all in memory. */
export interface WeightVectors {
  readonly count: number;
  /** Vectors from..to, in order; by default all. */
  read(from?: number, to?: number): AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

export interface FittedVectorRepresentation extends FittedRepresentation {
  /**
   * Represents vectors of any length: [vectors, dimensions].
   * @throws SpecError "representation/empty"; DataError "representation/nan"; InterruptedError
   */
  transformVectors(vectors: WeightVectors, options?: LongRunOptions): Promise<Matrix>;
}

/**
 * A representation that asks for nothing but a vector of weights, of any length: so it serves networks of several shapes
 * side by side, and rows of another layout than it was fitted on.
 */
export interface VectorRepresentation extends Representation {
  fit(train: WeightRows, options: FitOptions): Promise<FittedVectorRepresentation>;
  /** @throws SpecError "representation/empty"; DataError "representation/nan"; InterruptedError */
  fitVectors(train: WeightVectors, options: FitOptions): Promise<FittedVectorRepresentation>;
}

/** What a fit leaves: how vectors become rows. */
export type VectorTransform = Pick<FittedRepresentation, "dimensions"> & {
  transform(vectors: WeightVectors, options: LongRunOptions): Promise<Matrix>;
};

/** A representation from what it does with vectors; rows of a matrix are vectors. */
export function vectorRepresentation(
  name: string,
  learn: (train: WeightVectors, options: FitOptions) => Promise<VectorTransform>,
): VectorRepresentation {
  const fitVectors = async (train: WeightVectors, options: FitOptions) => {
    checkAny(train, name);
    const { dimensions, transform } = await learn(train, options);
    const transformVectors = async (vectors: WeightVectors, transformOptions: LongRunOptions = {}) => {
      checkAny(vectors, name);
      return transform(vectors, interruptible(transformOptions));
    };
    return {
      dimensions,
      transformVectors,
      transform: async (rows: WeightRows, transformOptions?: LongRunOptions) =>
        transformVectors(vectorsOf(rows, name), transformOptions),
    };
  };
  return {
    name,
    fitVectors,
    fit: async (train, options) => fitVectors(vectorsOf(train, name), options),
  };
}

/** A representation that learns nothing: `writer` makes what writes the numbers of one vector. */
export function fixedRepresentation(
  name: string,
  dimensions: number,
  writer: () => (vector: Float32Array, out: Float32Array, index: number) => void,
): VectorRepresentation {
  return vectorRepresentation(name, async () => ({
    dimensions,
    async transform(vectors, options) {
      const out = matrix(vectors.count, dimensions);
      const write = writer();
      const pacer = new Pacer(name, vectors.count, "vectors", options);
      let index = 0;
      for await (const vector of vectors.read()) {
        write(vector, row(out, index), index);
        index++;
        await pacer.add(1);
      }
      return out;
    },
  }));
}

/** @throws DataError "representation/nan" naming the vector and its first weight that is not finite */
export function checkVector(vector: Float32Array, index: number, where: string): void {
  for (let i = 0; i < vector.length; i++) {
    if (Number.isFinite(vector[i])) continue;
    const message = `${where}: weight ${i} of row ${index} is ${vector[i]}; leave out diverged models`;
    throw new DataError("representation/nan", message, { value: index });
  }
}

function vectorsOf(rows: WeightRows, where: string): WeightVectors {
  checkRows(rows, where);
  const { weights } = rows;
  return {
    count: weights.rows,
    *read(from = 0, to = weights.rows) {
      for (let i = from; i < to; i++) yield row(weights, i);
    },
  };
}

function checkAny(vectors: WeightVectors, where: string): void {
  if (vectors.count > 0) return;
  const message = `${where}: there are no vectors; give checkpoints of a zoo`;
  throw new SpecError("representation/empty", message, { value: 0 });
}

/** @throws SpecError "representation/dimensions" */
export function checkDimensions(dimensions: number, where: string): void {
  if (Number.isInteger(dimensions) && dimensions >= 1) return;
  const message = `${where}: ${dimensions} dimensions cannot be; give a positive whole number`;
  throw new SpecError("representation/dimensions", message, { value: dimensions });
}
