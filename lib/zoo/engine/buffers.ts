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

/** Layers that work in place on the flow they are given; flatten does nothing at all, since dense layers flatten. */
const inPlace = ["activation", "batch-norm", "dropout", "flatten"] as const;
type InPlace = (typeof inPlace)[number];

/** A layer that makes a new flow. */
export interface Stage {
  /** Index into the network's layers. */
  readonly index: number;
  readonly layer: Exclude<LayerSpec, { type: InPlace }>;
  readonly window: Window;
  /** Its input as the layer takes it: all of a dense layer's inputs are channels of one pixel. */
  readonly input: Shape;
  /** Its input as the layer before leaves it. */
  readonly given: Shape;
  readonly output: Shape;
  /** Whether batch norm works on its input: all of a map's pixels then count, read or not. */
  readonly normedInput: boolean;
}

function worksInPlace(layer: LayerSpec): layer is Extract<LayerSpec, { type: InPlace }> {
  return (inPlace as readonly string[]).includes(layer.type);
}

/**
 * Whether an activation's derivatives must be kept: they come from its inputs (GELU, SiLU), or a later layer overwrites
 * the values that they could be had from.
 */
export function keepsSlopes(network: NetworkSpec, index: number): boolean {
  const layer = network.layers[index];
  if (layer.type !== "activation") return false;
  if (layer.activation === "gelu" || layer.activation === "silu") return true;
  const next = network.layers.slice(index + 1).find(({ type }) => type !== "flatten");
  return next !== undefined && worksInPlace(next);
}

/** The layers of a network that make new flows, in order. */
export function stagesOf(network: NetworkSpec): Stage[] {
  const shapes = networkShapes(network);
  const stages: Stage[] = [];
  let given = shapes[0];
  let normedInput = false;
  network.layers.forEach((layer, index) => {
    normedInput ||= layer.type === "batch-norm";
    if (worksInPlace(layer)) return;
    const input = layer.type === "dense" ? flat(given) : given;
    const output = shapes[index + 1];
    stages.push({ index, layer, window: windowOf(layer), input, given, output, normedInput });
    given = output;
    normedInput = false;
  });
  return stages;
}

function flat(shape: Shape): Shape {
  return { channels: sizeOf(shape), height: 1, width: 1 };
}

function windowOf(layer: Stage["layer"]): Window {
  switch (layer.type) {
    case "dense":
    case "global-average-pool":
      return { size: 1, stride: 1, padding: 0 };
    case "conv2d":
      return { size: layer.kernel, stride: layer.stride ?? 1, padding: layer.padding ?? 0 };
    default:
      return { size: layer.size, stride: layer.stride ?? layer.size, padding: 0 };
  }
}

/**
 * The flow into each stage and, last, the network's output. Pixels that no later window reaches (a pool drops its
 * last incomplete one) are not computed at all, unless batch norm counts them.
 */
export function flowsOf(stages: readonly Stage[]): Flow[] {
  const flows: Flow[] = [plain(stages[stages.length - 1].output)];
  for (let i = stages.length - 1; i >= 0; i--) {
    const { layer, window, input, given, normedInput } = stages[i];
    if (layer.type === "dense" || layer.type === "global-average-pool") {
      flows.unshift(plain(given));
      continue;
    }
    const next = flows[0];
    const [height, storedHeight] = extent(input.height, next.height, window, normedInput);
    const [width, storedWidth] = extent(input.width, next.width, window, normedInput);
    const { channels } = input;
    flows.unshift({ channels, height, width, padding: window.padding, storedHeight, storedWidth });
  }
  return flows;
}

function plain({ channels, height, width }: Shape): Flow {
  return { channels, height, width, padding: 0, storedHeight: height, storedWidth: width };
}

/** How many of `length` pixels are computed for `positions` of the window, and how many are stored with padding. */
function extent(length: number, positions: number, window: Window, all: boolean): [number, number] {
  const reach = (positions - 1) * window.stride + window.size;
  const used = all ? length : Math.min(length, Math.max(1, reach - window.padding));
  return [used, Math.max(reach, window.padding + used)];
}
