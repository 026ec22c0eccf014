import { RandomStream } from "../../core/random.js";
import type { Augmentation, ModelJob } from "../types.js";

/** What one model sees: the images that are its own, and in what order and form they come in an epoch. */
export class DataOrder {
  /** Numbers of the images that this model trains on. */
  readonly subset: Uint32Array;
  private readonly whole: boolean;
  private readonly seed: RandomStream;
  private readonly augmentation: Augmentation;

  /**
   * @param trainable number of images that may be trained on: the first ones
   * @param everything their numbers in order, for callers with many models: those that see all images share it
   */
  constructor(
    job: Pick<ModelJob, "seed" | "trainFraction" | "augmentation">,
    trainable: number,
    everything?: Uint32Array,
  ) {
    this.seed = RandomStream.fromSeed(job.seed);
    this.augmentation = job.augmentation;
    const count = Math.max(1, Math.round(trainable * job.trainFraction));
    this.whole = count === trainable;
    this.subset = this.whole
      ? (everything ?? Uint32Array.from({ length: trainable }, (_, i) => i))
      : this.seed.split("subset").permutation(trainable).slice(0, count);
  }

  /** A fresh permutation of the model's images. */
  order(epoch: number): Uint32Array {
    const { subset } = this;
    const order = this.seed.split("order", epoch).permutation(subset.length);
    if (this.whole) return order;
    for (let i = 0; i < order.length; i++) order[i] = subset[order[i]];
    return order;
  }

  /** How each image of an epoch is changed (see LaneTrainer.setOrder); undefined when none is. */
  codes(epoch: number): Uint32Array | undefined {
    const { shift, flip } = this.augmentation;
    if (shift === 0 && !flip) return undefined;
    const rng = this.seed.split("augment", epoch);
    const draw = () => (shift === 0 ? 0 : rng.integer(2 * shift + 1) - shift);
    return Uint32Array.from(this.subset, () => {
      const horizontal = draw() + 128;
      const vertical = draw() + 128;
      return horizontal | (vertical << 8) | ((flip ? rng.integer(2) : 0) << 16);
    });
  }

  /** Start of the generator of an epoch's dropout masks. */
  masks(epoch: number): Uint32Array {
    const rng = this.seed.split("dropout", epoch);
    return Uint32Array.from({ length: 4 }, () => rng.uint32());
  }
}
