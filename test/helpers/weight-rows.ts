import { type Matrix, matrix, takeRows } from "#lib/core/matrix.js";
import type { RandomStream } from "#lib/core/random.js";
import { weightLayout } from "#lib/networks/layout.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import type { WeightRows } from "#lib/representations/types.js";

/** A dense network of `inputs` and one layer of one output, without a bias: its rows are any rows of that width. */
export function linearNetwork(inputs: number): NetworkSpec {
  return {
    name: `linear-${inputs}`,
    input: { channels: 1, height: 1, width: inputs },
    layers: [{ type: "dense", outputs: 1, bias: false }],
  };
}

/** Rows of any width, as the weights of a linear network. */
export function asWeights(weights: Matrix): WeightRows {
  const network = linearNetwork(weights.cols);
  return { weights, network, layout: weightLayout(network) };
}

/** The first `count` rows, and the others. */
export function parted(weights: Matrix, count: number): { train: WeightRows; rest: WeightRows } {
  const rows = Array.from({ length: weights.rows }, (_, i) => i);
  return {
    train: asWeights(takeRows(weights, rows.slice(0, count))),
    rest: asWeights(takeRows(weights, rows.slice(count))),
  };
}

export function normalMatrix(rows: number, cols: number, rng: RandomStream): Matrix {
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => rng.normal()),
  );
}
