import { initializerName } from "../../networks/initial-weights.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { Augmentation, ModelSpec, OptimizerSpec, ZooShift } from "../types.js";
import { isNesterov } from "./models.js";

/** The network's activations, joined by "+" where there are several kinds; "none" for a linear network. */
export function activationName(network: NetworkSpec): string {
  const kinds = network.layers.flatMap((layer) => (layer.type === "activation" ? [layer.activation] : []));
  return [...new Set(kinds)].join("+") || "none";
}

/** The optimiser's type; "nesterov" for SGD with Nesterov's momentum. */
export function optimizerName(optimizer: OptimizerSpec): string {
  return isNesterov(optimizer) ? "nesterov" : optimizer.type;
}

/** An optimiser's momentum; 0 for one that has none. */
export function momentumOf(optimizer: OptimizerSpec): number {
  return "momentum" in optimizer ? optimizer.momentum : 0;
}

/** "none", "shift 2", "flip" or "shift 2, flip". */
export function augmentationName({ shift, flip }: Augmentation): string {
  const parts = [...(shift > 0 ? [`shift ${shift}`] : []), ...(flip ? ["flip"] : [])];
  return parts.join(", ") || "none";
}

/** What a model is, by the columns of the table of facts (see ZooFacts). */
export interface ModelSettings {
  readonly dataset: string;
  readonly network: string;
  readonly activation: string;
  readonly init: string;
  readonly optimizer: string;
  readonly batch_size: number;
  readonly learning_rate: number;
  readonly learning_rate_decay: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly dropout: number;
  readonly train_fraction: number;
  readonly augmentation: string;
}

/** A model's settings after a shift. */
export function shiftedSettings(settings: ModelSettings, shift: ZooShift | undefined): ModelSettings {
  const { dataset = settings.dataset, learningRate = settings.learning_rate } = shift ?? {};
  return { ...settings, dataset, learning_rate: learningRate };
}

/** A model's settings as words and numbers. */
export function modelSettings(model: ModelSpec): ModelSettings {
  const { optimizer } = model;
  return {
    dataset: model.dataset,
    network: model.network.name,
    activation: activationName(model.network),
    init: initializerName(model.initializer),
    optimizer: optimizerName(optimizer),
    batch_size: model.batchSize,
    learning_rate: optimizer.learningRate,
    learning_rate_decay: model.learningRateDecay,
    momentum: momentumOf(optimizer),
    weight_decay: optimizer.weightDecay,
    dropout: model.dropout,
    train_fraction: model.trainFraction,
    augmentation: augmentationName(model.augmentation),
  };
}
