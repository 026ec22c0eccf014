import { SpecError } from "../errors.js";
import type { LongRunOptions } from "../progress.js";
import { Pacer } from "./pacer.js";
import { checkPoints, type Points, squaredDistance } from "./points.js";

/**
 * Silhouette coefficient of each point, -1..1 (Rousseeuw 1987), with Euclidean distances: (b - a) / max(a, b), with a its
 * mean distance to the others of its group and b that to the nearest other group; 0 where a point is alone in its group.
 * Takes O(n^2) distances.
 * @param groups of each point
 * @returns [points]
 * @throws SpecError "silhouette/groups" when there are not as many groups as points, or fewer than two different ones;
 *   DataError "points/not-finite"; InterruptedError
 */
export async function silhouettes(
  points: Points,
  groups: readonly string[],
  options: LongRunOptions = {},
): Promise<Float64Array> {
  const names = [...new Set(groups)];
  if (groups.length !== points.rows || names.length < 2) {
    const message = `silhouettes got ${points.rows} points and ${groups.length} labels of ${names.length} groups; give a label a point, of two groups at least`;
    throw new SpecError("silhouette/groups", message, { value: names.length });
  }
  checkPoints(points, "silhouettes");
  const place = new Map(names.map((name, i) => [name, i]));
  const group = Uint32Array.from(groups, (name) => place.get(name)!);
  const sizes = new Float64Array(names.length);
  for (const g of group) sizes[g]++;
  const pacer = new Pacer("silhouettes", points.rows, "points", options);
  const sums = new Float64Array(names.length);
  const found = new Float64Array(points.rows);
  for (let i = 0; i < points.rows; i++) {
    sums.fill(0);
    for (let j = 0; j < points.rows; j++) sums[group[j]] += Math.sqrt(squaredDistance(points, i, points, j));
    found[i] = coefficient(group[i], sums, sizes);
    await pacer.add(1);
  }
  return found;
}

/** Of one point, from its summed distances to each group. */
function coefficient(own: number, sums: Float64Array, sizes: Float64Array): number {
  if (sizes[own] === 1) return 0;
  const within = sums[own] / (sizes[own] - 1);
  let nearest = Number.POSITIVE_INFINITY;
  for (let g = 0; g < sums.length; g++) if (g !== own) nearest = Math.min(nearest, sums[g] / sizes[g]);
  const larger = Math.max(within, nearest);
  return larger > 0 ? (nearest - within) / larger : 0;
}
