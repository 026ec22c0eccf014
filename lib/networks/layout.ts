import { SpecError } from "../core/errors.js";
import { networkShapes, type Shape, sizeOf } from "./shapes.js";
import type { LayerSpec, NetworkSpec, TensorName, WeightLayout, WeightTensor } from "./types.js";

/**
 * Where each tensor of a network stands in its flat weight vector: layer by layer, each row-major; kernel then bias as
 * torch concatenates a model's parameters, batch norm as gamma, beta, mean, variance.
 * @throws SpecError when the network cannot be (see networkShapes)
 */
export function weightLayout(spec: NetworkSpec): WeightLayout {
  const shapes = networkShapes(spec);
  const tensors: WeightTensor[] = [];
  let parameters = 0;
  spec.layers.forEach((layer, index) => {
    for (const [name, shape] of tensorsOf(layer, shapes[index])) {
      tensors.push({ layer: index, name, shape, offset: parameters });
      parameters += volume(shape);
    }
  });
  return { tensors, parameters };
}

/** Names and shapes of a layer's tensors, in the flat vector's order. */
function tensorsOf(layer: LayerSpec, input: Shape): (readonly [TensorName, readonly number[]])[] {
  switch (layer.type) {
    case "dense":
      return kernelAndBias([layer.outputs, sizeOf(input)], layer.bias);
    case "conv2d":
      return kernelAndBias([layer.filters, input.channels, layer.kernel, layer.kernel], layer.bias);
    case "batch-norm":
      return (["gamma", "beta", "mean", "variance"] as const).map(
        (name) => [name, [input.channels]] as const,
      );
    default:
      return [];
  }
}

function kernelAndBias(kernel: readonly number[], bias = true): (readonly [TensorName, readonly number[]])[] {
  return bias
    ? [
        ["kernel", kernel],
        ["bias", [kernel[0]]],
      ]
    : [["kernel", kernel]];
}

/** Number of values of a tensor's shape. */
export function volume(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Cuts a flat weight vector into its tensors, in the layout's order, as views (no copy). */
export function unflatten(layout: WeightLayout, weights: Float32Array): Float32Array[] {
  if (weights.length !== layout.parameters) throw wrongLength(weights.length, layout.parameters);
  return layout.tensors.map(({ offset, shape }) => weights.subarray(offset, offset + volume(shape)));
}

/** Joins tensors, given in the layout's order, to a flat weight vector. */
export function flatten(layout: WeightLayout, tensors: readonly ArrayLike<number>[]): Float32Array {
  const weights = new Float32Array(layout.parameters);
  layout.tensors.forEach(({ offset, shape }, i) => {
    if (tensors[i]?.length !== volume(shape)) throw wrongLength(tensors[i]?.length ?? 0, volume(shape));
    weights.set(tensors[i], offset);
  });
  return weights;
}

/** The error of a weight vector whose length is not the network's. */
export function wrongLength(got: number, wanted: number): SpecError {
  return new SpecError("network/weights", `the network has ${wanted} weights here but ${got} were given`, {
    value: got,
  });
}
