import type { DistanceTable, Link } from "./types.js";

/**
 * A way jumps where it is longer than the way to the nearest point already passed, or still to come, by this share of a
 * step there: it has reached the end of a branch and starts on the next. No window of a whole run was cut at it in zoos
 * of 1376 weights and more; a single checkpoint beside the way has 0.41 when steps are equal.
 */
const jumpShare = 0.3;

/**
 * The tree of a family: its short path is cut where it jumps, and each piece is joined by one of its ends to the nearest
 * point of another. A path without jumps is the tree itself.
 * @param path all points of the table
 */
export function familyTree(table: DistanceTable, path: readonly number[]): Link[] {
  const pieces = cutAtJumps(table, path);
  const links = pieces.flatMap((piece) => piece.slice(1).map((b, i) => linkOf(table, piece[i], b)));
  // Prim's algorithm over the pieces: for each that is left, its shortest link to those that are joined.
  let left = pieces.slice(1).map((piece) => ({ piece, link: shortestJoint(table, piece, pieces[0]) }));
  while (left.length > 0) {
    const next = left.reduce((best, one) => (one.link.length < best.link.length ? one : best));
    links.push(next.link);
    left = left
      .filter((one) => one !== next)
      .map(({ piece, link }) => {
        const other = shortestJoint(table, piece, next.piece);
        return { piece, link: other.length < link.length ? other : link };
      });
  }
  return links;
}

function cutAtJumps(table: DistanceTable, path: readonly number[]): number[][] {
  const pieces: number[][] = [[path[0]]];
  for (let i = 1; i < path.length; i++) {
    const isJump = isShortcut(table, path, i, i - 1, -1) || isShortcut(table, path, i - 1, i, 1);
    if (isJump) pieces.push([]);
    pieces[pieces.length - 1].push(path[i]);
  }
  return pieces;
}

/**
 * Whether the point at place `from` is nearer to another place than to its neighbour `to`, on that neighbour's side of
 * the path (towards -1 or 1), by a share of the longest step beside either.
 */
function isShortcut(
  { size, data }: DistanceTable,
  path: readonly number[],
  from: number,
  to: number,
  side: -1 | 1,
): boolean {
  let nearest = to;
  for (let k = to; k >= 0 && k < path.length; k += side) {
    if (data[path[from] * size + path[k]] < data[path[from] * size + path[nearest]]) nearest = k;
  }
  if (nearest === to) return false;
  const gain = data[path[from] * size + path[to]] - data[path[from] * size + path[nearest]];
  const step = (a: number, b: number) => {
    const isThere = Math.min(a, b) >= 0 && Math.max(a, b) < path.length;
    return isThere ? data[path[a] * size + path[b]] : 0;
  };
  const steps = [step(to, to + side), step(nearest, nearest + side), step(nearest, nearest - side)];
  return gain >= jumpShare * Math.max(...steps);
}

/** The shortest link between two pieces that starts at an end of one of them: a branch begins with its first point. */
function shortestJoint(table: DistanceTable, piece: readonly number[], other: readonly number[]): Link {
  let best: Link | undefined;
  const consider = (ends: readonly number[], points: readonly number[]) => {
    for (const a of [ends[0], ends[ends.length - 1]]) {
      for (const b of points) {
        const link = linkOf(table, a, b);
        if (!best || link.length < best.length) best = link;
      }
    }
  };
  consider(piece, other);
  consider(other, piece);
  return best as Link;
}

function linkOf({ size, data }: DistanceTable, a: number, b: number): Link {
  return { a, b, length: data[a * size + b] };
}
