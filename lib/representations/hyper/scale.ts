import type { Matrix } from "../../core/matrix.js";
import type { TokenPlan } from "./tokens.js";

/** Mean and deviation of each layer's weights. */
export interface LayerScale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** Mean and deviation of each layer over all rows and weights; a layer that does not vary keeps its size. */
export function layerScale(rows: Matrix, plan: TokenPlan): LayerScale {
  const means: number[] = [];
  const deviations: number[] = [];
  for (let layer = 0; layer + 1 < plan.layers.length; layer++) {
    const places = plan.order.subarray(plan.layers[layer], plan.layers[layer + 1]);
    let [sum, squares] = [0, 0];
    for (let from = 0; from < rows.data.length; from += rows.cols) {
      for (const place of places) {
        const value = rows.data[from + place];
        sum += value;
        squares += value * value;
      }
    }
    const count = rows.rows * places.length;
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    means.push(mean);
    deviations.push(deviation > 0 ? deviation : 1);
  }
  return { means, deviations };
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
