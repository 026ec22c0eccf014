import { activations } from "../../networks/shapes.js";
import type { LayerSpec } from "../../networks/types.js";
import type { NormPlaces } from "./packing.js";
import { type Context, type Placed, vectorBytes } from "./records.js";

/** Kinds of records, as assembly/_lanes-layers.ts knows them. */
export const recordKinds = {
  convolution: 0,
  maxPool: 1,
  activation: 2,
  averagePool: 3,
  batchNorm: 4,
  dropout: 5,
} as const;

/** Bytes of a flow's gradients, and of whatever is kept value by value. */
function keptBytes({ flow, gradientRowBytes }: Placed): number {
  return flow.height * gradientRowBytes;
}

/** Rows of a flow as a layer walks through them in place: one when no padding lies between them. */
function rowsOf({ flow, rowBytes, gradientRowBytes }: Placed) {
  const whole = flow.storedWidth === flow.width;
  return {
    step: rowBytes,
    bytes: whole ? flow.height * gradientRowBytes : gradientRowBytes,
    count: whole ? 1 : flow.height,
  };
}

/** The record of an activation, fields in the order of assembly/_lanes-layers.ts. */
export function activationRecord(
  { arena }: Context,
  at: Placed,
  { activation }: Extract<LayerSpec, { type: "activation" }>,
  slopes: boolean,
): number[] {
  const rows = rowsOf(at);
  return [
    recordKinds.activation,
    activations.indexOf(activation),
    at.first,
    rows.step,
    at.gradient,
    rows.bytes,
    rows.count,
    slopes ? arena.allocate(keptBytes(at)) : 0,
  ];
}

/**
 * The record of a dropout layer, fields in the order of assembly/_lanes-dropout.ts.
 * @param numbers address of the four models' thresholds, then of their scales
 */
export function dropoutRecord({ arena }: Context, at: Placed, numbers: number): number[] {
  const rows = rowsOf(at);
  const masks = arena.allocate(keptBytes(at));
  return [
    recordKinds.dropout,
    at.first,
    rows.step,
    at.gradient,
    rows.bytes,
    rows.count,
    masks,
    numbers,
    numbers + vectorBytes,
  ];
}

/** The record of a batch norm, fields in the order of assembly/_lanes-batch-norm.ts. */
export function batchNormRecord(context: Context, at: Placed, places: NormPlaces): number[] {
  const { module, arena, weights } = context;
  const { channels, height, width } = at.flow;
  const weight = (place: number) => weights + place * vectorBytes;
  const normalised = arena.allocate(keptBytes(at));
  const [sums, parts, roots, centres] = Array.from({ length: 4 }, () =>
    module.allocate(channels * vectorBytes),
  );
  return [
    recordKinds.batchNorm,
    at.first,
    at.rowBytes,
    at.gradient,
    height,
    width,
    channels,
    normalised,
    weight(places.gamma),
    weight(places.beta),
    weight(places.mean),
    weight(places.variance),
    sums,
    parts,
    roots,
    centres,
  ];
}

/** The record of a max-pooling or average-pooling layer, fields in the order of assembly/_lanes-pool.ts. */
export function poolRecord({ arena, stages, placed }: Context, index: number): number[] {
  const { window, layer } = stages[index];
  const x = placed[index];
  const y = placed[index + 1];
  const global = layer.type === "global-average-pool";
  const [rows, cols] = global ? [x.flow.height, x.flow.width] : [window.size, window.size];
  const tiles =
    global ||
    (window.stride === window.size &&
      x.flow.height === y.flow.height * rows &&
      x.flow.width === y.flow.width * cols);
  const steps = [
    x.first,
    x.rowBytes,
    x.pixelBytes,
    y.first,
    y.rowBytes,
    x.gradient,
    x.gradientRowBytes,
    keptBytes(x),
    y.gradient,
  ];
  const positions = [window.stride, y.flow.height, y.flow.width, tiles ? 1 : 0];
  return layer.type === "max-pool"
    ? [recordKinds.maxPool, ...steps, arena.allocate(keptBytes(y)), window.size, ...positions]
    : [recordKinds.averagePool, ...steps, rows, cols, ...positions];
}
