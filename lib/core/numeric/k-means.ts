import { SpecError } from "../errors.js";
import type { RandomStream } from "../random.js";
import { checkPoints, type Points, squaredDistance } from "./points.js";

export interface KMeans {
  /** Cluster of each point, 0..clusters - 1, none empty. */
  readonly labels: Int32Array;
  /** Sum of squared distances to the own centre. */
  readonly inertia: number;
}

const rounds = 100;

/**
 * k-means by Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii 2007): the best of several.
 * @throws SpecError "k-means/clusters" for fewer than one cluster or more than there are different points; DataError
 *   "points/not-finite"
 */
export function kMeans(points: Points, clusters: number, rng: RandomStream, starts = 10): KMeans {
  checkPoints(points, "kMeans");
  const { rows, cols, data } = points;
  const different = new Set(
    Array.from({ length: rows }, (_, i) => data.slice(i * cols, (i + 1) * cols).join()),
  ).size;
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > different) {
    const message = `kMeans: ${clusters} clusters of ${different} different points cannot be; give a whole number from 1 to ${different}`;
    throw new SpecError("k-means/clusters", message, { value: clusters });
  }
  let best: KMeans | undefined;
  for (let start = 0; start < starts; start++) {
    const found = lloyd(points, startingCentres(points, clusters, rng.split("start", start)));
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best!;
}

/** Centres among the points, each drawn in proportion to the squared distance to those before. */
function startingCentres(points: Points, clusters: number, rng: RandomStream): Points {
  const { rows, cols, data } = points;
  const out = new Float64Array(clusters * cols);
  const centres = { data: out, rows: clusters, cols };
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = rng.integer(rows);
  for (let c = 0; c < clusters; c++) {
    out.set(data.subarray(chosen * cols, (chosen + 1) * cols), c * cols);
    for (let i = 0; i < rows; i++) nearest[i] = Math.min(nearest[i], squaredDistance(points, i, centres, c));
    chosen = drawn(nearest, rng);
  }
  return centres;
}

function drawn(weights: Float64Array, rng: RandomStream): number {
  let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

function lloyd(points: Points, start: Points): KMeans {
  const { rows, cols, data } = points;
  const centres = { ...start, data: start.data.slice() };
  const labels = new Int32Array(rows).fill(-1);
  let inertia = 0;
  for (let round = 0; round < rounds; round++) {
    let moved = 0;
    inertia = 0;
    const sizes = new Float64Array(centres.rows);
    const far = { distance: -1, point: 0 };
    for (let i = 0; i < rows; i++) {
      let label = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let c = 0; c < centres.rows; c++) {
        const distance = squaredDistance(points, i, centres, c);
        if (distance < least) [label, least] = [c, distance];
      }
      if (labels[i] !== label) moved++;
      labels[i] = label;
      sizes[label]++;
      inertia += least;
      if (least > far.distance) Object.assign(far, { distance: least, point: i });
    }
    const empty = sizes.indexOf(0);
    // A cluster that lost its points begins anew at the point that is worst off.
    if (empty >= 0) {
      centres.data.set(data.subarray(far.point * cols, (far.point + 1) * cols), empty * cols);
      continue;
    }
    if (moved === 0) break;
    centres.data.fill(0);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++)
        centres.data[labels[i] * cols + j] += data[i * cols + j] / sizes[labels[i]];
  }
  return { labels, inertia };
}
