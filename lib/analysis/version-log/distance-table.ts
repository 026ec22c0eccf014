import type { Pacer } from "../../core/numeric/pacer.js";
import { distance, type Points } from "../../core/numeric/points.js";
import type { DistanceTable, Link } from "./types.js";

/**
 * Distances between the given rows of some points.
 * @param pacer counts one for each distance
 */
export async function distanceTable(points: Points, rows: Int32Array, pacer: Pacer): Promise<DistanceTable> {
  const size = rows.length;
  const data = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const length = distance(points, rows[i], points, rows[j]);
      data[i * size + j] = length;
      data[j * size + i] = length;
      // A row of large networks takes long by itself.
      if (pacer.due()) await pacer.pause();
    }
    await pacer.add(i);
  }
  return { size, data };
}

/** The part of a table that concerns the given points, which are numbered anew in their order. */
export function subTable({ size, data }: DistanceTable, points: readonly number[]): DistanceTable {
  const part = new Float64Array(points.length ** 2);
  points.forEach((a, i) => {
    points.forEach((b, j) => {
      part[i * points.length + j] = data[a * size + b];
    });
  });
  return { size: points.length, data: part };
}

/** Edges of the minimum spanning tree (Prim's algorithm), in the order in which it grows from point 0. */
export function spanningTree({ size, data }: DistanceTable): Link[] {
  const nearest = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(size);
  const done = new Uint8Array(size);
  const links: Link[] = [];
  let current = 0;
  for (let step = 1; step < size; step++) {
    done[current] = 1;
    let next = -1;
    for (let j = 0; j < size; j++) {
      if (done[j]) continue;
      const length = data[current * size + j];
      if (length < nearest[j]) {
        nearest[j] = length;
        from[j] = current;
      }
      if (next < 0 || nearest[j] < nearest[next]) next = j;
    }
    links.push({ a: from[next], b: next, length: nearest[next] });
    current = next;
  }
  return links;
}

/** Groups of points that the links join, in order of their first point; points ascending in each. */
export function connected(size: number, links: readonly Link[]): number[][] {
  const neighbours = neighbourLists(size, links);
  const seen = new Uint8Array(size);
  const groups: number[][] = [];
  for (let start = 0; start < size; start++) {
    if (seen[start]) continue;
    const group = [start];
    seen[start] = 1;
    for (let i = 0; i < group.length; i++) {
      for (const next of neighbours[group[i]]) {
        if (seen[next]) continue;
        seen[next] = 1;
        group.push(next);
      }
    }
    groups.push(group.sort((a, b) => a - b));
  }
  return groups;
}

/** For each point the points at the other ends of its links. */
export function neighbourLists(size: number, links: readonly Link[]): number[][] {
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (const { a, b } of links) {
    lists[a].push(b);
    lists[b].push(a);
  }
  return lists;
}
