import { SpecError } from "../errors.js";
import type { LongRunOptions } from "../progress.js";
import { Pacer } from "./pacer.js";
import { checkPoints, type Points, squaredDistance } from "./points.js";

/**
 * Mean silhouette coefficient, -1..1 (Rousseeuw 1987), with Euclidean distances: of each point (b - a) / max(a, b), with
 * a its mean distance to the others of its group and b that to the nearest other group; 0 where a point is alone. Takes
 * O(n^2) distances.
 * @param groups of each point
 * @throws SpecError "silhouette/groups" when there are not as many groups as points, or fewer than two different ones;
 *   DataError "points/not-finite"; InterruptedError
 */
export async function silhouette(
  points: Points,
  groups: readonly string[],
  options: LongRunOptions = {},
): Promise<number> {
  const names = [...new Set(groups)];
  if (groups.length !== points.rows || names.length < 2) {
    const message = `silhouette got ${points.rows} points and ${groups.length} labels of ${names.length} groups; give a label a point, of two groups at least`;
    throw new SpecError("silhouette/groups", message, { value: names.length });
  }
  checkPoints(points, "silhouette");
  const place = new Map(names.map((name, i) => [name, i]));
  const group = Uint32Array.from(groups, (name) => place.get(name)!);
  const sizes = new Float64Array(names.length);
  for (const g of group) sizes[g]++;
  const pacer = new Pacer("silhouette", points.rows, "points", options);
  const sums = new Float64Array(names.length);
  let total = 0;
  for (let i = 0; i < points.rows; i++) {
    sums.fill(0);
    for (let j = 0; j < points.rows; j++) sums[group[j]] += Math.sqrt(squaredDistance(points, i, points, j));
    total += coefficient(group[i], sums, sizes);
    await pacer.add(1);
  }
  return total / points.rows;
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
