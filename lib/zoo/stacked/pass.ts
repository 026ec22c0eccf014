import type { Tensor } from "../../compute/tensors/tf.js";
import type { Slot } from "./plan.js";

/** A batch of all models on its way through the layers. */
export interface Pass {
  readonly models: number;
  /** Of each model. */
  readonly samples: number;
  /** [models, trained values] */
  readonly weights: Tensor;
  /** [models, statistics], undefined without batch norm. */
  readonly running: Tensor | undefined;
  /** Masks of the dropout layers, [models x samples, pixels, channels] each; undefined: nothing is dropped. */
  readonly masks: readonly Tensor[] | undefined;
  /** Batch norm by the batch's own statistics, and what the way back needs is kept. */
  readonly training: boolean;
}

/** What a layer gives, what its way back needs, and fresh statistics (mean, unbiased variance) of a batch norm. */
export interface LayerResult {
  readonly y: Tensor;
  readonly saved: readonly Tensor[];
  readonly statistics?: readonly Tensor[];
}

/** What a layer gives back. */
export interface LayerGradients {
  /** Gradient to the input; undefined where it is not asked for. */
  readonly dx: Tensor | undefined;
  /** Of each of the layer's slots, [models, values]. */
  readonly weights: readonly (readonly [Slot, Tensor])[];
}
