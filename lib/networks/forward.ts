import { checkOptions, SpecError } from "../core/errors.js";
import { activate } from "./activate.js";
import { batchNorm, channelMoments, convolution, dense, globalAverage, pool } from "./layer-functions.js";
import { volume, weightLayout, wrongLength } from "./layout.js";
import { networkShapes, type Shape, sizeOf } from "./shapes.js";
import type { LayerSpec, NetworkSpec, TensorName, WeightLayout } from "./types.js";

export interface ForwardOptions {
  /**
   * Batch norm takes mean and biased variance of the given images, as it does while training, in place of its running
   * statistics. Default false.
   */
  readonly batchStatistics?: boolean;
}

/** One layer's tensors by name, in double precision. */
type LayerTensors = Partial<Record<TensorName, Float64Array>>;

/**
 * A network's outputs in plain double precision: the readable statement of what a network computes, for small inputs
 * and as the oracle of the fast engines. Dropout does nothing, as in evaluation.
 * @param weights flat, see weightLayout
 * @param inputs images x channels x height x width
 * @returns images x outputs
 * @throws SpecError when weights or inputs do not fit the network, or for an unknown option
 */
export function forward(
  spec: NetworkSpec,
  weights: ArrayLike<number>,
  inputs: ArrayLike<number>,
  options: ForwardOptions = {},
): Float64Array {
  checkOptions(options, ["batchStatistics"], "forward");
  const shapes = networkShapes(spec);
  const layout = weightLayout(spec);
  if (weights.length !== layout.parameters) throw wrongLength(weights.length, layout.parameters);
  const size = sizeOf(shapes[0]);
  if (inputs.length % size !== 0) {
    const message = `inputs of ${inputs.length} values are no whole number of ${size}`;
    throw new SpecError("network/inputs", message, { value: inputs.length });
  }
  const images = inputs.length / size;
  let flow: Float64Array = Float64Array.from(inputs);
  spec.layers.forEach((layer, i) => {
    const tensors = tensorsOf(layout, i, weights);
    flow =
      layer.type === "batch-norm"
        ? normalize(flow, shapes[i], tensors, options.batchStatistics ?? false)
        : eachImage(flow, images, shapes[i], shapes[i + 1], (x) =>
            apply(layer, x, shapes[i], shapes[i + 1], tensors),
          );
  });
  return flow;
}

function tensorsOf(layout: WeightLayout, layer: number, weights: ArrayLike<number>): LayerTensors {
  const tensors: LayerTensors = {};
  for (const { layer: owner, name, shape, offset } of layout.tensors) {
    if (owner !== layer) continue;
    tensors[name] = Float64Array.from({ length: volume(shape) }, (_, i) => weights[offset + i]);
  }
  return tensors;
}

function eachImage(
  flow: Float64Array,
  images: number,
  from: Shape,
  to: Shape,
  compute: (x: Float64Array) => Float64Array,
): Float64Array {
  const [before, after] = [sizeOf(from), sizeOf(to)];
  const result = new Float64Array(images * after);
  for (let image = 0; image < images; image++) {
    result.set(compute(flow.subarray(image * before, (image + 1) * before)), image * after);
  }
  return result;
}

function normalize(
  flow: Float64Array,
  shape: Shape,
  tensors: LayerTensors,
  batchStatistics: boolean,
): Float64Array {
  const stored = { mean: tensors.mean!, variance: tensors.variance! };
  const statistics = batchStatistics ? channelMoments(flow, shape) : stored;
  return batchNorm(flow, shape, { gamma: tensors.gamma!, beta: tensors.beta!, ...statistics });
}

/** A layer that treats each image for itself. */
function apply(
  layer: Exclude<LayerSpec, { type: "batch-norm" }>,
  x: Float64Array,
  from: Shape,
  to: Shape,
  { kernel, bias }: LayerTensors,
): Float64Array {
  switch (layer.type) {
    case "dense":
      return dense(x, kernel!, bias, layer.outputs);
    case "conv2d":
      return convolution(x, from, to, kernel!, bias, layer);
    case "max-pool":
    case "average-pool":
      return pool(layer.type, x, from, to, layer.size, layer.stride ?? layer.size);
    case "global-average-pool":
      return globalAverage(x, from);
    case "activation":
      return x.map(activate(layer.activation));
    case "dropout":
    case "flatten":
      return x;
  }
}
