import { RightOperand } from "../compute/gemm.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { type Matrix, matrix } from "../core/matrix.js";
import { largestIsNegative } from "../core/numeric/dense-svd.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import { leadingPairs } from "./leading-pairs.js";
import { rankOf } from "./pca.js";
import { readResampled } from "./resampled-rows.js";
import { heldRows, type ReadRows, streamedGram } from "./streamed-gram.js";
import {
  checkDimensions,
  type VectorRepresentation,
  type VectorTransform,
  vectorRepresentation,
  type WeightVectors,
} from "./vectors.js";

export interface ResampledPcaOptions {
  /** Places that the weights are taken at. Default 65,536, as published. */
  readonly length?: number;
}

/** Relative residual of eigenvectors: fine enough for coordinates in float32. */
const tolerance = 1e-6;
const rounds = 60;
/** Components computed, and vectors projected, at once. */
const componentsAtOnce = 64;
const vectorsAtOnce = 64;

/**
 * The weights at 65,536 evenly spaced places, along the first principal components of the training vectors ("PCA" of
 * Eilertsen et al. 2024, section 3; they fit on other models than they evaluate). Through the smaller Gram matrix, from
 * vectors that are read again rather than held: memory is 8 rows^2 bytes, 512 vectors twice over in float64, and the
 * components in float32. The first 64 columns of 1024 dimensions are what 64 dimensions give, to rounding.
 * @throws SpecError "options/unknown", "representation/dimensions"; in fitting "pca/rank" where the centred training
 *   vectors have a smaller rank; DataError "representation/nan"
 */
export function resampledPca(dimensions: number, options: ResampledPcaOptions = {}): VectorRepresentation {
  checkOptions(options, ["length"], "resampledPca");
  const { length = 65_536 } = options;
  const name = `PCA ${dimensions}`;
  checkDimensions(dimensions, name);
  checkDimensions(length, `${name}, length`);
  return vectorRepresentation(name, async (train, { rng, ...options }) => {
    const most = Math.min(train.count - 1, length);
    if (dimensions > most) throw rankError(name, train.count, most);
    const run = interruptible(options);
    const pacer = new Pacer(name, train.count, "vectors", run);
    const read: ReadRows = (from, to, into) => readResampled(train, from, to, into, name, pacer);
    const { gram, mean } = await streamedGram(train.count, length, read, pacer);
    const solver = { rng: rng.split("solver"), tolerance, iterations: rounds };
    const { values, vectors } = await leadingPairs(gram, train.count, dimensions, solver, pacer);
    const rank = rankOf(values);
    if (rank < dimensions) throw rankError(name, train.count, rank);
    const components = await axes({ read, rows: train.count, mean, values, vectors }, pacer);
    return projection({ name, mean, components, dimensions });
  });
}

function rankError(name: string, count: number, rank: number): SpecError {
  const message = `${name}: ${count} training vectors have ${rank} principal components at most; ask for no more, or give more vectors`;
  return new SpecError("pca/rank", message, { value: rank });
}

interface Decomposition {
  readonly read: ReadRows;
  readonly rows: number;
  readonly mean: Float64Array;
  readonly values: Float64Array;
  /** [components, rows]. */
  readonly vectors: Float64Array;
}

/** V^T = S^-1 U^T A, from blocks of the centred rows of A: [components, columns]. */
async function axes(
  { read, rows, mean, values, vectors }: Decomposition,
  pacer: Pacer,
): Promise<Float32Array> {
  const cols = mean.length;
  const k = values.length;
  const out = new Float32Array(k * cols);
  for (let from = 0; from < rows; from += heldRows) {
    const to = Math.min(rows, from + heldRows);
    const data = new Float64Array((to - from) * cols);
    await read(from, to, { data, rows: to - from, cols });
    for (let p = 0; p < data.length; p++) data[p] -= mean[p % cols];
    const right = new RightOperand(data, to - from, cols);
    for (let first = 0; first < k; first += componentsAtOnce) {
      const last = Math.min(k, first + componentsAtOnce);
      const left = new Float64Array((last - first) * (to - from));
      for (let c = first; c < last; c++) {
        const scale = 1 / Math.sqrt(values[c]);
        for (let i = from; i < to; i++)
          left[(c - first) * (to - from) + i - from] = scale * vectors[c * rows + i];
      }
      const part = right.multiply(left, last - first, new Float64Array((last - first) * cols));
      for (let p = 0; p < part.length; p++) out[first * cols + p] += part[p];
      if (pacer.due()) await pacer.pause();
    }
  }
  for (let c = 0; c < k; c++) {
    const axis = out.subarray(c * cols, (c + 1) * cols);
    if (largestIsNegative(axis)) for (let j = 0; j < cols; j++) axis[j] = -axis[j];
  }
  return out;
}

interface Axes {
  readonly name: string;
  readonly mean: Float64Array;
  readonly components: Float32Array;
  readonly dimensions: number;
}

function projection({ name, mean, components, dimensions }: Axes): VectorTransform {
  const length = mean.length;
  const right = new RightOperand(components, length, dimensions, true);
  return {
    dimensions,
    async transform(vectors: WeightVectors, run: LongRunOptions): Promise<Matrix> {
      const out = matrix(vectors.count, dimensions);
      const pacer = new Pacer(name, vectors.count, "vectors", run);
      const held = matrix(Math.min(vectorsAtOnce, vectors.count), length);
      for (let from = 0; from < vectors.count; from += vectorsAtOnce) {
        const to = Math.min(vectors.count, from + vectorsAtOnce);
        await readResampled(vectors, from, to, held, name, pacer);
        const rows = held.data.subarray(0, (to - from) * length);
        for (let p = 0; p < rows.length; p++) rows[p] -= mean[p % length];
        right.multiply(rows, to - from, out.data.subarray(from * dimensions, to * dimensions));
        await pacer.add(to - from);
      }
      return out;
    },
  };
}
