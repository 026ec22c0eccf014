import { giveBackLanes, type LaneModule, laneAddresses, takeLanes } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import type { ImageSet } from "../../datasets/types.js";
import { wrongLength } from "../../networks/layout.js";
import { networkShapes, sizeOf } from "../../networks/shapes.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { OptimizerSpec } from "../types.js";
import { type LanePlan, planNetwork } from "./plan.js";

/** Models that are trained in lock-step. */
export const lanes = 4;

/** Images as the kernels take them: count x channels x height x width, uint8, with a label each. */
export type LaneImages = Pick<ImageSet, "images" | "labels" | "count">;

/** What a trainer is made for; see GroupJob. */
export interface TrainerOptions {
  readonly network: NetworkSpec;
  readonly batchSize: number;
  /** Pixel p becomes p * scale + shift. */
  readonly input: { readonly scale: number; readonly shift: number };
  readonly train: LaneImages;
  readonly test: LaneImages;
}

/** Outcome of running images through all four models. */
export interface LaneEvaluation {
  /** Mean squared error of each lane over images and outputs. */
  readonly loss: readonly number[];
  /** Class given to each image by each lane: images x 4. */
  readonly predictions: Uint8Array;
  /** images x outputs x 4, where asked for. */
  readonly outputs?: Float32Array;
}

/**
 * Four models of one network in lock-step on one thread, step by step: the low-level face of the lane kernels. Lanes
 * are 0 to 3; a lane's results depend on nothing but what was set for that lane. Call `close` when done.
 */
export class LaneTrainer {
  private readonly module: LaneModule;
  private readonly plan: LanePlan;
  private readonly train: { readonly images: number; readonly labels: number };
  private readonly test: { readonly images: number; readonly labels: number };
  private readonly orders: number;
  private readonly losses: number;
  private readonly predictions: number;
  private readonly squares: number;

  /** @throws SpecError when the network cannot be trained or the images do not fit it */
  constructor(private readonly options: TrainerOptions) {
    checkTrainer(options);
    const { network, input, train, test, batchSize } = options;
    const shapes = networkShapes(network);
    checkLabels(options, sizeOf(shapes[shapes.length - 1]));
    this.module = takeLanes();
    try {
      this.plan = planNetwork(this.module, network);
      this.train = this.loadImages(train);
      this.test = train === test ? this.train : this.loadImages(test);
      this.orders = this.module.allocate(4 * lanes * train.count);
      this.losses = this.module.allocate(16 * Math.ceil(train.count / batchSize));
      this.predictions = this.module.allocate(lanes * Math.max(train.count, test.count));
      this.squares = this.module.allocate(8 * lanes);
    } catch (error) {
      this.close();
      throw error;
    }
    this.module.floats(laneAddresses.pixelScale, lanes).fill(input.scale);
    this.module.floats(laneAddresses.pixelShift, lanes).fill(input.shift);
  }

  /** Number of outputs of the network. */
  get outputs(): number {
    return this.plan.outputs;
  }

  private loadImages({ images, labels }: LaneImages) {
    const at = { images: this.module.allocate(images.length), labels: this.module.allocate(labels.length) };
    this.module.bytes(at.images, images.length).set(images);
    this.module.bytes(at.labels, labels.length).set(labels);
    return at;
  }

  /**
   * Puts a model into a lane, with velocity zero.
   * @param weights flat, see weightLayout
   */
  setModel(lane: number, weights: Float32Array, optimizer: OptimizerSpec): void {
    const { places } = this.plan.packing;
    if (weights.length !== places.length) throw wrongLength(weights.length, places.length);
    const { learningRate, momentum, weightDecay } = laneAddresses;
    this.module.floats(learningRate, lanes)[lane] = optimizer.learningRate;
    this.module.floats(momentum, lanes)[lane] = optimizer.momentum;
    this.module.floats(weightDecay, lanes)[lane] = optimizer.weightDecay;
    const values = this.packed(this.plan.weights);
    const velocities = this.packed(this.plan.velocities);
    places.forEach((place, i) => {
      values[place * lanes + lane] = weights[i];
      velocities[place * lanes + lane] = 0;
    });
  }

  private packed(address: number): Float32Array {
    return this.module.floats(address, this.plan.packing.size * lanes);
  }

  private unpacked(address: number, lane: number): Float32Array {
    const values = this.packed(address);
    return Float32Array.from(this.plan.packing.places, (place) => values[place * lanes + lane]);
  }

  /** A lane's weights now, as a new flat vector. */
  weights(lane: number): Float32Array {
    return this.unpacked(this.plan.weights, lane);
  }

  /** A lane's velocities; after the first step, the gradient with weight decay. */
  velocities(lane: number): Float32Array {
    return this.unpacked(this.plan.velocities, lane);
  }

  /**
   * Sets the order in which a lane sees the training images.
   * @param order at most as many image numbers as there are training images; a shorter one fills the front
   */
  setOrder(lane: number, order: ArrayLike<number>): void {
    const { count } = this.options.train;
    if (order.length > count) {
      throw new SpecError("engine/order", `an order of ${order.length} does not fit ${count} images`, {
        value: order.length,
      });
    }
    this.module.words(this.orders + 4 * lane * count, order.length).set(order);
  }

  /**
   * Trains all lanes on entries [from, to) of their orders, batch after batch; the last batch may be smaller.
   * @returns the loss of every batch before its update: batches x 4
   */
  run(from: number, to: number): Float32Array {
    const { train, batchSize } = this.options;
    const end = Math.min(to, train.count);
    const { images, labels } = this.train;
    this.module.kernel.train(images, labels, this.orders, train.count, from, end, batchSize, this.losses);
    return this.module.floats(this.losses, lanes * Math.max(0, Math.ceil((end - from) / batchSize))).slice();
  }

  /** Runs the first `count` training or test images through all four models. */
  evaluate(which: "train" | "test", count: number, options: { outputs?: boolean } = {}): LaneEvaluation {
    const { images, labels } = this[which];
    const { outputs } = this.plan;
    const room = options.outputs ? this.module.allocate(16 * count * outputs) : 0;
    this.module.kernel.evaluate(images, labels, count, this.predictions, this.squares, room);
    const squares = this.module.doubles(this.squares, lanes);
    return {
      loss: Array.from(squares, (sum) => sum / (count * outputs)),
      predictions: this.module.bytes(this.predictions, lanes * count).slice(),
      ...(room && { outputs: this.module.floats(room, lanes * count * outputs).slice() }),
    };
  }

  /** Gives the memory back for the next trainer; this one must not be used afterwards. */
  close(): void {
    giveBackLanes(this.module);
  }
}

function checkTrainer({ network, batchSize, train, test }: TrainerOptions): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new SpecError("engine/batch-size", `batchSize is ${batchSize}; give a positive whole number`, {
      value: batchSize,
    });
  }
  const { channels, height, width } = network.input;
  for (const [name, set] of Object.entries({ train, test })) {
    if (set.count < 1 || set.images.length !== set.count * channels * height * width) {
      throw new SpecError(
        "engine/images",
        `the ${name} images hold ${set.images.length} bytes, but ${set.count} images of ${channels} x ${height} x ${width} are wanted by network "${network.name}"`,
        { value: set.images.length },
      );
    }
  }
}

function checkLabels({ network, train, test }: TrainerOptions, outputs: number): void {
  for (const { labels, count } of [train, test]) {
    const wrong = labels.findIndex((label) => label >= outputs);
    if (wrong < 0 && labels.length === count) continue;
    const problem =
      wrong < 0
        ? `there are ${labels.length} labels for ${count} images`
        : `label ${labels[wrong]} needs more than the ${outputs} outputs of network "${network.name}"`;
    throw new SpecError("engine/labels", problem, { value: wrong < 0 ? labels.length : labels[wrong] });
  }
}
