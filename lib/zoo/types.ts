import type { ImageSet } from "../datasets/types.js";
import type { Initializer, NetworkSpec } from "../networks/types.js";

export type Loss = "mse";

/** SGD as torch does it: g += weightDecay * w; v = momentum * v + g (v = g at first); w -= learningRate * v. */
export interface OptimizerSpec {
  readonly type: "sgd";
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** A population of networks: what is trained, on what, and which checkpoints are kept. JSON-serialisable. */
export interface ZooSpec {
  readonly name: string;
  readonly dataset: {
    readonly name: string;
    /** Side of the square images in pixels. */
    readonly size: number;
    readonly trainImages: number;
    readonly testImages: number;
  };
  /** "unit": pixels / 255. "standardised": (pixels / 255 - mean) / deviation of the training images. */
  readonly inputScaling: "unit" | "standardised";
  readonly network: NetworkSpec;
  readonly initializer: Initializer;
  readonly loss: Loss;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs whose weights are kept; epoch 0 is the initialisation. */
  readonly checkpoints: "every-epoch" | readonly number[];
  readonly models: number;
  /** "range": model i has seed `from + i`. */
  readonly seeds: { readonly kind: "range"; readonly from: number };
  /** Fractions of the models; models are assigned by a stream of `seed`, never by checkpoint. */
  readonly split: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly seed: number;
  };
}

/** What an engine is asked to train at once: models that share everything but their seed and their numbers. */
export interface GroupJob {
  readonly network: NetworkSpec;
  readonly initializer: Initializer;
  readonly loss: Loss;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs to keep, ascending; 0 is the initialisation. */
  readonly checkpoints: readonly number[];
  /** Pixel p becomes p * scale + shift. */
  readonly input: { readonly scale: number; readonly shift: number };
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly models: readonly ModelJob[];
}

/** One model of a group. Its initial weights and its data order come from its seed alone. */
export interface ModelJob {
  readonly seed: number;
  readonly optimizer: OptimizerSpec;
}

/** Facts about one checkpoint, measured on its own weights. */
export interface CheckpointFacts {
  readonly trainLoss: number;
  readonly testLoss: number;
  /** Fractions, 0..1. Train figures are over the first `min(train, test)` training images. */
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** F1 of each class on the test images; 0 where a class is never predicted nor present. */
  readonly f1: readonly number[];
  /** True once a weight or a loss is NaN or infinite. */
  readonly diverged: boolean;
}

export interface ModelResult {
  /** Kept checkpoints x parameters. */
  readonly weights: Float32Array;
  readonly facts: readonly CheckpointFacts[];
}

/**
 * Trains a group of models to the end, synchronously (it runs in a worker thread). Results do not depend on which
 * other models share the group. The only part that a faster engine replaces.
 */
export interface TrainingEngine {
  /** Part of a zoo's key: changes whenever results could change, e.g. "lanes-1". */
  readonly version: string;
  train(job: GroupJob, onEpoch?: (epoch: number) => void): ModelResult[];
}
