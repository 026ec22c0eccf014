import type { Neighbors } from "../compute/neighbors.js";

/** Edges of a weighted graph: edge e leads from heads[e] to tails[e]. */
export interface WeightedEdges {
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  /** Probability that the edge exists, 0..1. */
  readonly weights: Float64Array;
}

/** Steps of the bisection, and how near to the target is near enough: umap-learn's. */
const mostSteps = 64;
const enough = 1e-5;
/** Least sigma as a share of the mean distance. */
const leastSigma = 1e-3;

/**
 * Membership exp(-(d - rho) / sigma) of a point's neighbours, at most 1, with sigma such that the memberships of
 * distances[from...] sum to log2(size) (McInnes, Healy and Melville 2018, section 3.1).
 * @param distances ascending
 * @param size of the neighbourhood, the point itself included where it has one
 */
function memberships(distances: Float64Array, rho: number, from: number, size: number): Float64Array {
  const target = Math.log2(size);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let sigma = 1;
  for (let step = 0; step < mostSteps; step++) {
    let sum = 0;
    for (let j = from; j < distances.length; j++) {
      sum += Math.exp(-Math.max(0, distances[j] - rho) / sigma);
    }
    if (Math.abs(sum - target) < enough) break;
    if (sum > target) high = sigma;
    else low = sigma;
    sigma = high === Number.POSITIVE_INFINITY ? 2 * sigma : (low + high) / 2;
  }
  const mean = distances.reduce((total, d) => total + d, 0) / size;
  const scale = Math.max(sigma, leastSigma * mean);
  return distances.map((d) => (d <= rho ? 1 : Math.exp(-(d - rho) / scale)));
}

/**
 * Memberships of an unseen row's neighbours, nearest first: rho is 0, and those behind the first sum to log2 of their
 * number, as umap-learn has it for unseen rows.
 */
export function unseenMemberships(distances: Float64Array): Float64Array {
  return memberships(distances, 0, 1, distances.length);
}

/**
 * The fuzzy graph of points with their neighbours: memberships with rho the distance of the nearest other point, joined
 * by w + v - w v over both directions. Both directions of an edge are given.
 */
export function fuzzyGraph({ count, indices, distances }: Neighbors): WeightedEdges {
  const rows = indices.length / count;
  const given = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const own = distances.subarray(i * count, (i + 1) * count);
    const rho = own.find((d) => d > 0) ?? 0;
    // Neighbourhoods count the point itself.
    memberships(own, rho, 0, count + 1).forEach((weight, c) => {
      given.set(i * rows + indices[i * count + c], weight);
    });
  }
  const [heads, tails, weights]: [number[], number[], number[]] = [[], [], []];
  for (const [edge, weight] of given) {
    const [i, j] = [Math.floor(edge / rows), edge % rows];
    const back = given.get(j * rows + i);
    const joint = back === undefined ? weight : weight + back - weight * back;
    heads.push(i);
    tails.push(j);
    weights.push(joint);
    if (back !== undefined) continue;
    heads.push(j);
    tails.push(i);
    weights.push(joint);
  }
  return {
    heads: Int32Array.from(heads),
    tails: Int32Array.from(tails),
    weights: Float64Array.from(weights),
  };
}
