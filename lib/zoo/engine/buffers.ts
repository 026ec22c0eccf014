import { networkShapes, type Shape, sizeOf } from "../../networks/shapes.js";
import type { LayerSpec, NetworkSpec } from "../../networks/types.js";

/** A window that slides over a map: a convolution's kernel, a pool's window, or a dense layer's single pixel. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** What flows between two layers, as it lies in memory: [row][column][channel][sample], padding stored around it. */
export interface Flow {
  readonly channels: number;
  /** Rows and columns that are computed: those that the next layer reads. */
  readonly height: number;
  readonly width: number;
  /** Rows and columns of zeros stored before the first. */
  readonly padding: number;
  /** Rows and columns stored, padding included. */
  readonly storedHeight: number;
  readonly storedWidth: number;
}

/** A layer that makes a new flow. Activations work in place, but see `needsCopy`. */
export interface Stage {
  /** Index into the network's layers. */
  readonly index: number;
  readonly layer: Exclude<LayerSpec, { type: "activation" }>;
  readonly window: Window;
  /** Its input as the layer takes it: all of a dense layer's inputs are channels of one pixel. */
  readonly input: Shape;
  /** Its input as the layer before leaves it. */
  readonly given: Shape;
  readonly output: Shape;
}

/**
 * Whether an activation must work on a copy: its derivative is taken from its values, so a second activation must not
 * overwrite the first one's.
 */
export function needsCopy(network: NetworkSpec, index: number): boolean {
  return (
    index > 0 &&
    network.layers[index].type === "activation" &&
    network.layers[index - 1].type === "activation"
  );
}

/** The layers of a network that make new flows, in order; a copy is a pool of single pixels. */
export function stagesOf(network: NetworkSpec): Stage[] {
  const shapes = networkShapes(network);
  const stages: Stage[] = [];
  network.layers.forEach((given, index) => {
    const layer = needsCopy(network, index) ? ({ type: "max-pool", size: 1 } as const) : given;
    if (layer.type === "activation") return;
    const from = shapes[index];
    const input = layer.type === "dense" ? flat(from) : from;
    stages.push({ index, layer, window: windowOf(layer), input, given: from, output: shapes[index + 1] });
  });
  return stages;
}

function flat(shape: Shape): Shape {
  return { channels: sizeOf(shape), height: 1, width: 1 };
}

function windowOf(layer: Stage["layer"]): Window {
  if (layer.type === "dense") return { size: 1, stride: 1, padding: 0 };
  if (layer.type === "max-pool") return { size: layer.size, stride: layer.stride ?? layer.size, padding: 0 };
  return { size: layer.kernel, stride: layer.stride ?? 1, padding: layer.padding ?? 0 };
}

/**
 * The flow into each stage and, last, the network's output. Pixels that no later window reaches (a pool drops its
 * last incomplete one) are not computed at all.
 */
export function flowsOf(stages: readonly Stage[]): Flow[] {
  const last = stages[stages.length - 1].output;
  const flows: Flow[] = [plain(last)];
  for (let i = stages.length - 1; i >= 0; i--) {
    const { layer, window, input } = stages[i];
    const next = flows[0];
    if (layer.type === "dense") {
      flows.unshift(plain(stages[i].given));
      continue;
    }
    const [height, storedHeight] = extent(input.height, next.height, window);
    const [width, storedWidth] = extent(input.width, next.width, window);
    flows.unshift({
      channels: input.channels,
      height,
      width,
      padding: window.padding,
      storedHeight,
      storedWidth,
    });
  }
  return flows;
}

function plain({ channels, height, width }: Shape): Flow {
  return { channels, height, width, padding: 0, storedHeight: height, storedWidth: width };
}

/** How many of `length` pixels are needed for `positions` of the window, and how many are stored with padding. */
function extent(length: number, positions: number, window: Window): [number, number] {
  const reach = (positions - 1) * window.stride + window.size;
  const used = Math.min(length, Math.max(1, reach - window.padding));
  return [used, Math.max(reach, window.padding + used)];
}
