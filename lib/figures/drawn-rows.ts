import { RandomStream } from "../core/random.js";

/**
 * Which of many rows a scatter draws: all, or as many as fit, in an order that lets no group cover the others. The same
 * for equal numbers of rows, so that panels of the same rows show the same ones and equal results give equal figures.
 */
export function drawnRows(rows: number, most: number): Uint32Array {
  return RandomStream.fromSeed("rows of a figure").permutation(rows).subarray(0, most);
}

/** Points that all panels of a scatter draw together, so that the figure stays small. */
export const mostPoints = 3000;
