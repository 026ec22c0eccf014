import { checkOptions, SpecError } from "../core/errors.js";
import type { Activation, LayerSpec, NetworkSpec } from "./types.js";

/** Channels, rows and columns of what flows between two layers. */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** All activations; the engine's kernels know them by their place in this list. */
export const activations: readonly Activation[] = [
  "sigmoid",
  "tanh",
  "relu",
  "leaky-relu",
  "elu",
  "gelu",
  "silu",
];

/** Slope of leaky ReLU below zero, as in torch. */
export const leakySlope = 0.01;

/** What batch norm adds to a variance before the square root, as in torch. */
export const batchNormEpsilon = 1e-5;

/** Number of values of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.channels * shape.height * shape.width;
}

/**
 * Checks a network and infers what flows through it.
 * @returns shape before layer 0, then after each layer: `layers.length + 1` shapes
 * @throws SpecError naming the layer's index and the field that cannot be
 */
export function networkShapes(spec: NetworkSpec): Shape[] {
  const { channels, height, width } = spec.input;
  for (const [field, value] of Object.entries({ channels, height, width })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new SpecError(
        "network/input",
        `network "${spec.name}": input.${field} is ${value}; give a positive whole number`,
        { value },
      );
    }
  }
  if (spec.layers.length === 0) throw new SpecError("network/layers", `network "${spec.name}" has no layers`);
  const shapes: Shape[] = [{ channels, height, width }];
  spec.layers.forEach((layer, index) => {
    const where = `network "${spec.name}", layer ${index}`;
    shapes.push(shapeAfter(layer, shapes[index], where));
    if (layer.type === "flatten") checkFlatten(spec.layers, index, where);
  });
  return shapes;
}

function shapeAfter(layer: LayerSpec, input: Shape, where: string): Shape {
  switch (layer.type) {
    case "dense":
      checkOptions(layer, ["type", "outputs", "bias"], `${where} (dense)`);
      checkBias(layer.bias, where);
      return { channels: whole(layer.outputs, 1, "outputs", where), height: 1, width: 1 };
    case "conv2d":
      return afterConv(layer, input, where);
    case "max-pool":
    case "average-pool":
      return afterPool(layer, input, where);
    case "global-average-pool":
      checkOptions(layer, ["type"], `${where} (global-average-pool)`);
      return { channels: input.channels, height: 1, width: 1 };
    case "batch-norm":
      checkOptions(layer, ["type"], `${where} (batch-norm)`);
      return input;
    case "dropout":
      checkOptions(layer, ["type", "rate"], `${where} (dropout)`);
      checkRate(layer.rate, where);
      return input;
    case "flatten":
      checkOptions(layer, ["type"], `${where} (flatten)`);
      return { channels: sizeOf(input), height: 1, width: 1 };
    case "activation":
      checkOptions(layer, ["type", "activation"], `${where} (activation)`);
      checkActivation(layer.activation, where);
      return input;
    default: {
      const type = (layer as { type: unknown }).type;
      const known =
        "dense, conv2d, max-pool, average-pool, global-average-pool, batch-norm, dropout, flatten or activation";
      throw new SpecError("network/type", `${where}: type "${type}" is unknown; choose ${known}`, {
        value: type,
      });
    }
  }
}

function afterConv(layer: Extract<LayerSpec, { type: "conv2d" }>, input: Shape, where: string): Shape {
  checkOptions(layer, ["type", "filters", "kernel", "stride", "padding", "bias"], `${where} (conv2d)`);
  checkBias(layer.bias, where);
  const channels = whole(layer.filters, 1, "filters", where);
  const kernel = whole(layer.kernel, 1, "kernel", where);
  const stride = whole(layer.stride ?? 1, 1, "stride", where);
  const padding = whole(layer.padding ?? 0, 0, "padding", where);
  return { channels, ...slide(input, kernel, stride, padding, "kernel", where) };
}

function afterPool(
  layer: Extract<LayerSpec, { type: "max-pool" | "average-pool" }>,
  input: Shape,
  where: string,
): Shape {
  checkOptions(layer, ["type", "size", "stride"], `${where} (${layer.type})`);
  const size = whole(layer.size, 1, "size", where);
  const stride = whole(layer.stride ?? size, 1, "stride", where);
  return { channels: input.channels, ...slide(input, size, stride, 0, "size", where) };
}

/** Rows and columns of a window's positions; the last incomplete window is dropped, as in torch. */
function slide(
  input: Shape,
  window: number,
  stride: number,
  padding: number,
  field: string,
  where: string,
): { height: number; width: number } {
  if (window > Math.min(input.height, input.width) + 2 * padding) {
    const given = `${input.height} x ${input.width}${padding > 0 ? ` with padding ${padding}` : ""}`;
    throw new SpecError("network/shape", `${where}: ${field} ${window} does not fit its input of ${given}`, {
      value: window,
    });
  }
  const positions = (length: number) => Math.floor((length + 2 * padding - window) / stride) + 1;
  return { height: positions(input.height), width: positions(input.width) };
}

/** What is flattened has no rows and columns any more: only a dense layer is meant to read it. */
function checkFlatten(layers: readonly LayerSpec[], index: number, where: string): void {
  const next = layers.slice(index + 1).find(({ type }) => type !== "activation" && type !== "dropout");
  if (next?.type === "dense") return;
  const found = next === undefined ? "no layer" : `a ${next.type} layer`;
  throw new SpecError(
    "network/flatten",
    `${where}: flatten is followed by ${found}; put a dense layer next (activations and dropout may stand between) or leave flatten out`,
    { value: next?.type },
  );
}

function whole(value: number, least: number, field: string, where: string): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new SpecError(
    "network/field",
    `${where}: ${field} is ${value}; give a whole number of at least ${least}`,
    {
      value,
    },
  );
}

function checkBias(value: unknown, where: string): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new SpecError("network/field", `${where}: bias is ${String(value)}; give true or false`, { value });
}

function checkRate(value: number | undefined, where: string): void {
  if (value === undefined || (Number.isFinite(value) && value >= 0 && value < 1)) return;
  const message = `${where}: rate is ${value}; give a number from 0 to below 1, or none for the model's own dropout`;
  throw new SpecError("network/field", message, { value });
}

function checkActivation(value: Activation, where: string): void {
  if (activations.includes(value)) return;
  const message = `${where}: activation "${value}" is unknown; choose ${activations.join(", ")}`;
  throw new SpecError("network/activation", message, { value });
}
