import type { DistanceTable, Link } from "./types.js";

/**
 * A way jumps where it is so many times as long as the way to the nearest point already passed, or still to come: it
 * has reached the end of a branch and starts on the next. In zoos the largest such ratio of a whole run was 1.10 (1376
 * weights and more); a single checkpoint beside the way makes it 1.41 with equal steps.
 */
const jumpRatio = 1.3;

/**
 * The tree of a family: its short path is cut where it jumps, and each piece is joined by one of its ends to the nearest
 * point of another. A path without jumps is the tree itself.
 * @param path all points of the table
 */
export function familyTree(table: DistanceTable, path: readonly number[]): Link[] {
  const pieces = cutAtJumps(table, path);
  const links = pieces.flatMap((piece) => piece.slice(1).map((b, i) => linkOf(table, piece[i], b)));
  // Prim's algorithm over the pieces.
  const joined = [pieces[0]];
  const left = pieces.slice(1);
  while (left.length > 0) {
    let best: { link: Link; piece: number } | undefined;
    left.forEach((piece, index) => {
      for (const other of joined) {
        const link = shortestJoint(table, piece, other);
        if (!best || link.length < best.link.length) best = { link, piece: index };
      }
    });
    if (!best) break;
    links.push(best.link);
    joined.push(...left.splice(best.piece, 1));
  }
  return links;
}

function cutAtJumps(table: DistanceTable, path: readonly number[]): number[][] {
  const { size, data } = table;
  const pieces: number[][] = [[path[0]]];
  for (let i = 1; i < path.length; i++) {
    const [u, v] = [path[i - 1], path[i]];
    let nearest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < i; k++) nearest = Math.min(nearest, data[v * size + path[k]]);
    for (let k = i; k < path.length; k++) nearest = Math.min(nearest, data[u * size + path[k]]);
    if (data[u * size + v] >= jumpRatio * nearest) pieces.push([]);
    pieces[pieces.length - 1].push(v);
  }
  return pieces;
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
