import { networkShapes, type Shape, sizeOf } from "./shapes.js";
import type { LayerSpec, NetworkSpec } from "./types.js";

/**
 * Multiply-adds of one forward pass of one image (padding counted): dense and convolutional layers, average pooling (a
 * convolution with equal weights) and batch norm (a scale and a shift for each value). Activations, biases, the
 * maximum of a pool and dropout, which does nothing in a forward pass, have none.
 * @throws SpecError for a network that cannot be
 */
export function multiplyAdds(spec: NetworkSpec): number {
  const shapes = networkShapes(spec);
  return spec.layers.reduce((sum, layer, i) => sum + layerMultiplyAdds(layer, shapes[i], shapes[i + 1]), 0);
}

function layerMultiplyAdds(layer: LayerSpec, input: Shape, output: Shape): number {
  switch (layer.type) {
    case "dense":
      return sizeOf(input) * layer.outputs;
    case "conv2d":
      return sizeOf(output) * input.channels * layer.kernel ** 2;
    case "average-pool":
      return sizeOf(output) * layer.size ** 2;
    case "global-average-pool":
    case "batch-norm":
      return sizeOf(input);
    case "max-pool":
    case "dropout":
    case "flatten":
    case "activation":
      return 0;
  }
}

/** The same network with biases in every dense and convolutional layer. */
export function withBiases(spec: NetworkSpec): NetworkSpec {
  const layers = spec.layers.map((layer) =>
    layer.type === "dense" || layer.type === "conv2d" ? { ...layer, bias: true } : layer,
  );
  return { ...spec, layers };
}
