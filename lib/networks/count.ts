import { networkShapes, sizeOf } from "./shapes.js";
import type { NetworkSpec } from "./types.js";

/**
 * Multiply-adds of one forward pass of one image, in the dense and convolutional layers (padding counted).
 * @throws SpecError for a network that cannot be
 */
export function multiplyAdds(spec: NetworkSpec): number {
  const shapes = networkShapes(spec);
  return spec.layers.reduce((sum, layer, i) => {
    if (layer.type === "dense") return sum + layer.outputs * sizeOf(shapes[i]);
    if (layer.type === "conv2d") return sum + sizeOf(shapes[i + 1]) * shapes[i].channels * layer.kernel ** 2;
    return sum;
  }, 0);
}

/** The same network with biases in every dense and convolutional layer. */
export function withBiases(spec: NetworkSpec): NetworkSpec {
  const layers = spec.layers.map((layer) =>
    layer.type === "dense" || layer.type === "conv2d" ? { ...layer, bias: true } : layer,
  );
  return { ...spec, layers };
}
