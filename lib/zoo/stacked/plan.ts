import { SpecError } from "../../core/errors.js";
import { weightLayout } from "../../networks/layout.js";
import { networkShapes, type Shape, sizeOf } from "../../networks/shapes.js";
import type { Activation, LayerSpec, NetworkSpec, WeightTensor } from "../../networks/types.js";
import { pixels, slidingWindows, type Windows } from "./windows.js";

/** Where a matrix (rows x cols) or a row stands in a stacked model's vector of trained weights or of statistics. */
export interface Slot {
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
}

/** A kernel [inputs, outputs], whose inputs are taps x channels for a convolution, and its bias. */
export interface Kernel {
  readonly kernel: Slot;
  readonly bias: Slot | undefined;
}

/** A layer as it is run on stacked maps [models x samples, pixels, channels]. */
export type StackedLayer =
  | ({ readonly type: "dense" } & Kernel)
  | ({ readonly type: "conv2d"; readonly windows: Windows } & Kernel)
  | { readonly type: "max-pool" | "average-pool"; readonly windows: Windows }
  | { readonly type: "global-average-pool" }
  | {
      readonly type: "batch-norm";
      readonly gamma: Slot;
      readonly beta: Slot;
      /** In the vector of running statistics. */
      readonly mean: Slot;
      readonly variance: Slot;
    }
  /** `number` counts the network's dropout layers. */
  | { readonly type: "dropout"; readonly number: number }
  | { readonly type: "activation"; readonly activation: Activation };

/** A network as stacked models hold and run it. */
export interface StackedPlan {
  readonly network: NetworkSpec;
  readonly layers: readonly StackedLayer[];
  /** What flows into each layer and, last, out of the network. */
  readonly shapes: readonly Shape[];
  readonly outputs: number;
  /** First layer with weights: gradients go no further. */
  readonly firstTrained: number;
  readonly slots: readonly Slot[];
  /** Values that are trained, and running statistics. */
  readonly trained: number;
  readonly running: number;
  /** For each weight in the store's order: its place among the trained values, or behind them in the statistics. */
  readonly places: Uint32Array;
}

/**
 * Lays a network out for stacked training. Kernels are stored [inputs, outputs] with inputs in the order of maps (row,
 * column, channel), as a plain matrix product wants them; `places` leads back to torch's order.
 * @throws SpecError "engine/network" when the network ends in a map instead of a vector, or has no weights
 */
export function planStacked(network: NetworkSpec): StackedPlan {
  const shapes = networkShapes(network);
  const firstTrained = network.layers.findIndex(({ type }) =>
    ["dense", "conv2d", "batch-norm"].includes(type),
  );
  const last = shapes[shapes.length - 1];
  if (firstTrained < 0 || last.height * last.width !== 1) {
    const problem = firstTrained < 0 ? "has no weights to train" : "ends in a map of several pixels";
    throw new SpecError("engine/network", `network "${network.name}" ${problem}; end it with a dense layer`);
  }
  const layout = new Layout(network, shapes);
  const kept = network.layers.flatMap((layer, index) => (layer.type === "flatten" ? [] : [{ layer, index }]));
  const layers = kept.map(({ layer, index }) => layout.layer(layer, index));
  return {
    network,
    layers,
    // Flatten is left out: maps keep their pixels until a dense layer reads them.
    shapes: [...kept.map(({ index }) => layout.mapBefore(index)), last],
    outputs: sizeOf(last),
    firstTrained: kept.findIndex(({ index }) => index === firstTrained),
    slots: layout.slots,
    trained: layout.trained,
    running: layout.running,
    places: layout.places(),
  };
}

class Layout {
  readonly slots: Slot[] = [];
  trained = 0;
  running = 0;
  private dropouts = 0;
  private readonly tensors: readonly WeightTensor[];
  private readonly parameters: number;
  private readonly placed: { readonly tensor: WeightTensor; readonly place: (i: number) => number }[] = [];

  constructor(
    private readonly network: NetworkSpec,
    private readonly shapes: readonly Shape[],
  ) {
    ({ tensors: this.tensors, parameters: this.parameters } = weightLayout(network));
  }

  /** The map that reaches a layer, as if there were no flatten before it. */
  mapBefore(index: number): Shape {
    let at = index;
    while (at > 0) {
      const before = this.network.layers[at - 1].type;
      if (before === "flatten") return this.mapBefore(at - 1);
      if (before !== "activation" && before !== "dropout") break;
      at--;
    }
    return this.shapes[index];
  }

  layer(layer: Exclude<LayerSpec, { type: "flatten" }>, index: number): StackedLayer {
    const input = this.mapBefore(index);
    const output = this.shapes[index + 1];
    switch (layer.type) {
      case "dense":
        return { type: "dense", ...this.kernel(index, input, pixels(input)) };
      case "conv2d": {
        const { kernel: size, stride = 1, padding = 0 } = layer;
        const windows = slidingWindows(input, output, { size, stride, padding });
        return { type: "conv2d", windows, ...this.kernel(index, input, windows.taps) };
      }
      case "max-pool":
      case "average-pool": {
        const { size, stride = size } = layer;
        return { type: layer.type, windows: slidingWindows(input, output, { size, stride }) };
      }
      case "global-average-pool":
        return { type: "global-average-pool" };
      case "batch-norm":
        return {
          type: "batch-norm",
          gamma: this.row(index, "gamma"),
          beta: this.row(index, "beta"),
          mean: this.statistic(index, "mean"),
          variance: this.statistic(index, "variance"),
        };
      case "dropout":
        return { type: "dropout", number: this.dropouts++ };
      case "activation":
        return { type: "activation", activation: layer.activation };
    }
  }

  /** A kernel over `taps` pixels of its input; torch's order is [output][channel][tap], ours [tap][channel][output]. */
  private kernel(layer: number, { channels }: Shape, taps: number): Kernel {
    const tensor = this.tensor(layer, "kernel");
    const [outputs] = tensor.shape;
    const slot = this.slot(taps * channels, outputs);
    const place = (i: number) => {
      const output = Math.floor(i / (taps * channels));
      const channel = Math.floor(i / taps) % channels;
      return slot.offset + ((i % taps) * channels + channel) * outputs + output;
    };
    this.placed.push({ tensor, place });
    const biased = this.tensors.some((other) => other.layer === layer && other.name === "bias");
    return { kernel: slot, bias: biased ? this.row(layer, "bias") : undefined };
  }

  private row(layer: number, name: WeightTensor["name"]): Slot {
    const tensor = this.tensor(layer, name);
    const slot = this.slot(1, tensor.shape[0]);
    this.placed.push({ tensor, place: (i) => slot.offset + i });
    return slot;
  }

  private statistic(layer: number, name: WeightTensor["name"]): Slot {
    const tensor = this.tensor(layer, name);
    const slot = { offset: this.running, rows: 1, cols: tensor.shape[0] };
    this.running += slot.cols;
    this.placed.push({ tensor, place: (i) => this.trained + slot.offset + i });
    return slot;
  }

  private slot(rows: number, cols: number): Slot {
    const slot = { offset: this.trained, rows, cols };
    this.slots.push(slot);
    this.trained += rows * cols;
    return slot;
  }

  private tensor(layer: number, name: WeightTensor["name"]): WeightTensor {
    return this.tensors.find((tensor) => tensor.layer === layer && tensor.name === name)!;
  }

  places(): Uint32Array {
    const places = new Uint32Array(this.parameters);
    for (const { tensor, place } of this.placed) {
      const size = tensor.shape.reduce((product, side) => product * side, 1);
      for (let i = 0; i < size; i++) places[tensor.offset + i] = place(i);
    }
    return places;
  }
}
