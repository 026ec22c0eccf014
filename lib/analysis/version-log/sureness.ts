import type { Points } from "../../core/numeric/points.js";
import type { Likeness } from "./likeness.js";
import type { DistanceTable, LoggedFork } from "./types.js";

/**
 * Cosine of two steps in a row from which the checkpoint between them lies clearly between its neighbours. Where
 * checkpoints scatter about one place without going on, it is -0.5.
 */
const clearCosine = -0.35;

/** Share of inner checkpoints that lie clearly between their neighbours; see LoggedRun. */
export function clearnessOf({ size, data }: DistanceTable, points: readonly number[]): number {
  if (points.length < 3) return Number.NaN;
  let clear = 0;
  for (let i = 1; i + 1 < points.length; i++) {
    const [before, here, next] = [points[i - 1], points[i], points[i + 1]];
    const [first, second] = [data[before * size + here], data[here * size + next]];
    const across = data[before * size + next];
    if (across ** 2 - first ** 2 - second ** 2 >= clearCosine * 2 * first * second) clear++;
  }
  return clear / (points.length - 2);
}

/** How sure it is that a run left its parent where it seems to have. */
export function forkOf(
  { size, data }: DistanceTable,
  start: number,
  before: number,
  parent: readonly number[],
  members: readonly number[],
  likeness: Likeness,
): Pick<LoggedFork, "distance" | "nearness" | "margin"> {
  const distance = data[start * size + before];
  const others = parent.filter((point) => point !== before).map((point) => data[start * size + point]);
  return {
    distance,
    nearness: likeness.unrelated(members[start], members[before]) / distance,
    margin: Math.min(...others) / distance,
  };
}

/** For each family the smallest distance from one of its points to one of another; Infinity where it is alone. */
export function gapsBetween(
  { size, data }: DistanceTable,
  families: readonly (readonly number[])[],
): number[] {
  const familyOf = new Int32Array(size);
  families.forEach((members, number) => {
    for (const member of members) familyOf[member] = number;
  });
  return families.map((members, number) => {
    let gap = Number.POSITIVE_INFINITY;
    for (const i of members) {
      for (let j = 0; j < size; j++) {
        if (familyOf[j] !== number) gap = Math.min(gap, data[i * size + j]);
      }
    }
    return gap;
  });
}

/** Fourth moment of each row over its squared second moment, about zero: 3 for normal weights. */
export function tailWeights({ data, cols }: Points, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    let second = 0;
    let fourth = 0;
    for (let p = row * cols; p < (row + 1) * cols; p++) {
      const square = data[p] * data[p];
      second += square;
      fourth += square * square;
    }
    return second > 0 ? (fourth * cols) / second ** 2 : 0;
  });
}
