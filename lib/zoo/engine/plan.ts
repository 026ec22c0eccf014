import { type LaneModule, laneAddresses } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import { activations } from "../../networks/shapes.js";
import type { NetworkSpec } from "../../networks/types.js";
import { type Flow, flowsOf, needsCopy, type Stage, stagesOf } from "./buffers.js";
import { type Packing, packWeights, roundUp, transposeWeights } from "./packing.js";

/** Bytes of a v128: the same number of four models. */
export const vectorBytes = 16;

/** A network laid out in a module's memory, ready to train. */
export interface LanePlan {
  readonly packing: Packing;
  readonly outputs: number;
  /** Addresses of the packed weights and of their velocities. */
  readonly weights: number;
  readonly velocities: number;
}

/** A flow with its place in memory. */
interface Placed {
  readonly flow: Flow;
  /** Address of the first stored value (padding included) and of the first real one. */
  readonly stored: number;
  readonly first: number;
  readonly rowBytes: number;
  readonly gradient: number;
  readonly gradientRowBytes: number;
  /** Bytes from pixel to pixel. */
  readonly pixelBytes: number;
}

interface Context {
  readonly module: LaneModule;
  readonly stages: readonly Stage[];
  readonly placed: readonly Placed[];
  readonly packing: Packing;
  readonly weights: number;
  readonly samples: number;
  /** Address of four zero elements. */
  readonly zeros: number;
  /** Transposed weights of all layers: places of their sources, in order. */
  readonly sources: number[];
  readonly transposed: number;
}

/**
 * Lays a network out: buffers between layers, packed weights with velocities and gradients, and the records that the
 * kernels read (fields in the order of assembly/lanes.ts and its parts).
 * @throws SpecError when the network ends in a map instead of a vector, or has no weights
 */
export function planNetwork(module: LaneModule, network: NetworkSpec): LanePlan {
  const stages = stagesOf(network);
  const flows = stages.length > 0 ? flowsOf(stages) : [];
  const trainable = stages.findIndex((stage) => stage.layer.type !== "max-pool");
  const output = flows.at(-1);
  if (trainable < 0 || !output || output.height * output.width !== 1) {
    const problem = trainable < 0 ? "has no weights to train" : "ends in a map of several pixels";
    throw new SpecError("engine/network", `network "${network.name}" ${problem}; end it with a dense layer`);
  }
  // Two samples x four outputs fill the registers; without convolutions four x two fit ten outputs better.
  const samples = network.layers.some((layer) => layer.type === "conv2d") ? 2 : 4;
  const block = 8 / samples;
  const packing = packWeights(network, stages, flows, block);
  const vectors = (count: number) => module.allocate(count * vectorBytes);
  // One more than the packing holds: a zero, the source of padded transposed weights.
  const weights = vectors(packing.size + 1);
  const velocities = vectors(packing.size + 1);
  const gradients = vectors(packing.size + 1);
  const placed = flows.map((flow) => place(module, flow, samples));
  const sources: number[] = [];
  const transposed = vectors(transposedSize(stages, placed, trainable, block));
  const zeros = vectors(4);
  const context = { module, stages, placed, packing, weights, samples, zeros, sources, transposed };
  const records = recordsOf(network, context, trainable);
  const list = writeRecord(module, records.addresses);
  const map = writeRecord(
    module,
    sources.map((source) => source * vectorBytes),
  );
  const [input] = placed;
  const merged = input.flow.padding === 0 && input.flow.width === network.input.width;
  const { channels, height, width } = network.input;
  const plan = [
    samples,
    list,
    records.addresses.length,
    records.firstTrainable,
    input.first,
    merged ? 1 : input.flow.height,
    merged ? input.flow.height * width : input.flow.width,
    input.rowBytes,
    channels,
    width,
    height * width,
    output.channels,
    placed[placed.length - 1].first,
    placed[placed.length - 1].gradient,
    weights,
    velocities - weights,
    gradients - weights,
    transposed,
    map,
    sources.length,
  ];
  module.words(laneAddresses.plan, plan.length).set(plan);
  return { packing, outputs: output.channels, weights, velocities };
}

function place(module: LaneModule, flow: Flow, samples: number): Placed {
  const pixelBytes = flow.channels * samples * vectorBytes;
  const rowBytes = flow.storedWidth * pixelBytes;
  const gradientRowBytes = flow.width * pixelBytes;
  const stored = module.allocate(flow.storedHeight * rowBytes);
  const first = stored + flow.padding * (rowBytes + pixelBytes);
  const gradient = module.allocate(flow.height * gradientRowBytes);
  return { flow, stored, first, rowBytes, gradient, gradientRowBytes, pixelBytes };
}

function writeRecord(module: LaneModule, fields: readonly number[]): number {
  const address = module.allocate(4 * fields.length);
  module.words(address, fields.length).set(fields);
  return address;
}

/** Elements of all transposed weights: each weight once, channels rounded up to blocks. */
function transposedSize(
  stages: readonly Stage[],
  placed: readonly Placed[],
  trainable: number,
  block: number,
): number {
  return stages.reduce((total, { layer, window, input }, i) => {
    if (i <= trainable || layer.type === "max-pool") return total;
    return total + window.size ** 2 * placed[i + 1].flow.channels * roundUp(input.channels, block);
  }, 0);
}

/** Writes the records of the network's layers, in order, copies before activations included. */
function recordsOf(network: NetworkSpec, context: Context, trainable: number) {
  const { module, placed } = context;
  const addresses: number[] = [];
  let firstTrainable = 0;
  let stage = -1;
  network.layers.forEach((layer, index) => {
    if (layer.type !== "activation" || needsCopy(network, index)) {
      stage++;
      if (stage === trainable) firstTrainable = addresses.length;
      const weighted = layer.type === "dense" || layer.type === "conv2d";
      const record = weighted ? denseRecord(context, stage, trainable) : poolRecord(context, stage);
      addresses.push(writeRecord(module, record));
    }
    if (layer.type === "activation") {
      const record = activationRecord(placed[stage + 1], activations.indexOf(layer.activation));
      addresses.push(writeRecord(module, record));
    }
  });
  return { addresses, firstTrainable };
}

function activationRecord(
  { flow, first, rowBytes, gradient, gradientRowBytes }: Placed,
  kind: number,
): number[] {
  const whole = flow.storedWidth === flow.width;
  const rows = whole ? 1 : flow.height;
  return [
    2,
    kind,
    first,
    rowBytes,
    gradient,
    whole ? flow.height * gradientRowBytes : gradientRowBytes,
    rows,
  ];
}

function poolRecord({ module, stages, placed }: Context, index: number): number[] {
  const { window } = stages[index];
  const x = placed[index];
  const y = placed[index + 1];
  const winners = module.allocate(y.flow.height * y.gradientRowBytes);
  return [
    1,
    x.first,
    x.rowBytes,
    x.pixelBytes,
    y.first,
    y.rowBytes,
    x.gradient,
    x.gradientRowBytes,
    x.flow.height * x.gradientRowBytes,
    y.gradient,
    winners,
    window.size,
    window.stride,
    y.flow.height,
    y.flow.width,
  ];
}

function denseRecord(context: Context, index: number, trainable: number): number[] {
  const { module, packing, placed, samples, weights } = context;
  const { window, layer, input } = context.stages[index];
  const x = placed[index];
  const y = placed[index + 1];
  const packed = packing.layers[index]!;
  const dense = layer.type === "dense";
  const block = 8 / samples;
  const element = samples * vectorBytes;
  const pixelBytes = input.channels * element;
  const run = window.size * input.channels;
  const rowBytes = dense ? 0 : x.rowBytes;
  const taps = tapOffsets(packed.taps, run, element, rowBytes);
  const parities = index > trainable ? transposedOf(context, index) : 0;
  const biased = packed.biasPlace !== undefined;
  return [
    0,
    x.stored,
    window.stride * pixelBytes,
    window.stride * rowBytes,
    rowBytes,
    window.size,
    run,
    weights + packed.kernelPlace * vectorBytes,
    run * block * vectorBytes,
    packed.storedTaps * block * vectorBytes,
    y.flow.channels,
    biased ? weights + packed.biasPlace * vectorBytes : context.zeros,
    biased ? block * vectorBytes : 0,
    y.first,
    y.rowBytes,
    y.flow.height,
    y.flow.width,
    y.gradient,
    packed.taps,
    writeRecord(module, taps),
    x.gradient,
    parities,
    window.stride,
    dense ? 1 : x.flow.height,
    dense ? 1 : x.flow.width,
    input.channels,
    window.padding,
    context.zeros,
  ];
}

/** Distance in bytes of each tap's input from the first one's; the last tap is repeated to fill a block. */
function tapOffsets(taps: number, run: number, element: number, rowBytes: number): number[] {
  return Array.from({ length: roundUp(taps, 4) }, (_, i) => {
    const tap = Math.min(i, taps - 1);
    return Math.floor(tap / run) * rowBytes + (tap % run) * element;
  });
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
