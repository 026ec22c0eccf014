import { cuesOf, type Walk } from "./direction.js";
import { neighbourLists } from "./distance-table.js";
import type { DistanceTable, Link } from "./types.js";

/** A family with a root: for each point the one it came from, and runs in the order in which they leave each other. */
export interface RootedTree {
  readonly root: number;
  /** -1 at the root. */
  readonly before: Int32Array;
  readonly runs: readonly RootedRun[];
}

export interface RootedRun {
  readonly points: readonly number[];
  /** Place in `runs` of the run that it left, -1 for the first. */
  readonly parent: number;
}

/** Norm and tail weight of each point. */
export interface PointFacts {
  readonly norms: ArrayLike<number>;
  readonly tails: ArrayLike<number>;
}

/**
 * Log odds of a root where so many ways meet against one at an end. Three ways are rather a run that another left; the
 * more there are, the rather they are runs that all began with this checkpoint.
 */
function junctionPrior(ways: number): number {
  return 3 * ways - 11;
}

/** Points from which a family may have grown: ends, and points where three and more ways meet. */
export function possibleRoots(size: number, links: readonly Link[]): number[] {
  const neighbours = neighbourLists(size, links);
  return neighbours.flatMap((own, point) => (own.length === 2 ? [] : [point]));
}

/** The tree walked from a root; at a fork the smoothest way goes on as the same run. */
export function rootedTree(table: DistanceTable, links: readonly Link[], root: number): RootedTree {
  const neighbours = neighbourLists(table.size, links);
  const before = new Int32Array(table.size).fill(-1);
  const runs: { points: number[]; parent: number }[] = [{ points: [root], parent: -1 }];
  for (let index = 0; index < runs.length; index++) {
    const { points } = runs[index];
    for (;;) {
      const here = points[points.length - 1];
      const next = neighbours[here].filter((point) => point !== before[here]);
      for (const point of next) before[point] = here;
      if (next.length === 0) break;
      next.sort((a, b) => roughness(table, before, here, a) - roughness(table, before, here, b) || a - b);
      for (const point of next.slice(1)) runs.push({ points: [point], parent: index });
      points.push(next[0]);
    }
  }
  return { root, before, runs };
}

/** How much a step changes direction and length against the one before. At a root the longer step is the rougher. */
function roughness({ size, data }: DistanceTable, before: Int32Array, here: number, next: number): number {
  const step = data[here * size + next];
  const from = before[here];
  if (from < 0) return step;
  const last = data[from * size + here];
  const cosine = (data[from * size + next] ** 2 - last ** 2 - step ** 2) / (2 * last * step);
  return Math.abs(Math.log(step / last)) - cosine;
}

/** What speaks for a root: the cues of all arms (pieces between forks and ends), walked outwards. */
export function walkOf(
  table: DistanceTable,
  links: readonly Link[],
  tree: RootedTree,
  { norms, tails }: PointFacts,
): Walk {
  const degrees = neighbourLists(table.size, links).map((own) => own.length);
  const arms = tree.runs.flatMap(({ points, parent }) => {
    const whole = parent < 0 ? points : [tree.before[points[0]], ...points];
    return piecesBetween(whole, (point) => degrees[point] > 2);
  });
  return {
    prior: degrees[tree.root] > 2 ? junctionPrior(degrees[tree.root]) : 0,
    arms: arms.map((arm) =>
      cuesOf(
        arm.slice(1).map((point, i) => table.data[arm[i] * table.size + point]),
        arm.map((point) => norms[point]),
        arm.map((point) => tails[point]),
      ),
    ),
  };
}

/** Cuts a sequence at the points for which `isCut` holds; these end one piece and begin the next. */
function piecesBetween(points: readonly number[], isCut: (point: number) => boolean): number[][] {
  const pieces: number[][] = [[points[0]]];
  points.slice(1).forEach((point, i) => {
    pieces[pieces.length - 1].push(point);
    if (isCut(point) && i < points.length - 2) pieces.push([point]);
  });
  return pieces;
}
