import { giveBackLanes, type LaneModule, laneAddresses, takeLanes } from "../../compute/lanes.js";
import { SpecError } from "../../core/errors.js";
import { wrongLength } from "../../networks/layout.js";
import { lanes } from "../lanes.js";
import type { ModelJob } from "../types.js";
import { type LaneState, restoreLane, saveLane, setNumbers, setRandom, setRate } from "./lane-state.js";
import { type LanePlan, planNetwork } from "./plan.js";
import { checkLabels, checkTrainer } from "./trainer-checks.js";
import type { LaneImages, TrainerImages, TrainerOptions } from "./trainer-options.js";

/** Images as they lie in the module. */
interface PlacedImages {
  /** Addresses. */
  readonly images: number;
  readonly labels: number;
  readonly count: number;
}

/** Outcome of running images through all four models. */
export interface LaneEvaluation {
  /** Loss of each image in each lane: images x 4; see `meanLoss`. */
  readonly losses: Float32Array;
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
  private readonly first: Readonly<Record<keyof TrainerImages, PlacedImages>>;
  private readonly later: Readonly<Record<keyof TrainerImages, PlacedImages>>;
  /** The images in use: one of the two above. */
  private current: Readonly<Record<keyof TrainerImages, PlacedImages>>;
  private readonly orders: number;
  private readonly codes: number;
  private readonly lists: number;
  private readonly losses: number;
  private readonly imageLosses: number;
  private readonly predictions: number;
  /** Lanes whose images are changed. */
  private readonly augmented = new Set<number>();
  private closed = false;

  /** @throws SpecError when the network cannot be trained or the images do not fit it */
  constructor(private readonly options: TrainerOptions) {
    checkTrainer(options);
    checkLabels(options);
    const { input, train, test, later = { train, test }, batchSize } = options;
    const longest = Math.max(train.count, later.train.count);
    const most = Math.max(longest, test.count, later.test.count);
    this.module = takeLanes();
    try {
      this.plan = planNetwork(this.module, { ...options, emptyPixel: input.empty ?? 0 });
      const placed = new Map<LaneImages, PlacedImages>();
      this.first = { train: this.place(train, placed), test: this.place(test, placed) };
      this.later = { train: this.place(later.train, placed), test: this.place(later.test, placed) };
      this.current = this.first;
      this.orders = this.module.allocate(4 * lanes * longest);
      this.codes = this.module.allocate(4 * lanes * longest);
      this.lists = this.module.allocate(4 * lanes * most);
      this.losses = this.module.allocate(16 * Math.ceil(longest / batchSize));
      this.imageLosses = this.module.allocate(16 * most);
      this.predictions = this.module.allocate(lanes * most);
      this.clearCodes();
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

  /** Writes a set of images into the module, unless it is there already. */
  private place(set: LaneImages, placed: Map<LaneImages, PlacedImages>): PlacedImages {
    const known = placed.get(set);
    if (known) return known;
    const { images, labels, count } = set;
    const at = { images: this.module.allocate(images.length), labels: this.module.allocate(labels.length) };
    this.module.bytes(at.images, images.length).set(images);
    this.module.bytes(at.labels, labels.length).set(labels);
    const made = { ...at, count };
    placed.set(set, made);
    return made;
  }

  private clearCodes(): void {
    this.augmented.clear();
    this.module.words(this.codes, lanes * this.current.train.count).fill(unchanged);
  }

  /**
   * Turns to the first images, or to the later ones (the first where there are no others), for all lanes. Every lane's
   * order must be set anew.
   */
  useImages(which: "first" | "later"): void {
    this.current = this[which];
    this.clearCodes();
  }

  /**
   * Puts a model into a lane, its optimiser at the start.
   * @param weights flat, see weightLayout
   */
  setModel(lane: number, weights: Float32Array, job: Pick<ModelJob, "optimizer" | "dropout">): void {
    const { places } = this.plan.packing;
    if (weights.length !== places.length) throw wrongLength(weights.length, places.length);
    setNumbers(this.module, this.plan, lane, job);
    const values = this.packed(this.plan.weights);
    const moments = this.plan.moments.map((address) => this.packed(address));
    places.forEach((place, i) => {
      values[place * lanes + lane] = weights[i];
      for (const moment of moments) moment[place * lanes + lane] = 0;
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

  /** A lane's first moments; after the first step of plain SGD, the gradient with weight decay. */
  velocities(lane: number): Float32Array {
    return this.unpacked(this.plan.moments[0], lane);
  }

  /** Copies out all that training changes in a lane. */
  save(lane: number): LaneState {
    return saveLane(this.module, this.plan, lane);
  }

  /** Puts a lane back to where it was saved. */
  restore(lane: number, state: LaneState): void {
    restoreLane(this.module, this.plan, lane, state);
  }

  /** Sets a lane's learning rate from now on. */
  setLearningRate(lane: number, rate: number): void {
    setRate(this.module, lane, rate);
  }

  /** Sets the generator of a lane's dropout masks: four words, not all zero. */
  setMasks(lane: number, words: Uint32Array): void {
    setRandom(this.module, lane, words);
  }

  /**
   * Sets the order in which a lane sees the training images, and what is changed in each.
   * @param order at most as many image numbers as there are training images; a shorter one fills the front
   * @param codes one an entry: (dx + 128) | (dy + 128) << 8 | mirrored << 16; when no lane has codes, images stay as
   *   they are
   */
  setOrder(lane: number, order: ArrayLike<number>, codes?: Uint32Array): void {
    const { count } = this.current.train;
    if (order.length > count) {
      throw new SpecError("engine/order", `an order of ${order.length} does not fit ${count} images`, {
        value: order.length,
      });
    }
    this.module.words(this.orders + 4 * lane * count, order.length).set(order);
    const changes = this.module.words(this.codes + 4 * lane * count, count);
    if (codes) {
      this.augmented.add(lane);
      changes.set(codes);
    } else if (this.augmented.delete(lane)) {
      changes.fill(unchanged);
    }
  }

  /**
   * Trains all lanes on entries [from, to) of their orders, batch after batch; the last batch may be smaller.
   * @returns the loss of every batch before its update: batches x 4
   */
  run(from: number, to: number): Float32Array {
    const { batchSize } = this.options;
    const { images, labels, count } = this.current.train;
    const end = Math.min(to, count);
    const { kernel } = this.module;
    const codes = this.augmented.size > 0 ? this.codes - this.orders : 0;
    kernel.train(images, labels, this.orders, count, codes, from, end, batchSize, this.losses);
    return this.module.floats(this.losses, lanes * Math.max(0, Math.ceil((end - from) / batchSize))).slice();
  }

  /**
   * Runs images through all four models as they are (no dropout, batch norm by running statistics).
   * @param numbers of the images, the same for all lanes (a count: the first ones) or a list for each lane; shorter
   *   lists are filled up, and what comes out behind their ends means nothing
   */
  evaluate(
    which: "train" | "test",
    numbers: number | readonly ArrayLike<number>[],
    options: { readonly outputs?: boolean } = {},
  ): LaneEvaluation {
    const { images, labels } = this.current[which];
    const count = typeof numbers === "number" ? numbers : Math.max(...numbers.map((list) => list.length));
    for (let lane = 0; lane < lanes; lane++) {
      const list = this.module.words(this.lists + 4 * lane * count, count);
      if (typeof numbers === "number") for (let i = 0; i < count; i++) list[i] = i;
      else list.fill(0).set(numbers[lane]);
    }
    const mark = this.module.mark();
    const { outputs } = this.plan;
    const room = options.outputs ? this.module.allocate(16 * count * outputs) : 0;
    const { kernel } = this.module;
    kernel.evaluate(images, labels, this.lists, count, count, this.predictions, this.imageLosses, room);
    const evaluation = {
      losses: this.module.floats(this.imageLosses, lanes * count).slice(),
      predictions: this.module.bytes(this.predictions, lanes * count).slice(),
      ...(room && { outputs: this.module.floats(room, lanes * count * outputs).slice() }),
    };
    this.module.release(mark);
    return evaluation;
  }

  /**
   * A lane's mean loss over the first `count` images of an evaluation: mean squared error over images and outputs, or
   * mean cross-entropy over images.
   */
  meanLoss({ losses }: LaneEvaluation, lane: number, count: number): number {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += losses[i * lanes + lane];
    return sum / (this.options.loss === "mse" ? count * this.outputs : count);
  }

  /** Gives the memory back for the next trainer; this one must not be used afterwards. Closing twice does nothing. */
  close(): void {
    if (!this.closed) giveBackLanes(this.module);
    this.closed = true;
  }
}

/** Code of an image that is neither shifted nor mirrored. */
const unchanged = 128 | (128 << 8);
