// What each kind of layer computes, in double precision; images are channels x rows x columns.
import { batchNormEpsilon, type Shape, sizeOf } from "./shapes.js";
import type { LayerSpec } from "./types.js";

/** outputs = kernel [outputs, inputs] times x, plus bias. */
export function dense(
  x: Float64Array,
  kernel: Float64Array,
  bias: Float64Array | undefined,
  outputs: number,
): Float64Array {
  return Float64Array.from({ length: outputs }, (_, o) => {
    let sum = bias ? bias[o] : 0;
    for (let i = 0; i < x.length; i++) sum += kernel[o * x.length + i] * x[i];
    return sum;
  });
}

/** Cross-correlation with a kernel [filters, channels, size, size], zeros around the image. */
export function convolution(
  x: Float64Array,
  from: Shape,
  to: Shape,
  kernel: Float64Array,
  bias: Float64Array | undefined,
  layer: Extract<LayerSpec, { type: "conv2d" }>,
): Float64Array {
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

/** Largest value, or mean, of each window of size x size. */
export function pool(
  kind: "max-pool" | "average-pool",
  x: Float64Array,
  from: Shape,
  to: Shape,
  size: number,
  stride: number,
): Float64Array {
  return positions(to, (c, row, col) => {
    let largest = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const value = x[(c * from.height + row * stride + i) * from.width + col * stride + j];
        largest = Math.max(largest, value);
        sum += value;
      }
    }
    return kind === "max-pool" ? largest : sum / (size * size);
  });
}

/** Mean of each channel. */
export function globalAverage(x: Float64Array, from: Shape): Float64Array {
  const area = from.height * from.width;
  return Float64Array.from({ length: from.channels }, (_, c) => {
    return x.subarray(c * area, (c + 1) * area).reduce((sum, value) => sum + value, 0) / area;
  });
}

/** A batch norm layer's tensors, each [channels]. */
export interface Normalization {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * (x - mean) / sqrt(variance + epsilon) gamma + beta, channel by channel.
 * @param x images x channels x rows x columns
 */
export function batchNorm(x: Float64Array, shape: Shape, tensors: Normalization): Float64Array {
  const { gamma, beta, mean, variance } = tensors;
  const area = shape.height * shape.width;
  return x.map((value, i) => {
    const c = Math.floor(i / area) % shape.channels;
    return ((value - mean[c]) / Math.sqrt(variance[c] + batchNormEpsilon)) * gamma[c] + beta[c];
  });
}

/**
 * Mean and biased variance of each channel over all images, rows and columns: what batch norm takes while training.
 * @param x images x channels x rows x columns
 */
export function channelMoments(
  x: Float64Array,
  shape: Shape,
): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const area = shape.height * shape.width;
  const perChannel = x.length / shape.channels;
  const mean = new Float64Array(shape.channels);
  const variance = new Float64Array(shape.channels);
  const channel = (i: number) => Math.floor(i / area) % shape.channels;
  x.forEach((value, i) => {
    mean[channel(i)] += value / perChannel;
  });
  x.forEach((value, i) => {
    variance[channel(i)] += (value - mean[channel(i)]) ** 2 / perChannel;
  });
  return { mean, variance };
}

/** Fills channels x rows x columns from a function of the three. */
function positions(shape: Shape, value: (channel: number, row: number, col: number) => number): Float64Array {
  const { height, width } = shape;
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
    value(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  );
}
