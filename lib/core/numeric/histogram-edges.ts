import type { HistogramSettings } from "./histogram-settings.js";

/** Mean and standard deviation (of the population) of a vector. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

const word = new Int32Array(1);
const asFloat = new Float32Array(word.buffer);

/** The next float32 above a float32. */
function nextAbove(value: number): number {
  if (value === 0) return 2 ** -149;
  asFloat[0] = value;
  word[0] += value > 0 ? 1 : -1;
  return asFloat[0];
}

/**
 * Edges of bins as float32 numbers to which a weight can be compared without rounding: the place of a weight (0: below
 * all bins, 1 to bins, bins + 1: above) is the number of edges that are not above it. Those of raw weights are numpy's:
 * low + k (high - low) / bins in float64, the last one `high`, which belongs to the last bin. With moments they are moved
 * instead of the weights: mean + deviation x edge; a vector whose weights are all alike has a deviation of zero, which
 * counts as 1, so that they lie at zero.
 * @returns [bins + 1], ascending
 */
export function histogramEdges({ bins, range }: HistogramSettings, moments?: Moments): Float32Array {
  const [low, high] = range;
  const step = (high - low) / bins;
  const shift = moments?.mean ?? 0;
  const stretch = moments ? moments.deviation || 1 : 1;
  const edges = new Float32Array(bins + 1);
  for (let k = 0; k < bins; k++) {
    const edge = shift + stretch * (low + k * step);
    const rounded = Math.fround(edge);
    edges[k] = rounded >= edge ? rounded : nextAbove(rounded);
  }
  const last = shift + stretch * high;
  const rounded = Math.fround(last);
  edges[bins] = rounded > last ? rounded : nextAbove(rounded);
  return edges;
}

/**
 * Mean and standard deviation in float64. Sums run over every fourth value side by side, so that a kernel with vectors of
 * numbers adds in the same order and finds the same bits.
 */
export function momentsOf(values: Float32Array): Moments {
  const count = values.length;
  const mean = sumByFours(values, 0, false) / count;
  return { mean, deviation: Math.sqrt(sumByFours(values, mean, true) / count) };
}

function sumByFours(values: Float32Array, mean: number, squared: boolean): number {
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] - mean;
    sums[i & 3] += squared ? value * value : value;
  }
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}
