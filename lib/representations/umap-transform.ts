import { findABParams } from "umap-js/dist/umap.js";
import { type Neighbors, neighborsAmong } from "../compute/neighbors.js";
import { interruptible } from "../core/interrupt.js";
import { type Matrix, matrix, row } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { unseenMemberships } from "./umap-graph.js";
import { attract, type MembershipCurve, negativesOfEach, type Places, repel } from "./umap-layout.js";

/** Points with their UMAP embedding, row by row. */
export interface EmbeddedPoints {
  readonly points: Points;
  readonly embedding: Matrix;
}

export interface UmapTransformOptions extends LongRunOptions {
  /** Negative samples. */
  readonly rng: RandomStream;
  /** As in the fit. */
  readonly neighbors: number;
  readonly minDist: number;
  /** Rounds of optimisation; umap-learn takes 100 for up to 10,000 rows, 30 beyond. */
  readonly epochs: number;
}

/** What the optimisation of all rows shares. */
interface Layout {
  readonly embedding: Matrix;
  /** Rows of the embedding to be pushed from, used in turn. */
  readonly negatives: Uint32Array;
  readonly curve: MembershipCurve;
  readonly epochs: number;
}

const negativesHeld = 1 << 14;
/** Step size at first: a quarter of the fit's, as in umap-learn. */
const firstStep = 0.25;

/**
 * Places unseen rows in a UMAP embedding that stays as it is (umap-learn's transform): exact neighbours among the
 * embedded points, membership weights by smooth distances, the weighted mean of the neighbours' places to start from,
 * then stochastic descent with negative samples. Weights are taken for the probabilities they are instead of being
 * divided by the largest of the batch, and all rows use one list of negative samples: so a row's place depends on that
 * row alone.
 * @returns [rows, components]
 * @throws DataError on NaN; SpecError when the columns differ; InterruptedError
 */
export async function umapTransform(
  { points, embedding }: EmbeddedPoints,
  rows: Points,
  options: UmapTransformOptions,
): Promise<Matrix> {
  const { rng, neighbors, minDist, epochs } = options;
  const { signal, onProgress } = interruptible(options);
  const found = await neighborsAmong(points, rows, neighbors, { signal, onProgress });
  const negatives = new Uint32Array(negativesHeld).map(() => rng.integer(points.rows));
  const layout: Layout = { embedding, negatives, epochs, curve: findABParams(1, minDist) };
  const pacer = new Pacer("UMAP of unseen rows", rows.rows, "rows", { signal, onProgress });
  const out = matrix(rows.rows, embedding.cols);
  for (let i = 0; i < rows.rows; i++) {
    placeRow(found, i, layout, row(out, i));
    await pacer.add(1);
  }
  return out;
}

/** Finds the place of row i. */
function placeRow(
  { count, indices, distances }: Neighbors,
  i: number,
  layout: Layout,
  out: Float32Array,
): void {
  const near = indices.subarray(i * count, (i + 1) * count);
  const weights = unseenMemberships(distances.subarray(i * count, (i + 1) * count));
  const place = weightedMean(layout.embedding, near, weights);
  descend({ data: place, cols: place.length }, near, weights, layout);
  out.set(place);
}

function weightedMean(embedding: Matrix, near: Int32Array, weights: Float64Array): Float64Array {
  const { cols, data } = embedding;
  const place = new Float64Array(cols);
  let total = 0;
  near.forEach((neighbor, j) => {
    total += weights[j];
    for (let d = 0; d < cols; d++) place[d] += weights[j] * data[neighbor * cols + d];
  });
  for (let d = 0; d < cols; d++) place[d] /= total;
  return place;
}

/** Moves the place, epoch by epoch: neighbour j pulls it in the share weights[j] of the epochs. */
function descend(place: Places, near: Int32Array, weights: Float64Array, layout: Layout): void {
  const { negatives, embedding, curve, epochs } = layout;
  const due = new Float64Array(near.length);
  let drawn = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = firstStep * (1 - epoch / epochs);
    for (let j = 0; j < near.length; j++) {
      due[j] += weights[j];
      if (due[j] < 1) continue;
      due[j] -= 1;
      attract(place, 0, embedding, near[j], curve, step);
      for (let n = 0; n < negativesOfEach; n++) {
        repel(place, 0, embedding, negatives[drawn++ % negativesHeld], curve, step);
      }
    }
  }
}
