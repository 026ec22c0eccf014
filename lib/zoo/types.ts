import type { StopOptions } from "../core/progress.js";
import type { ImageSet } from "../datasets/types.js";
import type { Initializer, NetworkFamily, NetworkSpec } from "../networks/types.js";

/** "mse": squared error on one-hot targets, mean over batch and outputs; "cross-entropy": softmax, mean over the batch. */
export type Loss = "mse" | "cross-entropy";

/** An optimiser with torch's algorithms and defaults. Its type must be equal for models that train in lock-step. */
export type OptimizerSpec =
  /** g += weightDecay w; v = momentum v + g (v = g at first); w -= rate v, or with Nesterov rate (g + momentum v). */
  | {
      readonly type: "sgd";
      readonly learningRate: number;
      readonly momentum: number;
      readonly weightDecay: number;
      readonly nesterov?: boolean;
    }
  /** adam: weight decay joins the gradient; adamw: it is decoupled (w -= rate weightDecay w). */
  | {
      readonly type: "adam" | "adamw";
      readonly learningRate: number;
      readonly weightDecay: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    }
  /** s = alpha s + (1 - alpha) g^2; step g / (sqrt(s) + epsilon), through a momentum buffer where momentum is not 0. */
  | {
      readonly type: "rmsprop";
      readonly learningRate: number;
      readonly momentum: number;
      readonly weightDecay: number;
      readonly alpha: number;
      readonly epsilon: number;
    };

/** Random changes to a training image, drawn afresh in every epoch. */
export interface Augmentation {
  /** Shifted by up to so many whole pixels each way, uniformly; what comes in is black (of tetris: its background). */
  readonly shift: number;
  /** Mirrored left to right with probability 1/2. */
  readonly flip: boolean;
}

/** Stops a model whose loss on held-out training images has not fallen by `minDelta` for `patience` epochs. */
export interface EarlyStopping {
  readonly patience: number;
  readonly minDelta: number;
  /** The last so many training images are held out: nobody trains on them. */
  readonly validationImages: number;
}

/**
 * A change for all models after an epoch, as when the data of a running training drift. Whatever is not named goes on as
 * if nothing had happened: the optimiser's state, how pixels become inputs, and every stream of chance, which epochs are
 * numbered by. So a model is, up to the shift, the model of equal seed without one, to the bit: its fork.
 */
export interface ZooShift {
  /** The last epoch before it; 0 shifts from the first epoch on. Its checkpoint is still measured on the old images. */
  readonly afterEpoch: number;
  /** Name of the data set that models train on, and are measured on, from the next epoch on. */
  readonly dataset?: string;
  /** Images of that data set; as many as before when left out. */
  readonly trainImages?: number;
  readonly testImages?: number;
  /**
   * The learning rate from the next epoch on, of all models, in place of the optimiser's: learningRateDecay goes on as if
   * the rate had been this one from the first epoch.
   */
  readonly learningRate?: number;
}

/** What a field of `vary` may be: values in a list, or a distribution to draw from. */
export type Variation =
  | readonly unknown[]
  | {
      readonly distribution: "uniform" | "log-uniform" | "integer";
      readonly low: number;
      readonly high: number;
    }
  | { readonly distribution: "choice"; readonly values: readonly unknown[] };

/** Fields that `vary` knows; "network.FIELD" is a number of a NetworkFamily. */
export type VariableField =
  | "activation"
  | "augmentation"
  | "batchSize"
  | "dataset"
  | "dropout"
  | "initializer"
  | "learningRate"
  | "learningRateDecay"
  | "momentum"
  | "optimizer"
  | "trainFraction"
  | "weightDecay"
  | `network.${"kernel" | "convLayers" | "width" | "denseLayers" | "denseWidth" | "batchNorm"}`;

/** Where the seeds of the models come from. */
export type Seeds =
  /** Model i has seed from + i. */
  | { readonly kind: "range"; readonly from: number }
  /** Every combination of a grid is trained with the same `count` seeds from, from + 1, ... */
  | { readonly kind: "fixed"; readonly from: number; readonly count: number }
  /** Every model has a seed of its own, drawn from a stream of `seed`; `count` models a combination of a grid. */
  | { readonly kind: "drawn"; readonly seed: number; readonly count: number };

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
  readonly network: NetworkSpec | NetworkFamily;
  readonly initializer: Initializer;
  readonly loss: Loss;
  readonly optimizer: OptimizerSpec;
  /** The learning rate is multiplied by this after every epoch; 1 by default. */
  readonly learningRateDecay: number;
  /** Rate of dropout layers that have none of their own; 0 by default. */
  readonly dropout: number;
  /** Share of the training images that a model sees, drawn by its seed; 1 by default. */
  readonly trainFraction: number;
  /** { shift: 0, flip: false } by default. */
  readonly augmentation: Augmentation;
  /** null (none) by default. */
  readonly earlyStopping: EarlyStopping | null;
  /** Left out: none. Not together with early stopping. */
  readonly shift?: ZooShift;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs whose weights are kept; epoch 0 is the initialisation. */
  readonly checkpoints: "every-epoch" | readonly number[];
  readonly models: number;
  readonly seeds: Seeds;
  /**
   * What differs from model to model: a grid when all are lists, else every model draws each field. {} by default.
   * See models.ts for the numbering.
   */
  readonly vary: Readonly<Partial<Record<VariableField, Variation>>>;
  /** Fractions of the models; models are assigned by a stream of `seed`, never by checkpoint. */
  readonly split: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly seed: number;
  };
}

/** Fields of a specification that may be left out. */
type Optional =
  | "learningRateDecay"
  | "dropout"
  | "trainFraction"
  | "augmentation"
  | "earlyStopping"
  | "vary"
  | "inputScaling";

/** A specification as it is written: see ZooSpec for what the fields are when left out. */
export type ZooSpecInput = Omit<ZooSpec, Optional | "shift"> &
  Partial<Pick<ZooSpec, Optional>> & {
    /** null is as good as none. */
    readonly shift?: ZooShift | null;
  };

/** One model of a zoo with everything settled; models.ts makes them from a specification. */
export interface ModelSpec {
  /** 0-based. */
  readonly model: number;
  readonly seed: number;
  /** Name of its data set. */
  readonly dataset: string;
  readonly network: NetworkSpec;
  readonly initializer: Initializer;
  readonly optimizer: OptimizerSpec;
  readonly learningRateDecay: number;
  readonly dropout: number;
  readonly trainFraction: number;
  readonly augmentation: Augmentation;
  readonly batchSize: number;
}

/** How a pixel p (0..255) becomes an input: p * scale + shift. */
export interface InputScale {
  readonly scale: number;
  readonly shift: number;
  /** The pixel that stands for nothing, which comes in where an image is shifted; 0 (black) by default. */
  readonly empty?: number;
}

/** What models train on, and what they are measured on. */
export interface JobImages {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** What an engine does otherwise after an epoch; see ZooShift. */
export interface JobShift {
  readonly afterEpoch: number;
  /** Of the same size as those before, and scaled as they are; their numbers may differ. */
  readonly images?: JobImages;
  readonly learningRate?: number;
}

/** What an engine is asked to train at once: models that share all that must be equal in lock-step. */
export interface GroupJob extends JobImages {
  readonly network: NetworkSpec;
  readonly loss: Loss;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs to keep, ascending; 0 is the initialisation. */
  readonly checkpoints: readonly number[];
  readonly earlyStopping: EarlyStopping | null;
  readonly input: InputScale;
  /** An engine that cannot shift must refuse a job that has one. */
  readonly shift?: JobShift;
  readonly models: readonly ModelJob[];
}

/**
 * One model of a group. Everything random about it comes from its seed alone. All models of a group have an optimiser
 * of one type (and of one kind of momentum: plain or Nesterov).
 */
export interface ModelJob {
  readonly seed: number;
  readonly initializer: Initializer;
  readonly optimizer: OptimizerSpec;
  readonly learningRateDecay: number;
  readonly dropout: number;
  readonly trainFraction: number;
  readonly augmentation: Augmentation;
}

/** Facts about one checkpoint, measured on its own weights. */
export interface CheckpointFacts {
  readonly trainLoss: number;
  readonly testLoss: number;
  /** Fractions, 0..1. Train figures are over the first of the images that the model itself trains on (its share, without
   * those held out), at most as many as there are test images. */
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  /** F1 of each class on the test images; 0 where a class is never predicted nor present. */
  readonly f1: readonly number[];
  /** Epochs really trained: less than the checkpoint's epoch once early stopping has stopped the model. */
  readonly trainedEpochs: number;
  /** True once a weight or a loss is NaN or infinite. */
  readonly diverged: boolean;
}

export interface ModelResult {
  /** Kept checkpoints x parameters. */
  readonly weights: Float32Array;
  readonly facts: readonly CheckpointFacts[];
}

/** Told after each epoch of some models that train together; `models`: how many, four when left out. */
export type OnEpoch = (epoch: number, models?: number) => void;

/**
 * Trains groups of models to the end. Results do not depend on which other models share the group (on a GPU: up to the
 * rounding of its sums). The only part that a faster engine replaces.
 */
export interface TrainingEngine {
  /** Part of a zoo's key: changes whenever results could change, e.g. "lanes-1". */
  readonly version: string;
  /**
   * Where `train` is called: in worker threads, by default; or in the thread that asked for the zoo, one call after the
   * other, for an engine on a device that is there once.
   */
  readonly thread?: "worker" | "main";
  /** How many models one call should be given where a zoo has so many; a shard's when left out. */
  readonly modelsPerCall?: number;
  /**
   * How many of a job's models really train at once. A call is given no more models of one structure than that where it
   * can be, so that its shards are written, and safe from an interrupt, as soon as they are trained.
   * @throws SpecError when not even one can be trained
   */
  readonly modelsAtOnce?: (job: GroupJob) => number;
  /** What it settled by itself and other threads must load it with; see EngineReference. */
  readonly options?: object;
  /** @param stop heeded by engines that run in the main thread; a worker is terminated instead */
  train(job: GroupJob, onEpoch?: OnEpoch, stop?: StopOptions): ModelResult[] | Promise<ModelResult[]>;
}

/** An engine whose results are there at once. */
export interface SynchronousEngine extends TrainingEngine {
  train(job: GroupJob, onEpoch?: OnEpoch): ModelResult[];
}
