import { DataError, SpecError } from "../../core/errors.js";
import { volume, weightLayout } from "../../networks/layout.js";
import type { Activation, LayerSpec, NetworkSpec, WeightLayout, WeightTensor } from "../../networks/types.js";
import { formatCsvRecord } from "./csv.js";
import { readTable } from "./table.js";

/** One variable of a flattened Keras model: columns start to end (exclusive) of a weight matrix. */
export interface KerasVariable {
  /** E.g. "sequential/conv2d_1/kernel:0". */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Kernels are [height, width, inputs, outputs] or [inputs, outputs]. */
  readonly shape: readonly number[];
}

/** Weights and bias of one Keras layer. */
interface KerasLayer {
  readonly name: string;
  readonly kernel: KerasVariable;
  readonly bias?: KerasVariable;
}

/**
 * Reads layout.csv: columns varname, start_idx, end_idx, shape ("(3, 3, 1, 16)").
 * @throws DataError "keras/layout" naming file and line where shape and indices do not fit or leave gaps; and as
 *   readTable
 */
export async function readKerasLayout(path: string): Promise<readonly KerasVariable[]> {
  const required = ["varname", "start_idx", "end_idx", "shape"];
  const table = await readTable(path, { required, numbers: ["start_idx", "end_idx"] });
  const { varname, shape } = table.texts;
  let position = 0;
  return varname.map((name, row) => {
    const variable = {
      name,
      start: table.numbers.start_idx[row],
      end: table.numbers.end_idx[row],
      shape: (shape[row].match(/\d+/g) ?? []).map(Number),
    };
    const { start, end } = variable;
    if (start !== position || end - start !== volume(variable.shape)) {
      const where = `${path}, line ${table.lines[row]}: ${name}`;
      throw new DataError(
        "keras/layout",
        `${where} has shape ${shape[row]} and columns ${start} to ${end}; the next free column is ${position}`,
        { value: name },
      );
    }
    position = end;
    return variable;
  });
}

/** Writes a layout as layout.csv has it. */
export function formatKerasLayout(variables: readonly KerasVariable[]): string {
  const lines = variables.map(({ name, start, end, shape }) =>
    formatCsvRecord([name, start, end, end - start, `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`]),
  );
  return `varname,start_idx,end_idx,size,shape\n${lines.join("")}`;
}

/** What a layout says of a network, and what it only lets guess. */
export interface KerasNetwork {
  readonly layout: WeightLayout;
  /** Channels of the images. */
  readonly channels: number;
  /** Undefined where a dense layer flattens a map: then there are strides or pooling that a layout does not tell. */
  readonly network?: NetworkSpec;
}

/**
 * The network that a layout belongs to, as Unterthiner et al. build it: 3x3 convolutions of stride 2 without padding,
 * each followed by the activation and dropout, global average pooling and a dense layer; or dense layers alone. Of other
 * convolutions before dense layers only the layout is known; its layers are then counted by kernels.
 * @param side of the square images in pixels, for networks with convolutions
 * @throws DataError "keras/network" for variables that are no such network
 */
export function kerasNetwork(
  path: string,
  variables: readonly KerasVariable[],
  activation: Activation,
  side: number,
): KerasNetwork {
  const layers = kerasLayers(path, variables);
  const convolutions = layers.filter(({ kernel }) => kernel.shape.length === 4);
  const dense = layers.slice(convolutions.length);
  const isOrdered = dense.every(({ kernel }) => kernel.shape.length === 2);
  const isSquare = convolutions.every(({ kernel: { shape } }) => shape[0] === shape[1]);
  if (dense.length === 0 || !isOrdered || !isSquare) {
    throw notANetwork(path, "convolutions with square kernels, then dense layers");
  }
  const [inputs] = dense[0].kernel.shape;
  const filters = convolutions.at(-1)?.kernel.shape[3];
  if (filters !== undefined && inputs !== filters) {
    if (inputs % filters !== 0) throw notANetwork(path, `a multiple of ${filters} inputs after convolutions`);
    return { layout: layoutOfLayers(layers), channels: convolutions[0].kernel.shape[2] };
  }
  const after: LayerSpec[] = [{ type: "activation", activation }, { type: "dropout" }];
  const spec: LayerSpec[] = convolutions.flatMap(({ kernel: { shape }, bias }): LayerSpec[] => [
    { type: "conv2d", filters: shape[3], kernel: shape[0], stride: 2, ...(bias ? {} : { bias: false }) },
    ...after,
  ]);
  if (convolutions.length > 0) spec.push({ type: "global-average-pool" });
  dense.forEach(({ kernel: { shape }, bias }, index) => {
    spec.push({ type: "dense", outputs: shape[1], ...(bias ? {} : { bias: false }) });
    if (index < dense.length - 1) spec.push(...after);
  });
  const channels = convolutions[0]?.kernel.shape[2] ?? (Number.isInteger(Math.sqrt(inputs)) ? 1 : 3);
  const edge = convolutions.length > 0 ? side : Math.sqrt(inputs / channels);
  if (!Number.isInteger(edge))
    throw notANetwork(path, "as many inputs as a square image has, in 1 or 3 channels");
  const input = { channels, height: edge, width: edge };
  const network: NetworkSpec = { name: "unterthiner-cnn", input, layers: spec };
  return { network, layout: weightLayout(network), channels };
}

/** Layers one behind the other in our order, numbered from 0. */
function layoutOfLayers(layers: readonly KerasLayer[]): WeightLayout {
  const tensors: WeightTensor[] = [];
  let offset = 0;
  const add = (layer: number, name: "kernel" | "bias", shape: readonly number[]) => {
    tensors.push({ layer, name, shape, offset });
    offset += volume(shape);
  };
  layers.forEach(({ kernel: { shape }, bias }, layer) => {
    // [height, width, inputs, outputs] or [inputs, outputs] against ours.
    const [outputs, inputs, width, height] = [...shape].reverse();
    add(layer, "kernel", shape.length === 4 ? [outputs, inputs, height, width] : [outputs, inputs]);
    if (bias) add(layer, "bias", bias.shape);
  });
  return { tensors, parameters: offset };
}

/** Variables by layer, in the order of their first columns. */
function kerasLayers(path: string, variables: readonly KerasVariable[]): KerasLayer[] {
  const layers = new Map<string, { kernel?: KerasVariable; bias?: KerasVariable }>();
  for (const variable of variables) {
    const [, name, kind] = /^(?:(.*)\/)?(kernel|bias)(?::\d+)?$/.exec(variable.name) ?? [];
    if (kind === undefined) throw notANetwork(path, `kernels and biases, but there is ${variable.name}`);
    const layer = layers.get(name) ?? {};
    layer[kind as "kernel" | "bias"] = variable;
    layers.set(name, layer);
  }
  return [...layers].map(([name, { kernel, bias }]) => {
    if (!kernel) throw notANetwork(path, `a kernel for every bias, but ${name} has none`);
    return { name, kernel, ...(bias ? { bias } : {}) };
  });
}

function notANetwork(path: string, wanted: string): DataError {
  return new DataError(
    "keras/network",
    `${path} does not describe a network of this data set: it must have ${wanted}`,
  );
}

/**
 * For each weight in our layout, its column in Keras's: our weight i is theirs at `result[i]`. A dense layer that
 * flattens a map sees it by row, column, channel there and by channel, row, column here.
 * @param variables of the network that `layout` belongs to
 * @param channels of the images
 * @throws SpecError "export/network" for a dense layer that cannot see what stands before it
 */
export function kerasColumns(
  path: string,
  variables: readonly KerasVariable[],
  layout: WeightLayout,
  channels: number,
): Int32Array {
  const layers = kerasLayers(path, variables);
  const order = [...new Set(layout.tensors.map(({ layer }) => layer))];
  const columns = new Int32Array(layout.parameters);
  // Of what a layer is given: those of the images, then the outputs of the layer before.
  let inputs = channels;
  for (const { layer, name, shape, offset } of layout.tensors) {
    const { kernel, bias } = layers[order.indexOf(layer)];
    if (name === "bias") {
      for (let i = 0; i < shape[0]; i++) columns[offset + i] = (bias as KerasVariable).start + i;
      continue;
    }
    // [outputs, inputs, area] against [area, inputs, outputs]; the area is the kernel's, or the map's that is flattened.
    const [outputs] = shape;
    if (shape.length === 4) inputs = shape[1];
    const area = volume(shape) / (outputs * inputs);
    if (!Number.isInteger(area)) throw unflattened(layer, shape, inputs);
    for (let i = 0; i < outputs * inputs * area; i++) {
      const output = Math.floor(i / (inputs * area));
      const input = Math.floor(i / area) % inputs;
      columns[offset + i] = kernel.start + ((i % area) * inputs + input) * outputs + output;
    }
    inputs = outputs;
  }
  return columns;
}

function unflattened(layer: number, shape: readonly number[], inputs: number): SpecError {
  return new SpecError(
    "export/network",
    `layer ${layer} has a kernel [${shape}] behind ${inputs} channels, which cannot be put into TensorFlow's order; choose another format than unterthiner`,
    { value: shape },
  );
}

/**
 * The variables that Unterthiner et al. would publish for a layout: per layer bias before kernel.
 * @throws SpecError "export/network" for a layout with other tensors than kernels and biases
 */
export function kerasVariables({ tensors }: WeightLayout): readonly KerasVariable[] {
  const counts = { conv2d: 0, dense: 0 };
  const variables: KerasVariable[] = [];
  let position = 0;
  const add = (name: string, shape: readonly number[]) => {
    variables.push({ name, start: position, end: position + volume(shape), shape });
    position += volume(shape);
  };
  for (const layer of new Set(tensors.map((tensor) => tensor.layer))) {
    const own = tensors.filter((tensor) => tensor.layer === layer);
    const kernel = own.find(({ name }) => name === "kernel");
    const bias = own.find(({ name }) => name === "bias");
    const kind = kernel?.shape.length === 4 ? "conv2d" : "dense";
    if (!kernel || own.length > (bias ? 2 : 1) || (kind === "dense" && kernel.shape.length !== 2)) {
      throw new SpecError(
        "export/network",
        `layer ${layer} has ${own.map(({ name, shape }) => `${name} [${shape}]`).join(", ")}; the format unterthiner takes convolutions and dense layers only, choose another`,
      );
    }
    const stem = `sequential/${kind}${counts[kind] > 0 ? `_${counts[kind]}` : ""}`;
    counts[kind] += 1;
    const [outputs, inputs, height, width] = kernel.shape;
    if (bias) add(`${stem}/bias:0`, bias.shape);
    add(`${stem}/kernel:0`, kind === "conv2d" ? [height, width, inputs, outputs] : [inputs, outputs]);
  }
  return variables;
}
