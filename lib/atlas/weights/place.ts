import { windowedHistogram } from "../../core/numeric/windowed-histogram.js";
import type { DecodedDescriptors } from "../data/decoded.js";
import { type Neighbor, nearestDescriptors } from "../state/descriptors.js";
import { middleOf } from "../state/geometry.js";
import { readWeights } from "./read-weights.js";

/** A network that is no part of the library, put beside it by its weights alone. */
export interface Guest {
  readonly name: string;
  /** Number of weights. */
  readonly weights: number;
  readonly descriptor: Float32Array;
  /** The models whose descriptors lie nearest, nearest first. */
  readonly neighbors: readonly Neighbor[];
}

/** How many neighbours say where a guest stands. */
export const guestNeighbors = 5;

/**
 * Reads a file of weights and finds the models it is like.
 * @throws DataError and SpecError of readWeights and windowedHistogram: no weights file, NaN, fewer weights than windows
 */
export function guestOf(name: string, bytes: Uint8Array, descriptors: DecodedDescriptors): Guest {
  const theta = readWeights(name, bytes);
  const descriptor = windowedHistogram(theta, descriptors.settings);
  const neighbors = nearestDescriptors(descriptors, descriptor, guestNeighbors);
  return { name, weights: theta.length, descriptor, neighbors };
}

/** Where a guest stands in an embedding: at the mean of its nearest neighbours. */
export function placeOf({ neighbors }: Guest, points: Float32Array): [number, number] {
  return middleOf(
    points,
    neighbors.map(({ model }) => model),
  );
}
