import type { Matrix } from "../../core/matrix.js";
import type { TokenPlan } from "./tokens.js";

/** Mean and deviation of each layer's weights. */
export interface LayerScale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** Smallest deviation over mean size that is more than the rounding of float32 weights. */
const leastVariation = 1e-6;

/** Mean and deviation of each layer over all rows and weights; a layer that does not vary keeps its size. */
export function layerScale(rows: Matrix, plan: TokenPlan): LayerScale {
  const means: number[] = [];
  const deviations: number[] = [];
  for (let layer = 0; layer + 1 < plan.layers.length; layer++) {
    const places = plan.order.subarray(plan.layers[layer], plan.layers[layer + 1]);
    const mean = meanOf(rows, places, (value) => value);
    // About the mean: the difference of two large sums would make a deviation of rounding errors.
    const deviation = Math.sqrt(meanOf(rows, places, (value) => (value - mean) ** 2));
    means.push(mean);
    deviations.push(deviation > leastVariation * Math.abs(mean) ? deviation : 1);
  }
  return { means, deviations };
}

function meanOf({ data, rows, cols }: Matrix, places: Uint32Array, term: (value: number) => number): number {
  let sum = 0;
  for (let from = 0; from < data.length; from += cols) {
    for (const place of places) sum += term(data[from + place]);
  }
  return sum / (rows * places.length);
}

/** Rows with each layer at mean 0 and deviation 1. */
export function scaled(rows: Matrix, plan: TokenPlan, scale: LayerScale | null): Matrix {
  return scale
    ? mapped(rows, plan, (value, layer) => (value - scale.means[layer]) / scale.deviations[layer])
    : rows;
}

/** The inverse of `scaled`. */
export function unscaled(rows: Matrix, plan: TokenPlan, scale: LayerScale | null): Matrix {
  return scale
    ? mapped(rows, plan, (value, layer) => value * scale.deviations[layer] + scale.means[layer])
    : rows;
}

function mapped(rows: Matrix, plan: TokenPlan, change: (value: number, layer: number) => number): Matrix {
  const layerOf = new Uint16Array(plan.parameters);
  for (let layer = 0; layer + 1 < plan.layers.length; layer++) {
    for (let i = plan.layers[layer]; i < plan.layers[layer + 1]; i++) layerOf[plan.order[i]] = layer;
  }
  const data = rows.data.map((value, p) => change(value, layerOf[p % rows.cols]));
  return { data, rows: rows.rows, cols: rows.cols };
}
