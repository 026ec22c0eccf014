import { DataError, SpecError } from "../../core/errors.js";
import { volume } from "../../networks/layout.js";
import type { Activation, LayerSpec, NetworkSpec, WeightLayout } from "../../networks/types.js";
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

/**
 * The network that a layout belongs to, as Unterthiner et al. build it: 3x3 convolutions of stride 2 without padding,
 * each followed by the activation and dropout, global average pooling and a dense layer; or dense layers alone.
 * @param side of the square images in pixels, for networks with convolutions
 * @throws DataError "keras/network" for variables that are no such network
 */
export function kerasNetwork(
  path: string,
  variables: readonly KerasVariable[],
  activation: Activation,
  side: number,
): NetworkSpec {
  const layers = kerasLayers(path, variables);
  const convolutions = layers.filter(({ kernel }) => kernel.shape.length === 4);
  const dense = layers.slice(convolutions.length);
  const isOrdered = dense.every(({ kernel }) => kernel.shape.length === 2);
  const isSquare = convolutions.every(({ kernel: { shape } }) => shape[0] === shape[1]);
  if (dense.length === 0 || !isOrdered || !isSquare) {
    throw notANetwork(path, "convolutions with square kernels, then dense layers");
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
  const pixels = Math.sqrt(dense[0].kernel.shape[0]);
  const edge = convolutions.length > 0 ? side : pixels;
  const channels = convolutions[0]?.kernel.shape[2] ?? 1;
  return { name: "unterthiner-cnn", input: { channels, height: edge, width: edge }, layers: spec };
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
 * For each weight in our layout, its column in Keras's: our weight i is theirs at `result[i]`.
 * @param variables of the network that `layout` belongs to
 */
export function kerasColumns(
  path: string,
  variables: readonly KerasVariable[],
  layout: WeightLayout,
): Int32Array {
  const layers = kerasLayers(path, variables);
  const order = [...new Set(layout.tensors.map(({ layer }) => layer))];
  const columns = new Int32Array(layout.parameters);
  for (const { layer, name, shape, offset } of layout.tensors) {
    const { kernel, bias } = layers[order.indexOf(layer)];
    if (name === "bias") {
      for (let i = 0; i < shape[0]; i++) columns[offset + i] = (bias as KerasVariable).start + i;
      continue;
    }
    // [outputs, inputs, height, width] against [height, width, inputs, outputs].
    const [outputs, inputs] = shape;
    const area = volume(shape.slice(2));
    for (let i = 0; i < outputs * inputs * area; i++) {
      const output = Math.floor(i / (inputs * area));
      const input = Math.floor(i / area) % inputs;
      columns[offset + i] = kernel.start + ((i % area) * inputs + input) * outputs + output;
    }
  }
  return columns;
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
