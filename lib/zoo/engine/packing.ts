import { weightLayout } from "../../networks/layout.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { Flow, Stage } from "./buffers.js";

/**
 * How one layer's weights lie in memory: blocks of `block` outputs, each [tap][output of the block], taps row by row
 * and channel innermost (as inputs lie), the number of taps rounded up; then the biases.
 */
export interface PackedLayer {
  /** Places are counted in weights (v128) from the start of all packed weights. */
  readonly kernelPlace: number;
  readonly taps: number;
  readonly storedTaps: number;
  readonly biasPlace: number | undefined;
}

export interface Packing {
  readonly layers: readonly (PackedLayer | undefined)[];
  /** Place of each weight of the network's flat vector. */
  readonly places: Uint32Array;
  /** Places in all; the one behind the last holds a zero. */
  readonly size: number;
}

/** Decides where every weight goes. One entry of `layers` a stage, undefined for pools. */
export function packWeights(
  network: NetworkSpec,
  stages: readonly Stage[],
  flows: readonly Flow[],
  block: number,
) {
  const layout = weightLayout(network);
  const places = new Uint32Array(layout.parameters);
  let size = 0;
  const layers = stages.map((stage, i): PackedLayer | undefined => {
    const kernel = layout.tensors.find((tensor) => tensor.layer === stage.index && tensor.name === "kernel");
    if (!kernel) return undefined;
    const bias = layout.tensors.find((tensor) => tensor.layer === stage.index && tensor.name === "bias");
    const outputs = kernel.shape[0];
    const taps = kernel.shape.slice(1).reduce((product, n) => product * n, 1);
    const storedTaps = roundUp(taps, 8 / block);
    const kernelPlace = size;
    const order = tapOrder(stage, flows[i]);
    for (let o = 0; o < outputs; o++) {
      const start = kernelPlace + Math.floor(o / block) * storedTaps * block + (o % block);
      for (let t = 0; t < taps; t++) places[kernel.offset + o * taps + t] = start + order[t] * block;
    }
    size += (roundUp(outputs, block) / block) * storedTaps * block;
    const biasPlace = bias ? size : undefined;
    if (bias) {
      for (let o = 0; o < outputs; o++) places[bias.offset + o] = size + o;
      size += roundUp(outputs, block);
    }
    return { kernelPlace, taps, storedTaps, biasPlace };
  });
  return { layers, places, size } satisfies Packing;
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** For each tap in torch's order (channel, row, column), its number when the channel is innermost. */
function tapOrder(stage: Stage, input: Flow): number[] {
  // A dense layer's taps are the pixels of the map that it flattens.
  const dense = stage.layer.type === "dense";
  const height = dense ? input.height : stage.window.size;
  const width = dense ? input.width : stage.window.size;
  const { channels } = input;
  return Array.from({ length: channels * height * width }, (_, t) => {
    const channel = Math.floor(t / (height * width));
    return (t % (height * width)) * channels + channel;
  });
}

/** Where the transposed weights of each parity of an input pixel lie, and what they are copies of. */
export interface Transposed {
  /** Per parity (row x column modulo the stride): first element, taps down, taps across. */
  readonly parities: readonly { readonly start: number; readonly tall: number; readonly wide: number }[];
  /** For each element, the place of its weight; `size` of the packing (the zero) where there is none. */
  readonly sources: readonly number[];
}

/**
 * Transposed weights for gradients to data: for each parity and block of channels [row][column][output][channel of the
 * block], rows and columns in the order of ascending outputs, that is of descending taps.
 */
export function transposeWeights(
  packed: PackedLayer,
  stage: Stage,
  shape: { readonly channels: number; readonly outputs: number },
  block: number,
  zero: number,
): Transposed {
  const { size, stride } = stage.window;
  const parities: { start: number; tall: number; wide: number }[] = [];
  const sources: number[] = [];
  for (let py = 0; py < stride; py++) {
    for (let px = 0; px < stride; px++) {
      const rows = descending(py, size, stride);
      const cols = descending(px, size, stride);
      parities.push({ start: sources.length, tall: rows.length, wide: cols.length });
      for (let c = 0; c < shape.channels; c += block) {
        for (const row of rows) {
          for (const col of cols) {
            for (let o = 0; o < shape.outputs; o++) {
              for (let k = c; k < c + block; k++) {
                const tap = (row * size + col) * shape.channels + k;
                const start = packed.kernelPlace + Math.floor(o / block) * packed.storedTaps * block;
                sources.push(k < shape.channels ? start + tap * block + (o % block) : zero);
              }
            }
          }
        }
      }
    }
  }
  return { parities, sources };
}

/** Taps congruent to `parity` modulo the stride, largest first. */
function descending(parity: number, size: number, stride: number): number[] {
  const taps: number[] = [];
  for (let tap = parity; tap < size; tap += stride) taps.unshift(tap);
  return taps;
}
