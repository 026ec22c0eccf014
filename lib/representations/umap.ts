import { UMAP } from "umap-js";
import { exactNeighbors, type Neighbors } from "../compute/neighbors.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import type { Matrix } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";

export interface UmapOptions extends LongRunOptions {
  /** Initial positions and negative samples. */
  readonly rng: RandomStream;
  /** Size of a point's neighbourhood, the point itself included, as in umap-learn. Default 3. */
  readonly neighbors?: number;
  /** Least distance of points in the embedding. Default .3. */
  readonly minDist?: number;
  /** Dimensions of the embedding. Default 2. */
  readonly components?: number;
  /** Rounds of optimisation. Default 500 up to 10,000 points, 200 beyond, as in umap-learn. */
  readonly epochs?: number;
}

/**
 * UMAP (McInnes, Healy and Melville 2018) by umap-js on exact Euclidean neighbours. The embedding starts from random
 * positions (umap-js has no spectral start), so the places of far-apart groups mean nothing; neighbourhoods do.
 * @returns [rows, components]
 * @throws SpecError on unknown options or a neighbourhood that does not fit; DataError on NaN; InterruptedError
 */
export async function umap(points: Points, options: UmapOptions): Promise<Matrix> {
  checkOptions(
    options,
    ["rng", "neighbors", "minDist", "components", "epochs", "signal", "onProgress"],
    "umap",
  );
  const { neighbors = 3, minDist = 0.3, components = 2, signal, onProgress } = interruptible(options);
  const { rows } = points;
  checkNeighborhood(neighbors, rows);
  const found = await exactNeighbors(points, neighbors - 1, { signal, onProgress });
  const engine = new UMAP({
    nNeighbors: neighbors,
    minDist,
    nComponents: components,
    nEpochs: options.epochs ?? (rows <= 10_000 ? 500 : 200),
    random: () => options.rng.uniform(),
  });
  engine.setPrecomputedKNN(...withSelf(found, rows));
  // With neighbours given, umap-js asks the points for nothing but their number.
  const epochs = engine.initializeFit(Array.from({ length: rows }, () => []));
  const pacer = new Pacer("UMAP", epochs, "epochs", { signal, onProgress });
  for (let epoch = 0; epoch < epochs; epoch++) {
    engine.step();
    await pacer.add(1);
  }
  return { data: Float32Array.from(engine.getEmbedding().flat()), rows, cols: components };
}

/** @throws SpecError "umap/neighbors" unless a neighbourhood, the point itself included, fits the number of points */
export function checkNeighborhood(neighbors: number, rows: number): void {
  if (!Number.isInteger(neighbors) || neighbors < 2 || neighbors >= rows) {
    throw new SpecError(
      "umap/neighbors",
      `UMAP of ${rows} points cannot use neighbourhoods of ${neighbors}; take 2 to ${rows - 1}`,
      { value: neighbors },
    );
  }
}

/** Neighbour lists as umap-js takes them: the point itself first, at distance 0. */
function withSelf(found: Neighbors, rows: number): [number[][], number[][]] {
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let i = 0; i < rows; i++) {
    const [from, to] = [i * found.count, (i + 1) * found.count];
    indices.push([i, ...found.indices.subarray(from, to)]);
    distances.push([0, ...found.distances.subarray(from, to)]);
  }
  return [indices, distances];
}
