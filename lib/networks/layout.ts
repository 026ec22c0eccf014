import { SpecError } from "../core/errors.js";
import { networkShapes, type Shape, sizeOf } from "./shapes.js";
import type { LayerSpec, NetworkSpec, WeightLayout, WeightTensor } from "./types.js";

/**
 * Where each tensor of a network stands in its flat weight vector: kernel then bias, layer by layer, each row-major,
 * as torch concatenates a model's parameters.
 * @throws SpecError when the network cannot be (see networkShapes)
 */
export function weightLayout(spec: NetworkSpec): WeightLayout {
  const shapes = networkShapes(spec);
  const tensors: WeightTensor[] = [];
  let parameters = 0;
  spec.layers.forEach((layer, index) => {
    const kernel = kernelShape(layer, shapes[index]);
    if (kernel === undefined) return;
    tensors.push({ layer: index, name: "kernel", shape: kernel, offset: parameters });
    parameters += volume(kernel);
    if ("bias" in layer && layer.bias === false) return;
    tensors.push({ layer: index, name: "bias", shape: [kernel[0]], offset: parameters });
    parameters += kernel[0];
  });
  return { tensors, parameters };
}

function kernelShape(layer: LayerSpec, input: Shape): number[] | undefined {
  if (layer.type === "dense") return [layer.outputs, sizeOf(input)];
  if (layer.type === "conv2d") return [layer.filters, input.channels, layer.kernel, layer.kernel];
  return undefined;
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
