import { connected, spanningTree } from "./distance-table.js";
import type { Likeness } from "./likeness.js";
import type { DistanceTable, Link } from "./types.js";

/**
 * Below this cosine two checkpoints share nothing. Measured on zoos of 100 to 4814 weights: checkpoints next to each
 * other in a run have 0.91 and more, of different runs at most 0.26 (with 1376 weights and more).
 */
const unrelatedCosine = 0.35;

/** From this cosine on checkpoints are related, whatever gap lies between. */
const relatedCosine = 0.8;

/**
 * Between the two, a gap so many times as long as every step beside it parts two runs. Few checkpoints of a long run,
 * such as the first and some late ones, seldom have longer gaps.
 */
const partingGap = 10;

/** A gap that goes on in the direction of the steps before and after it is a pause in saving, and parts nothing. */
const onwardCosine = 0.25;

/**
 * Groups of points that descend from one another. Steps within a run are short and turn the weights little; unrelated
 * runs are orthogonal in high dimension, whatever their number, so one run alone is not cut at its long first steps.
 * The longest edges of the minimum spanning tree (the last merges of single linkage) are judged.
 * @param runs cuts at the longest edges into so many groups instead
 */
export function familiesOf(table: DistanceTable, likeness: Likeness, runs?: number): number[][] {
  const tree = spanningTree(table).sort((x, y) => x.length - y.length || x.a - y.a || x.b - y.b);
  if (runs !== undefined) return connected(table.size, tree.slice(0, Math.max(0, table.size - runs)));
  const kept = tree.filter(({ a, b, length }) => likeness.cosine(a, b, length) >= unrelatedCosine);
  // From the longest on: what is left below an edge are the steps that it is held against.
  for (let last = kept.length - 1; last >= 0; last--) {
    if (isParting(table, likeness, kept, last)) kept.splice(last, 1);
  }
  return connected(table.size, kept);
}

function isParting(table: DistanceTable, likeness: Likeness, kept: readonly Link[], index: number): boolean {
  const { a, b, length } = kept[index];
  if (likeness.cosine(a, b, length) >= relatedCosine) return false;
  const groups = connected(
    table.size,
    kept.filter((_, i) => i !== index),
  );
  const sides = [a, b].map((end) => groups.find((group) => group.includes(end)) ?? [end]);
  const steps = kept.filter((link, i) => i !== index && sides.some((side) => side.includes(link.a)));
  const longest = steps.reduce((most, step) => Math.max(most, step.length), 0);
  if (steps.length === 0 || length < partingGap * longest) return false;
  return !isOnward(table, sides[0], a, b) || !isOnward(table, sides[1], b, a);
}

/** Whether the way from the far end of a group to `from` and on to `to` keeps its direction; true for a single point. */
function isOnward(
  { size, data }: DistanceTable,
  group: readonly number[],
  from: number,
  to: number,
): boolean {
  if (group.length === 1) return true;
  const d = (i: number, j: number) => data[i * size + j];
  const far = group.reduce((best, point) => (d(point, from) > d(best, from) ? point : best), group[0]);
  const [walked, gap] = [d(far, from), d(from, to)];
  return (d(far, to) ** 2 - walked ** 2 - gap ** 2) / (2 * walked * gap) > onwardCosine;
}
