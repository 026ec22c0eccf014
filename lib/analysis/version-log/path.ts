import type { Pacer } from "../../core/numeric/pacer.js";
import type { DistanceTable } from "./types.js";

/**
 * A short way through all points, each visited once (not closed): greedy edges, then 2-opt and the moving of pieces of up
 * to three points until neither makes it shorter (Croes 1958; Or 1976). On a trajectory whose distances grow with time
 * apart it is the order of training or its reverse.
 * @param pacer is asked to pause, and counts nothing
 * @returns the points in the order of the way
 */
export async function shortPath(table: DistanceTable, pacer: Pacer): Promise<number[]> {
  let path = greedyPath(table);
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (let i = 0; i < path.length - 1; i++) {
      if (reverseFrom(table, path, i)) isShorter = true;
      if (pacer.due()) await pacer.pause();
    }
    for (let length = 1; length <= 3; length++) {
      for (let i = 0; i + length <= path.length; i++) {
        const moved = movePiece(table, path, i, length);
        if (moved) {
          path = moved;
          isShorter = true;
        }
        if (pacer.due()) await pacer.pause();
      }
    }
  }
  return path;
}

/** Joins the nearest pairs first, as long as no point gets three neighbours and no circle closes. */
function greedyPath({ size, data }: DistanceTable): number[] {
  if (size === 1) return [0];
  const pairs = new Float64Array((size * (size - 1)) / 2);
  let count = 0;
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) pairs[count++] = i * size + j;
  pairs.sort((p, q) => data[p] - data[q] || p - q);
  const neighbours: number[][] = Array.from({ length: size }, () => []);
  // For an end of a piece the other end of that piece.
  const otherEnd = Int32Array.from({ length: size }, (_, i) => i);
  for (const pair of pairs) {
    const a = Math.floor(pair / size);
    const b = pair % size;
    if (neighbours[a].length > 1 || neighbours[b].length > 1 || otherEnd[a] === b) continue;
    neighbours[a].push(b);
    neighbours[b].push(a);
    const [first, last] = [otherEnd[a], otherEnd[b]];
    otherEnd[first] = last;
    otherEnd[last] = first;
  }
  const path = [neighbours.findIndex((own) => own.length === 1)];
  for (let before = -1; path.length < size; ) {
    const here = path[path.length - 1];
    path.push(neighbours[here][0] === before ? neighbours[here][1] : neighbours[here][0]);
    before = here;
  }
  return path;
}

/** Shortening by less than this share counts as none, so that rounding cannot go in circles. */
const least = 1e-9;

/** Reverses the piece that begins at place i where that shortens the way most. */
function reverseFrom({ size, data }: DistanceTable, path: number[], i: number): boolean {
  const last = path.length - 1;
  const before = i > 0 ? path[i - 1] : -1;
  const first = path[i];
  let best = -1;
  let bestGain = 0;
  for (let j = i + 1; j <= last; j++) {
    const end = path[j];
    let old = 0;
    let changed = 0;
    if (before >= 0) {
      old += data[before * size + first];
      changed += data[before * size + end];
    }
    if (j < last) {
      old += data[end * size + path[j + 1]];
      changed += data[first * size + path[j + 1]];
    }
    if (old - changed > bestGain && old - changed > least * old) {
      bestGain = old - changed;
      best = j;
    }
  }
  for (let a = i, b = best; a < b; a++, b--) [path[a], path[b]] = [path[b], path[a]];
  return best >= 0;
}

/** The way with the piece of points i to i + length - 1 where it fits best, turned round or not; null where it is. */
function movePiece(
  { size, data }: DistanceTable,
  path: number[],
  i: number,
  length: number,
): number[] | null {
  const edge = (a: number, b: number) => (a < 0 || b < 0 ? 0 : data[a * size + b]);
  const at = (place: number) => (place < 0 || place >= path.length ? -1 : path[place]);
  const [first, last] = [path[i], path[i + length - 1]];
  const [left, right] = [at(i - 1), at(i + length)];
  const old = edge(left, first) + edge(last, right);
  const saved = old - (left < 0 || right < 0 ? 0 : edge(left, right));
  let best = -1;
  let bestGain = 0;
  let isTurned = false;
  // Between the points at k - 1 and k.
  for (let k = 0; k <= path.length; k++) {
    if (k >= i && k <= i + length) continue;
    const [a, b] = [at(k - 1), at(k)];
    const gap = a < 0 || b < 0 ? 0 : edge(a, b);
    const straight = edge(a, first) + edge(last, b) - gap;
    const turned = edge(a, last) + edge(first, b) - gap;
    const gain = saved - Math.min(straight, turned);
    // What is saved may be nothing but rounding, where points lie on a line: the edges say how much that can be.
    if (gain > bestGain && gain > least * (old + gap)) {
      bestGain = gain;
      isTurned = turned < straight;
      best = k;
    }
  }
  if (best < 0) return null;
  const piece = path.slice(i, i + length);
  if (isTurned) piece.reverse();
  const rest = [...path.slice(0, i), ...path.slice(i + length)];
  rest.splice(best > i ? best - length : best, 0, ...piece);
  return rest;
}
