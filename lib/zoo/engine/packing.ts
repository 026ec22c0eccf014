import { weightLayout } from "../../networks/layout.js";
import type { NetworkSpec, TensorName, WeightTensor } from "../../networks/types.js";
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

/** Places of a batch norm's four tensors; channels follow one another. */
export interface NormPlaces {
  readonly gamma: number;
  readonly beta: number;
  readonly mean: number;
  readonly variance: number;
}

export interface Packing {
  readonly layers: readonly (PackedLayer | undefined)[];
  /** By index into the network's layers. */
  readonly norms: ReadonlyMap<number, NormPlaces>;
  /** Place of each weight of the network's flat vector. */
  readonly places: Uint32Array;
  /** Places that are trained: the first ones. Running statistics follow. */
  readonly trained: number;
  /** Places in all; the one behind the last holds a zero. */
  readonly size: number;
}

/** Decides where every weight goes. One entry of `layers` a stage, undefined for pools. */
export function packWeights(
  network: NetworkSpec,
  stages: readonly Stage[],
  flows: readonly Flow[],
  block: number,
): Packing {
  const layout = weightLayout(network);
  const places = new Uint32Array(layout.parameters);
  const tensor = (layer: number, name: TensorName) =>
    layout.tensors.find((entry) => entry.layer === layer && entry.name === name);
  let size = 0;
  /** Gives the values of a tensor [channels] places in a row, followed by unused ones up to a whole block. */
  const inRow = ({ offset, shape }: WeightTensor): number => {
    const start = size;
    for (let i = 0; i < shape[0]; i++) places[offset + i] = start + i;
    size += roundUp(shape[0], block);
    return start;
  };
  const layers = stages.map((stage, i): PackedLayer | undefined => {
    const kernel = tensor(stage.index, "kernel");
    if (!kernel) return undefined;
    const bias = tensor(stage.index, "bias");
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
    return { kernelPlace, taps, storedTaps, biasPlace: bias && inRow(bias) };
  });
  const normed = network.layers.flatMap(({ type }, index) => (type === "batch-norm" ? [index] : []));
  const trainedNorms = normed.map((index) => ({
    gamma: inRow(tensor(index, "gamma")!),
    beta: inRow(tensor(index, "beta")!),
  }));
  const trained = size;
  const norms = new Map(
    normed.map((index, i) => [
      index,
      {
        ...trainedNorms[i],
        mean: inRow(tensor(index, "mean")!),
        variance: inRow(tensor(index, "variance")!),
      },
    ]),
  );
  return { layers, norms, places, trained, size };
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
