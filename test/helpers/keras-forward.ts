import { activate } from "#lib/networks/activate.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import type { KerasVariable } from "#lib/zoo/interop/keras-layout.js";

/** A map [rows, columns, channels], as TensorFlow has it. */
interface Map {
  readonly side: number;
  readonly channels: number;
  readonly values: ArrayLike<number>;
}

/**
 * What a network answers, computed in TensorFlow's order from the columns of a published matrix: convolutions without
 * padding, maximum pooling, dense layers that flatten rows, columns, channels.
 * @param row of the matrix
 * @param image rows x columns x channels
 */
export function kerasForward(
  { layers, input }: NetworkSpec,
  variables: readonly KerasVariable[],
  row: ArrayLike<number>,
  image: ArrayLike<number>,
): number[] {
  // Bias before kernel, layer by layer.
  const next = variables.map(({ start, shape }) => ({ start, shape })).values();
  let map: Map = { side: input.height, channels: input.channels, values: image };
  for (const layer of layers) {
    if (layer.type === "conv2d") {
      const [bias, kernel] = [next.next().value!, next.next().value!];
      const weight = (at: number) => row[kernel.start + at];
      const [size, , inputs, filters] = kernel.shape;
      map = window(map, size, layer.stride ?? 1, filters, (pixel, f) => {
        let sum = row[bias.start + f];
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++)
            for (let c = 0; c < inputs; c++)
              sum += pixel(y, x, c) * weight(((y * size + x) * inputs + c) * filters + f);
        return sum;
      });
    } else if (layer.type === "max-pool") {
      const { size } = layer;
      const places = Array.from({ length: size * size }, (_, i) => [Math.floor(i / size), i % size]);
      map = window(map, size, layer.stride ?? size, map.channels, (pixel, c) =>
        Math.max(...places.map(([y, x]) => pixel(y, x, c))),
      );
    } else if (layer.type === "dense") {
      const [bias, kernel] = [next.next().value!, next.next().value!];
      const [inputs, outputs] = kernel.shape;
      const { values } = map;
      const sums = Array.from({ length: outputs }, (_, o) => {
        let sum = row[bias.start + o];
        for (let i = 0; i < inputs; i++) sum += values[i] * row[kernel.start + i * outputs + o];
        return sum;
      });
      map = { side: 1, channels: outputs, values: sums };
    } else if (layer.type === "activation") {
      map = { ...map, values: Array.from(map.values, activate(layer.activation)) };
    } else if (layer.type !== "flatten" && layer.type !== "dropout") throw new Error(`no ${layer.type} here`);
  }
  return Array.from(map.values);
}

/** Moves a window over a map. */
function window(
  from: Map,
  size: number,
  stride: number,
  channels: number,
  value: (pixel: (y: number, x: number, channel: number) => number, channel: number) => number,
): Map {
  const side = Math.floor((from.side - size) / stride) + 1;
  const values = Array.from({ length: side * side * channels }, (_, i) => {
    const [top, left] = [
      Math.floor(i / channels / side) * stride,
      (Math.floor(i / channels) % side) * stride,
    ];
    return value(
      (y, x, c) => from.values[((top + y) * from.side + left + x) * from.channels + c],
      i % channels,
    );
  });
  return { side, channels, values };
}
