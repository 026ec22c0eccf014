import type { DistanceTable, Link } from "./types.js";

/**
 * A way jumps where it is longer than the way to a nearer point already passed, or still to come: it has reached the end
 * of a branch and starts on the next. Steps of training are nearly orthogonal, so lengths add by their squares: a
 * checkpoint beside the way makes the difference of squares one squared step, at least. No window of a whole run was cut
 * at half of that in zoos of 1376 weights and more.
 */
const jumpSquares = 0.5;

/** Nor is it a jump where the nearer point is nearer by less than this share, which scatter brings about. */
const jumpShare = 0.01;

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
  const nearest = nearestDistances(table);
  const pieces: number[][] = [[path[0]]];
  for (let i = 1; i < path.length; i++) {
    const isJump =
      isShortcut(table, nearest, path, i, i - 1, -1) || isShortcut(table, nearest, path, i - 1, i, 1);
    if (isJump) pieces.push([]);
    pieces[pieces.length - 1].push(path[i]);
  }
  return pieces;
}

/**
 * Whether the point at place `from` is nearer to another place than to its neighbour `to`, on that neighbour's side of
 * the path (towards -1 or 1). A step is the larger of the distances of those two to their nearest points.
 */
function isShortcut(
  { size, data }: DistanceTable,
  nearest: Float64Array,
  path: readonly number[],
  from: number,
  to: number,
  side: -1 | 1,
): boolean {
  const here = path[from] * size;
  let other = to;
  for (let k = to; k >= 0 && k < path.length; k += side) {
    if (data[here + path[k]] < data[here + path[other]]) other = k;
  }
  const [long, short] = [data[here + path[to]], data[here + path[other]]];
  const step = Math.max(nearest[path[to]], nearest[path[other]]);
  return long > (1 + jumpShare) * short && long ** 2 - short ** 2 >= jumpSquares * step ** 2;
}

/** Distance of each point to its nearest other one. */
function nearestDistances({ size, data }: DistanceTable): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < size; j++) if (j !== i) least = Math.min(least, data[i * size + j]);
    return least;
  });
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
