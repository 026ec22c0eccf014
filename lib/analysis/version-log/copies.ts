import type { Points } from "../../core/numeric/points.js";

/** Rows without their repetitions, and the groups of equal rows. */
export interface DistinctRows {
  /** The first row of each weights, ascending. */
  readonly rows: Int32Array;
  /** Groups of two and more equal rows, ascending. */
  readonly copies: Int32Array[];
}

/** Finds rows with equal weights: the same checkpoint saved twice, or what a fork shares with its parent. */
export function distinctRows(points: Points): DistinctRows {
  const groups: number[][] = [];
  const byHash = new Map<number, number[][]>();
  for (let row = 0; row < points.rows; row++) {
    const hash = hashOf(points, row);
    const known = byHash.get(hash) ?? [];
    byHash.set(hash, known);
    const group = known.find(([first]) => isEqual(points, first, row));
    if (group) {
      group.push(row);
    } else {
      const found = [row];
      known.push(found);
      groups.push(found);
    }
  }
  return {
    rows: Int32Array.from(groups, ([first]) => first),
    copies: groups.filter((group) => group.length > 1).map((group) => Int32Array.from(group)),
  };
}

/** A sum whose order matters: equal rows have equal ones, others hardly ever. */
function hashOf({ data, cols }: Points, row: number): number {
  let hash = 0;
  for (let p = row * cols; p < (row + 1) * cols; p++) hash = hash * 0.9 + data[p];
  return hash;
}

function isEqual({ data, cols }: Points, a: number, b: number): boolean {
  for (let p = 0; p < cols; p++) if (data[a * cols + p] !== data[b * cols + p]) return false;
  return true;
}
