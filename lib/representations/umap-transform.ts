import { findABParams } from "umap-js/dist/umap.js";
import { type Neighbors, neighborsAmong } from "../compute/neighbors.js";
import { interruptible } from "../core/interrupt.js";
import { type Matrix, matrix, row } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";

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
  /** Rounds of optimisation; umap-learn takes 100 for up to 10,000 rows. */
  readonly epochs: number;
}

/** What the optimisation of all rows shares. */
interface Layout {
  readonly embedding: Matrix;
  /** Rows of the embedding to be pushed from, used in turn. */
  readonly negatives: Uint32Array;
  /** Low-dimensional membership is 1 / (1 + a d^2b). */
  readonly a: number;
  readonly b: number;
  readonly epochs: number;
}

const negativesHeld = 1 << 14;
/** Negative samples of each attraction, step size at first and longest step along an axis: those of umap-learn. */
const negativesOfEach = 5;
const firstStep = 0.25;
const longestMove = 4;

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
  const layout: Layout = { embedding, negatives, epochs, ...findABParams(1, minDist) };
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
  const weights = membershipWeights(distances.subarray(i * count, (i + 1) * count));
  const place = weightedMean(layout.embedding, near, weights);
  descend(place, near, weights, layout);
  out.set(place);
}

/**
 * Membership exp(-d / sigma) of the neighbours, nearest first, sigma such that those behind the first sum to log2 of their
 * number (umap-learn's smooth distances with a local connectivity of 0, which it uses for unseen rows).
 */
export function membershipWeights(distances: Float64Array): Float64Array {
  const count = distances.length;
  const target = Math.log2(count);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let sigma = 1;
  for (let step = 0; step < 64; step++) {
    let sum = 0;
    for (let j = 1; j < count; j++) sum += Math.exp(-distances[j] / sigma);
    if (Math.abs(sum - target) < 1e-5) break;
    if (sum > target) high = sigma;
    else low = sigma;
    sigma = high === Number.POSITIVE_INFINITY ? 2 * sigma : (low + high) / 2;
  }
  const mean = distances.reduce((total, d) => total + d, 0) / count;
  const scale = Math.max(sigma, 1e-3 * mean);
  return distances.map((d) => (d === 0 ? 1 : Math.exp(-d / scale)));
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
function descend(place: Float64Array, near: Int32Array, weights: Float64Array, layout: Layout): void {
  const { negatives, a, b, epochs } = layout;
  const due = new Float64Array(near.length);
  let drawn = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = firstStep * (1 - epoch / epochs);
    for (let j = 0; j < near.length; j++) {
      due[j] += weights[j];
      if (due[j] < 1) continue;
      due[j] -= 1;
      const squared = squaredTo(place, layout.embedding, near[j]);
      if (squared > 0) {
        const pull = (-2 * a * b * squared ** (b - 1)) / (1 + a * squared ** b);
        move(place, layout.embedding, near[j], pull, step);
      }
      for (let n = 0; n < negativesOfEach; n++) {
        const other = negatives[drawn++ % negativesHeld];
        const apart = squaredTo(place, layout.embedding, other);
        if (apart === 0) continue;
        move(place, layout.embedding, other, (2 * b) / ((0.001 + apart) * (1 + a * apart ** b)), step);
      }
    }
  }
}

function squaredTo(place: Float64Array, { data, cols }: Matrix, other: number): number {
  let sum = 0;
  for (let d = 0; d < cols; d++) sum += (place[d] - data[other * cols + d]) ** 2;
  return sum;
}

/** Moves the place along its difference to row `other`, by at most `longestMove` steps an axis. */
function move(
  place: Float64Array,
  { data, cols }: Matrix,
  other: number,
  strength: number,
  step: number,
): void {
  for (let d = 0; d < cols; d++) {
    const gradient = strength * (place[d] - data[other * cols + d]);
    place[d] += step * Math.min(longestMove, Math.max(-longestMove, gradient));
  }
}
