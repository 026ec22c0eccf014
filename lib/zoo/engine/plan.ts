import { type LaneModule, laneAddresses } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import { activations } from "../../networks/shapes.js";
import type { NetworkSpec } from "../../networks/types.js";
import { flowsOf, needsCopy, type Stage, stagesOf } from "./buffers.js";
import { denseRecord } from "./dense-record.js";
import { type Packing, packWeights, roundUp } from "./packing.js";
import { type Context, type Placed, place, vectorBytes, writeRecord } from "./records.js";

/** A network laid out in a module's memory, ready to train. */
export interface LanePlan {
  readonly packing: Packing;
  readonly outputs: number;
  /** Addresses of the packed weights and of their velocities. */
  readonly weights: number;
  readonly velocities: number;
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
