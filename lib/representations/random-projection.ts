import { RightOperand } from "../compute/gemm.js";
import { checkOptions } from "../core/errors.js";
import { type Matrix, matrix } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { readResampled } from "./resampled-rows.js";
import {
  checkDimensions,
  type VectorRepresentation,
  vectorRepresentation,
  type WeightVectors,
} from "./vectors.js";

export interface RandomProjectionOptions {
  /** Places that the weights are taken at before they are projected. Default 65,536, as published. */
  readonly length?: number;
}

/** Columns of the projection that are drawn and multiplied with at once: 2 MiB for 1024 dimensions. */
const columnsAtOnce = 512;
/** Vectors that are held at once: 256 MiB of 65,536 places. */
const vectorsAtOnce = 1024;

/**
 * The weights at 65,536 evenly spaced places, z = P theta with a matrix P [dimensions, 65,536] of normal deviates (mean
 * 0, standard deviation 1: "random projection" of Eilertsen et al. 2024, section 3). P is drawn from the fit's stream, a
 * block of columns at a time, each from a stream of its own, and drawn again for every thousand vectors: it is never held
 * whole. Products in float32 are summed over the blocks in float64, in their order.
 * @throws SpecError "options/unknown", "representation/dimensions"; in transforming DataError "representation/nan"
 */
export function randomProjection(
  dimensions: number,
  options: RandomProjectionOptions = {},
): VectorRepresentation {
  checkOptions(options, ["length"], "randomProjection");
  const { length = 65_536 } = options;
  const name = `random projection ${dimensions}`;
  checkDimensions(dimensions, name);
  checkDimensions(length, `${name}, length`);
  return vectorRepresentation(name, async (_, { rng }) => {
    const stream = rng.split("projection");
    return {
      dimensions,
      transform: (vectors, run) => project(vectors, { name, length, dimensions, stream }, run),
    };
  });
}

interface Projection {
  readonly name: string;
  readonly length: number;
  readonly dimensions: number;
  readonly stream: RandomStream;
}

async function project(vectors: WeightVectors, projection: Projection, run: LongRunOptions): Promise<Matrix> {
  const { name, length, dimensions, stream } = projection;
  const blocks = Math.ceil(length / columnsAtOnce);
  const out = matrix(vectors.count, dimensions);
  const pacer = new Pacer(name, blocks * Math.ceil(vectors.count / vectorsAtOnce), "blocks", run);
  for (let from = 0; from < vectors.count; from += vectorsAtOnce) {
    const to = Math.min(vectors.count, from + vectorsAtOnce);
    const held = matrix(to - from, length);
    await readResampled(vectors, from, to, held, name, pacer);
    const sums = new Float64Array((to - from) * dimensions);
    const products = new Float32Array(sums.length);
    for (let block = 0; block < blocks; block++) {
      const first = block * columnsAtOnce;
      const width = Math.min(columnsAtOnce, length - first);
      const right = new RightOperand(normals(stream.split(block), width * dimensions), width, dimensions);
      right.multiply(columns(held, first, width), to - from, products);
      for (let p = 0; p < sums.length; p++) sums[p] += products[p];
      await pacer.add(1);
    }
    out.data.set(sums, from * dimensions);
  }
  return out;
}

function normals(rng: RandomStream, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = rng.normal();
  return out;
}

/** Columns first..first + width as rows of their own. */
function columns({ data, rows, cols }: Matrix, first: number, width: number): Float32Array {
  const out = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++)
    out.set(data.subarray(i * cols + first, i * cols + first + width), i * width);
  return out;
}
