import { SpecError } from "../core/errors.js";
import { volume, weightLayout, wrongLength } from "./layout.js";
import { leakySlope, networkShapes, type Shape, sizeOf } from "./shapes.js";
import type { Activation, LayerSpec, NetworkSpec } from "./types.js";

/**
 * A network's outputs in plain double precision: the readable statement of what a network computes, for small inputs
 * and as the oracle of the fast engines.
 * @param weights flat, see weightLayout
 * @param inputs images x channels x height x width
 * @returns images x outputs
 * @throws SpecError when weights or inputs do not fit the network
 */
export function forward(
  spec: NetworkSpec,
  weights: ArrayLike<number>,
  inputs: ArrayLike<number>,
): Float64Array {
  const shapes = networkShapes(spec);
  const layout = weightLayout(spec);
  if (weights.length !== layout.parameters) throw wrongLength(weights.length, layout.parameters);
  const size = sizeOf(shapes[0]);
  const outputs = sizeOf(shapes[shapes.length - 1]);
  if (inputs.length % size !== 0) {
    throw new SpecError(
      "network/inputs",
      `inputs of ${inputs.length} values are no whole number of ${size}`,
      {
        value: inputs.length,
      },
    );
  }
  const tensor = (layer: number, name: "kernel" | "bias") => {
    const found = layout.tensors.find((entry) => entry.layer === layer && entry.name === name);
    return found && Float64Array.from({ length: volume(found.shape) }, (_, i) => weights[found.offset + i]);
  };
  const parameters = spec.layers.map((_, i) => ({ kernel: tensor(i, "kernel"), bias: tensor(i, "bias") }));
  const result = new Float64Array((inputs.length / size) * outputs);
  for (let image = 0; image * size < inputs.length; image++) {
    let values = Float64Array.from({ length: size }, (_, i) => inputs[image * size + i]);
    spec.layers.forEach((layer, i) => {
      values = apply(layer, values, shapes[i], shapes[i + 1], parameters[i]);
    });
    result.set(values, image * outputs);
  }
  return result;
}

interface Parameters {
  readonly kernel: Float64Array | undefined;
  readonly bias: Float64Array | undefined;
}

function apply(layer: LayerSpec, x: Float64Array, from: Shape, to: Shape, { kernel, bias }: Parameters) {
  switch (layer.type) {
    case "dense":
      return dense(x, kernel!, bias, layer.outputs);
    case "conv2d":
      return convolution(x, from, to, kernel!, bias, layer);
    case "max-pool":
      return maxPool(x, from, to, layer.size, layer.stride ?? layer.size);
    case "activation":
      return x.map(activate(layer.activation));
  }
}

/** The function of an activation, in double precision. */
export function activate(name: Activation): (x: number) => number {
  switch (name) {
    case "sigmoid":
      return (x) => 1 / (1 + Math.exp(-x));
    case "tanh":
      return Math.tanh;
    case "relu":
      return (x) => Math.max(x, 0);
    case "leaky-relu":
      return (x) => (x > 0 ? x : leakySlope * x);
  }
}

function dense(x: Float64Array, kernel: Float64Array, bias: Float64Array | undefined, outputs: number) {
  return Float64Array.from({ length: outputs }, (_, o) => {
    let sum = bias ? bias[o] : 0;
    for (let i = 0; i < x.length; i++) sum += kernel[o * x.length + i] * x[i];
    return sum;
  });
}

function convolution(
  x: Float64Array,
  from: Shape,
  to: Shape,
  kernel: Float64Array,
  bias: Float64Array | undefined,
  layer: Extract<LayerSpec, { type: "conv2d" }>,
) {
  const { kernel: size, stride = 1, padding = 0 } = layer;
  /** The value at a row and column that may lie in the padding. */
  const at = (c: number, row: number, col: number) =>
    row < 0 || col < 0 || row >= from.height || col >= from.width
      ? 0
      : x[(c * from.height + row) * from.width + col];
  return positions(to, (f, row, col) => {
    let sum = bias ? bias[f] : 0;
    for (let c = 0; c < from.channels; c++) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const tap = kernel[((f * from.channels + c) * size + i) * size + j];
          sum += tap * at(c, row * stride + i - padding, col * stride + j - padding);
        }
      }
    }
    return sum;
  });
}

function maxPool(x: Float64Array, from: Shape, to: Shape, size: number, stride: number) {
  return positions(to, (c, row, col) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        best = Math.max(best, x[(c * from.height + row * stride + i) * from.width + col * stride + j]);
      }
    }
    return best;
  });
}

/** Fills channels x rows x columns from a function of the three. */
function positions(shape: Shape, value: (channel: number, row: number, col: number) => number) {
  const { height, width } = shape;
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
    value(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  );
}
