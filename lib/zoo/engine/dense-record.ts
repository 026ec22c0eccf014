import { recordKinds } from "./layer-records.js";
import { transposeWeights } from "./packing.js";
import { type Context, type Placed, vectorBytes, writeRecord } from "./records.js";

/**
 * Kernels whose rows are runs of fewer values than this meet copies of their patches instead: the copy is cheap beside
 * the loops' overhead on short runs.
 */
const shortRun = 8;

/** Patches of a whole map that need more bytes than this leave the cache before they are read. */
const largePatches = 65536;

/** Steps through a layer's input, in bytes. */
interface Steps {
  readonly start: number;
  readonly pixel: number;
  readonly line: number;
  readonly row: number;
  readonly rows: number;
  /** Values a row of the kernel meets. */
  readonly run: number;
}

/**
 * The record of a convolution or dense layer, fields in the order of assembly/_lanes-dense.ts.
 * @param index of the stage
 */
export function denseRecord(context: Context, index: number): number[] {
  const { module, packing, placed, samples, weights, zeros } = context;
  const { window, layer, input } = context.stages[index];
  const x = placed[index];
  const y = placed[index + 1];
  const packed = packing.layers[index]!;
  const dense = layer.type === "dense";
  const block = 8 / samples;
  const element = samples * vectorBytes;
  const pixelBytes = input.channels * element;
  const row = dense ? 0 : x.rowBytes;
  const run = window.size * input.channels;
  const plain: Steps = {
    start: x.stored,
    pixel: window.stride * pixelBytes,
    line: window.stride * row,
    row,
    rows: window.size,
    run,
  };
  const copied = window.size > 1 && run < shortRun;
  const patchBytes = y.flow.height * y.flow.width * plain.rows * run * element;
  const rowwise = copied && patchBytes > largePatches;
  const steps = copied ? patches(context, index, plain, rowwise) : plain;
  const biased = packed.biasPlace !== undefined;
  return [
    recordKinds.convolution,
    steps.start,
    steps.pixel,
    steps.line,
    steps.row,
    steps.rows,
    steps.run,
    weights + packed.kernelPlace * vectorBytes,
    steps.run * block * vectorBytes,
    packed.storedTaps * block * vectorBytes,
    y.flow.channels,
    biased ? weights + packed.biasPlace! * vectorBytes : zeros,
    biased ? block * vectorBytes : 0,
    y.first,
    y.rowBytes,
    y.flow.height,
    y.flow.width,
    y.gradient,
    packed.taps,
    writeRecord(
      module,
      copied && !rowwise ? patchPairs(packed.taps, y, element) : tapPairs(context, index, plain),
    ),
    x.gradient,
    context.stages[index].index > context.trainable ? transposedOf(context, index) : 0,
    window.stride,
    dense ? 1 : x.flow.height,
    dense ? 1 : x.flow.width,
    input.channels,
    window.padding,
    zeros,
    copied ? plain.start : 0,
    plain.row,
    plain.rows,
    plain.run * element,
    plain.pixel,
    plain.line,
    rowwise ? 1 : 0,
  ];
}

/** Room for the patches of all positions, or of one row of them, and the steps through it. */
function patches({ arena, placed, samples }: Context, index: number, plain: Steps, rowwise: boolean): Steps {
  const { height, width } = placed[index + 1].flow;
  const run = plain.rows * plain.run;
  const pixel = run * samples * vectorBytes;
  const start = arena.allocate((rowwise ? 1 : height) * width * pixel);
  return { start, pixel, line: rowwise ? 0 : width * pixel, row: 0, rows: 1, run };
}

/** Pairs of taps (see weights2x4) in copied patches: all positions are one line. */
function patchPairs(taps: number, { flow }: Placed, element: number): number[] {
  const pairs: number[] = [];
  for (let tap = 0; tap < taps; tap += 2) pairs.push(tap * element, element, 0, 1, flow.height * flow.width);
  return pairs;
}

/**
 * Pairs of taps (see weights2x4). Taps of one pixel of the kernel skip the positions at which it lies in the padding;
 * a pair of two such pixels takes all positions, since the stored padding is zero.
 */
function tapPairs(context: Context, index: number, steps: Steps): number[] {
  const { placed, samples, packing, stages } = context;
  const { channels } = stages[index].input;
  const { taps } = packing.layers[index]!;
  const y = placed[index + 1];
  const element = samples * vectorBytes;
  const offset = (tap: number) => Math.floor(tap / steps.run) * steps.row + (tap % steps.run) * element;
  const pairs: number[] = [];
  for (let tap = 0; tap < taps; tap += 2) {
    const second = Math.min(tap + 1, taps - 1);
    const pixel = Math.floor(tap / channels);
    const whole = pixel !== Math.floor(second / channels);
    const size = stages[index].window.size;
    const [top, lines] = whole
      ? [0, y.flow.height]
      : reached(context, index, Math.floor(pixel / size), "height");
    const [left, pixels] = whole ? [0, y.flow.width] : reached(context, index, pixel % size, "width");
    pairs.push(
      offset(tap) + top * steps.line + left * steps.pixel,
      offset(second) - offset(tap),
      top * y.gradientRowBytes + left * y.pixelBytes,
      lines,
      pixels,
    );
  }
  return pairs;
}

/** First position, and number of positions, at which row or column `at` of a kernel meets a pixel. */
function reached(context: Context, index: number, at: number, side: "height" | "width"): [number, number] {
  const { window, layer } = context.stages[index];
  const positions = context.placed[index + 1].flow[side];
  if (layer.type === "dense") return [0, positions];
  const length = context.placed[index].flow[side];
  const from = Math.max(0, Math.ceil((window.padding - at) / window.stride));
  const to = Math.min(positions, Math.floor((length - 1 + window.padding - at) / window.stride) + 1);
  return to > from ? [from, to - from] : [0, 0];
}

/** Appends a layer's transposed weights and returns the address of its table of parities. */
function transposedOf(context: Context, index: number): number {
  const { packing, placed, sources, samples, stages, transposed, module } = context;
  const shape = { channels: stages[index].input.channels, outputs: placed[index + 1].flow.channels };
  const start = transposed + sources.length * vectorBytes;
  const made = transposeWeights(packing.layers[index]!, stages[index], shape, 8 / samples, packing.size);
  for (const source of made.sources) sources.push(source);
  return writeRecord(
    module,
    made.parities.flatMap((parity) => [start + parity.start * vectorBytes, parity.tall, parity.wide]),
  );
}
