import { type LaneModule, laneAddresses } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { Loss, OptimizerSpec } from "../types.js";
import { type Flow, flowsOf, keepsSlopes, type Stage, stagesOf } from "./buffers.js";
import { denseRecord } from "./dense-record.js";
import { activationRecord, batchNormRecord, dropoutRecord, poolRecord } from "./layer-records.js";
import { type Packing, packWeights, roundUp } from "./packing.js";
import { Arena, type Context, place, vectorBytes, writeRecord } from "./records.js";

/** What is trained, and how, as far as it must be equal for all four models. */
export interface PlanOptions {
  readonly network: NetworkSpec;
  readonly loss: Loss;
  /** Only its type, and whether its momentum is Nesterov's, matter here. */
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  /** Comes in where an augmented image is shifted. */
  readonly emptyPixel: number;
}

/** A dropout layer: its own rate, or undefined for the model's; and where the four models' numbers lie. */
export interface PlannedDropout {
  readonly rate: number | undefined;
  readonly numbers: number;
}

/** A network laid out in a module's memory, ready to train. */
export interface LanePlan {
  readonly packing: Packing;
  readonly outputs: number;
  /** Addresses of the packed weights and of the optimiser's two moments. */
  readonly weights: number;
  readonly moments: readonly [number, number];
  readonly dropouts: readonly PlannedDropout[];
}

/** Number by which assembly/_lanes-optimizer.ts knows an optimiser. */
function optimizerKind(optimizer: OptimizerSpec): number {
  if (optimizer.type === "sgd") return optimizer.nesterov ? 1 : 0;
  return { adam: 2, adamw: 3, rmsprop: 4 }[optimizer.type];
}

/**
 * Lays a network out: buffers between layers, packed weights with moments and gradients, and the records that the
 * kernels read (fields in the order of assembly/_lanes-plan.ts and of each layer's file).
 * @throws SpecError when the network ends in a map instead of a vector, or has no weights
 */
export function planNetwork(module: LaneModule, options: PlanOptions): LanePlan {
  const { network, batchSize } = options;
  const stages = stagesOf(network);
  const flows = stages.length > 0 ? flowsOf(stages) : [];
  const trainable = network.layers.findIndex(({ type }) => ["dense", "conv2d", "batch-norm"].includes(type));
  const output = flows.at(-1);
  if (trainable < 0 || !output || output.height * output.width !== 1) {
    const problem = trainable < 0 ? "has no weights to train" : "ends in a map of several pixels";
    throw new SpecError("engine/network", `network "${network.name}" ${problem}; end it with a dense layer`);
  }
  // Two samples x four outputs fill the registers; without convolutions four x two fit ten outputs better.
  const samples = network.layers.some((layer) => layer.type === "conv2d") ? 2 : 4;
  const packing = packWeights(network, stages, flows, 8 / samples);
  const normed = packing.norms.size > 0;
  const groups = normed ? Math.ceil(batchSize / samples) : 1;
  const layOut = (target: LaneModule, start: number) =>
    writePlan(target, new Arena(start), { options, stages, flows, samples, packing, trainable });
  // The first time only to learn how large the buffers of one group of samples are.
  const top = module.mark();
  const { size } = layOut(module, 0);
  module.release(top);
  const plan = layOut(module, module.allocate(size * groups));
  return plan.plan;
}

interface Layout {
  readonly options: PlanOptions;
  readonly stages: readonly Stage[];
  readonly flows: readonly Flow[];
  readonly samples: number;
  readonly packing: Packing;
  readonly trainable: number;
}

function writePlan(module: LaneModule, arena: Arena, layout: Layout): { plan: LanePlan; size: number } {
  const { options, stages, flows, samples, packing, trainable } = layout;
  const { network, loss, optimizer } = options;
  const vectors = (count: number) => module.allocate(count * vectorBytes);
  // One more than the packing holds: a zero, the source of padded transposed weights.
  const weights = vectors(packing.size + 1);
  const [first, second, gradients] = [0, 1, 2].map(() => vectors(packing.size + 1));
  const placed = flows.map((flow) => place(arena, flow, samples));
  const labels = arena.allocate(samples * vectorBytes);
  const sources: number[] = [];
  const transposed = vectors(transposedSize(stages, flows, trainable, 8 / samples));
  const context: Context = {
    module,
    arena,
    stages,
    placed,
    packing,
    weights,
    samples,
    trainable,
    zeros: vectors(4),
    sources,
    transposed,
  };
  const dropouts: PlannedDropout[] = [];
  const records = recordsOf(network, context, dropouts);
  const list = writeRecord(module, records);
  const map = writeRecord(
    module,
    sources.map((source) => source * vectorBytes),
  );
  const [input] = placed;
  const merged = input.flow.padding === 0 && input.flow.width === network.input.width;
  const { channels, height, width } = network.input;
  const last = placed[placed.length - 1];
  const fields = [
    samples,
    list,
    records.length,
    // Flatten has no record.
    network.layers.slice(0, trainable).filter(({ type }) => type !== "flatten").length,
    input.first,
    merged ? 1 : input.flow.height,
    merged ? input.flow.height * width : input.flow.width,
    input.rowBytes,
    channels,
    width,
    height * width,
    last.flow.channels,
    last.first,
    last.gradient,
    weights,
    first - weights,
    gradients - weights,
    transposed,
    map,
    sources.length,
    second - weights,
    packing.trained * vectorBytes,
    optimizerKind(optimizer),
    loss === "mse" ? 0 : 1,
    labels,
    arena.size,
    packing.norms.size > 0 ? 1 : 0,
    module.allocate(4 * channels * height * width),
    options.emptyPixel,
  ];

  module.words(laneAddresses.plan, fields.length).set(fields);
  const plan: LanePlan = {
    packing,
    outputs: last.flow.channels,
    weights,
    moments: [first, second],
    dropouts,
  };
  return { plan, size: arena.size };
}

/** Elements of all transposed weights: each weight once, channels rounded up to blocks. */
function transposedSize(
  stages: readonly Stage[],
  flows: readonly Flow[],
  trainable: number,
  block: number,
): number {
  return stages.reduce((total, { layer, window, input, index }, i) => {
    if (index <= trainable || (layer.type !== "dense" && layer.type !== "conv2d")) return total;
    return total + window.size ** 2 * flows[i + 1].channels * roundUp(input.channels, block);
  }, 0);
}

/** Writes the records of the network's layers, in order, and returns their addresses. */
function recordsOf(network: NetworkSpec, context: Context, dropouts: PlannedDropout[]): number[] {
  const { module, placed, packing } = context;
  let stage = -1;
  return network.layers.flatMap((layer, index) => {
    if (layer.type === "flatten") return [];
    const record = (): number[] => {
      switch (layer.type) {
        case "activation":
          return activationRecord(context, placed[stage + 1], layer, keepsSlopes(network, index));
        case "batch-norm":
          return batchNormRecord(context, placed[stage + 1], packing.norms.get(index)!);
        case "dropout": {
          const numbers = module.allocate(2 * vectorBytes);
          dropouts.push({ rate: layer.rate, numbers });
          return dropoutRecord(context, placed[stage + 1], numbers);
        }
        case "dense":
        case "conv2d":
          return denseRecord(context, ++stage);
        default:
          return poolRecord(context, ++stage);
      }
    };
    return [writeRecord(module, record())];
  });
}
