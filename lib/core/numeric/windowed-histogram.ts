import { DataError, SpecError } from "../errors.js";
import { histogramEdges, momentsOf } from "./histogram-edges.js";
import {
  type HistogramSettings,
  histogramSettings,
  type WindowedHistogramOptions,
} from "./histogram-settings.js";

// This file and what it imports run in a browser page as they are: nothing of Node, no WebAssembly.

/**
 * Histograms of the windows of a weight vector: the MI-WD descriptor of Eilertsen et al. 2024, section 2.1. Window s of
 * 1..S holds weights floor(N (s - 1) / S) + 1 to floor(N s / S), counted from 1; bins are numpy's: each holds its lower
 * edge, the last one both. Each window's counts are divided by the number of its weights, so that a row sums to 1, less
 * the share that lies out of range and is dropped; the paper says "normalized" and no more.
 * @param theta [N] all weights of a network, in the order of its layers
 * @returns [windows, bins] row-major, window after window
 * @throws SpecError "options/unknown" and those of `histogramSettings`; "histogram/short" for fewer weights than windows;
 *   DataError "histogram/not-finite" naming the first weight that is NaN or infinite
 */
export function windowedHistogram(theta: Float32Array, options: WindowedHistogramOptions = {}): Float32Array {
  const settings = histogramSettings(options);
  checkLength(theta.length, settings);
  const bad = theta.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw notFinite(bad, theta[bad]);
  const edges = histogramEdges(settings, settings.scale === "standardised" ? momentsOf(theta) : undefined);
  return windowShares(countWindows(theta, edges, settings), theta.length, settings);
}

/** @throws SpecError "histogram/short" for fewer weights than windows */
export function checkLength(count: number, { windows }: HistogramSettings): void {
  if (count >= windows) return;
  const message = `a vector of ${count} weights cannot be cut into ${windows} windows; take at most ${count} windows`;
  throw new SpecError("histogram/short", message, { value: count });
}

export function notFinite(place: number, value: number): DataError {
  const message = `weight ${place} is ${value}, which no bin can hold; leave out diverged models`;
  return new DataError("histogram/not-finite", message, { value: place });
}

/** Index of the first weight of window `window`, counted from 0; of window S, the number of weights. */
export function windowStart(count: number, window: number, windows: number): number {
  return Math.floor((count * window) / windows);
}

/** Counts by window and place (see histogramEdges): [windows, bins + 2]. */
function countWindows(
  theta: Float32Array,
  edges: Float32Array,
  { windows, bins }: HistogramSettings,
): Uint32Array {
  const counts = new Uint32Array(windows * (bins + 2));
  const perValue = bins / (edges[bins] - edges[0]);
  for (let s = 0; s < windows; s++) {
    const base = s * (bins + 2);
    const end = windowStart(theta.length, s + 1, windows);
    for (let i = windowStart(theta.length, s, windows); i < end; i++) {
      counts[base + placeOf(theta[i], edges, bins, perValue)]++;
    }
  }
  return counts;
}

/** How many edges are not above the value: guessed from equal widths, then moved to where it is. */
function placeOf(value: number, edges: Float32Array, bins: number, perValue: number): number {
  const guess = (value - edges[0]) * perValue + 1;
  let place = guess > 0 ? (guess < bins + 1 ? Math.floor(guess) : bins + 1) : 0;
  while (place > 0 && value < edges[place - 1]) place--;
  while (place <= bins && value >= edges[place]) place++;
  return place;
}

/**
 * Counts divided by the number of each window's weights, values out of range dropped or clamped.
 * @param counts [windows, bins + 2], with those below and above the bins first and last in each row
 * @param count weights of the vector
 * @param out [windows, bins], overwritten
 */
export function windowShares(
  counts: Uint32Array,
  count: number,
  { windows, bins, outOfRange }: HistogramSettings,
  out: Float32Array = new Float32Array(windows * bins),
): Float32Array {
  for (let s = 0; s < windows; s++) {
    const from = s * (bins + 2);
    const size = windowStart(count, s + 1, windows) - windowStart(count, s, windows);
    const [below, above] = outOfRange === "clamp" ? [counts[from], counts[from + bins + 1]] : [0, 0];
    for (let b = 0; b < bins; b++) {
      const more = (b === 0 ? below : 0) + (b === bins - 1 ? above : 0);
      out[s * bins + b] = (counts[from + 1 + b] + more) / size;
    }
  }
  return out;
}
