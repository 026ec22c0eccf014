import { isShifted } from "./engine/shift.js";
import { familyOf, isMixed, zooModels } from "./spec/models.js";
import { type ModelSettings, modelSettings, shiftedSettings } from "./spec/names.js";
import { checkpointEpochs, modelSplits, type Split } from "./spec/spec.js";
import type { Column, Columns } from "./store/parquet.js";
import type { CheckpointFacts, ModelSpec, ZooSpec } from "./types.js";

/** The table of facts: one entry a checkpoint in each column, in the order of the weights' rows. */
export interface ZooFacts {
  /** 0-based. */
  readonly model: Int32Array;
  /** 0 is the initialisation. */
  readonly epoch: Int32Array;
  readonly seed: Int32Array;
  /** By model: "train", "validation" or "test". */
  readonly split: readonly string[];
  readonly activation: readonly string[];
  readonly init: readonly string[];
  /** "sgd" (plain, or with the momentum of its own column), "nesterov", "adam", "adamw" or "rmsprop". */
  readonly optimizer: readonly string[];
  /** Of the first epoch; after a shift of it, what it was shifted to. */
  readonly learning_rate: Float64Array;
  /** Factor on the learning rate after every epoch. */
  readonly learning_rate_decay: Float64Array;
  readonly weight_decay: Float64Array;
  /** 0 for optimisers that have none. */
  readonly momentum: Float64Array;
  /** Rate of the dropout layers that leave it to the model. */
  readonly dropout: Float64Array;
  /** Share of the training images that the model sees. */
  readonly train_fraction: Float64Array;
  /** "none", "shift 2", "flip" or "shift 2, flip". */
  readonly augmentation: readonly string[];
  readonly batch_size: Int32Array;
  readonly loss: readonly string[];
  /** Name of the network. */
  readonly network: readonly string[];
  /** What the models were trained and measured on at this epoch, e.g. "mnist", or "strokes" where it stood in. */
  readonly dataset: readonly string[];
  readonly train_loss: Float64Array;
  readonly test_loss: Float64Array;
  /** Fractions, 0..1. */
  readonly train_accuracy: Float64Array;
  readonly test_accuracy: Float64Array;
  /** Train minus test accuracy. */
  readonly generalization_gap: Float64Array;
  /** Epochs really trained: fewer than `epoch` once a model was stopped early. */
  readonly trained_epochs: Int32Array;
  readonly diverged: readonly boolean[];
  /**
   * Further columns: `f1_class_0`, `f1_class_1`, ...; in a mixed zoo `network_kernel` and the family's other numbers; in a
   * zoo with a shift `shifted`, true for the checkpoints after it.
   */
  readonly [column: string]: Int32Array | Float64Array | readonly string[] | readonly boolean[];
}

/** One row of the table of facts. */
export interface FactsRow {
  readonly model: number;
  readonly epoch: number;
  readonly seed: number;
  readonly split: Split;
  readonly activation: string;
  readonly init: string;
  readonly optimizer: string;
  readonly learning_rate: number;
  readonly learning_rate_decay: number;
  readonly weight_decay: number;
  readonly momentum: number;
  readonly dropout: number;
  readonly train_fraction: number;
  readonly augmentation: string;
  readonly batch_size: number;
  readonly loss: string;
  readonly network: string;
  readonly dataset: string;
  readonly train_loss: number;
  readonly test_loss: number;
  readonly train_accuracy: number;
  readonly test_accuracy: number;
  readonly generalization_gap: number;
  readonly trained_epochs: number;
  readonly diverged: boolean;
  readonly [column: string]: number | string | boolean;
}

/** Columns every zoo of this version has, beside the F1 of each class. */
const required = [
  "model",
  "epoch",
  "seed",
  "split",
  "activation",
  "init",
  "optimizer",
  "learning_rate",
  "learning_rate_decay",
  "weight_decay",
  "momentum",
  "dropout",
  "train_fraction",
  "augmentation",
  "batch_size",
  "loss",
  "network",
  "dataset",
  "train_loss",
  "test_loss",
  "train_accuracy",
  "test_accuracy",
  "generalization_gap",
  "trained_epochs",
  "diverged",
];

/** Names of the columns that a table lacks. */
export function missingColumns(columns: Columns): string[] {
  return required.filter((name) => !(name in columns));
}

/** One checkpoint with the model it is of. */
interface Checkpoint {
  readonly model: ModelSpec;
  readonly settings: ModelSettings;
  readonly epoch: number;
  readonly fact: CheckpointFacts;
}

/**
 * The facts table of consecutive models.
 * @param first index of the first model
 * @param facts by model and kept checkpoint
 * @param trainedOn what the models were really trained on: a name for all, or by the data set that was asked for
 */
export function factsTable(
  spec: ZooSpec,
  first: number,
  facts: readonly (readonly CheckpointFacts[])[],
  trainedOn: string | ((dataset: string) => string),
): Columns {
  const epochs = checkpointEpochs(spec);
  const splits = modelSplits(spec);
  const models = zooModels(spec);
  const rows = facts.flatMap((checkpoints, index) => {
    const model = models[first + index];
    const settings = modelSettings(model);
    const afterShift = shiftedSettings(settings, spec.shift);
    return checkpoints.map((fact, checkpoint): Checkpoint => {
      const epoch = epochs[checkpoint];
      return { model, settings: isShifted(spec, epoch) ? afterShift : settings, epoch, fact };
    });
  });
  const dataset = typeof trainedOn === "string" ? () => trainedOn : trainedOn;
  const words = (of: (row: Checkpoint) => string): Column => rows.map(of);
  const wholes = (of: (row: Checkpoint) => number): Column => Int32Array.from(rows, of);
  const reals = (of: (row: Checkpoint) => number): Column => Float64Array.from(rows, of);
  const classes = rows[0]?.fact.f1.length ?? 0;
  return {
    model: wholes(({ model }) => model.model),
    epoch: wholes(({ epoch }) => epoch),
    seed: wholes(({ model }) => model.seed),
    split: words(({ model }) => splits[model.model]),
    activation: words(({ settings }) => settings.activation),
    init: words(({ settings }) => settings.init),
    optimizer: words(({ settings }) => settings.optimizer),
    learning_rate: reals(({ settings }) => settings.learning_rate),
    learning_rate_decay: reals(({ settings }) => settings.learning_rate_decay),
    weight_decay: reals(({ settings }) => settings.weight_decay),
    momentum: reals(({ settings }) => settings.momentum),
    dropout: reals(({ settings }) => settings.dropout),
    train_fraction: reals(({ settings }) => settings.train_fraction),
    augmentation: words(({ settings }) => settings.augmentation),
    batch_size: wholes(({ settings }) => settings.batch_size),
    dataset: words(({ settings }) => dataset(settings.dataset)),
    loss: words(() => spec.loss),
    network: words(({ settings }) => settings.network),
    ...(isMixed(spec) ? familyColumns(rows) : {}),
    train_loss: reals(({ fact }) => fact.trainLoss),
    test_loss: reals(({ fact }) => fact.testLoss),
    train_accuracy: reals(({ fact }) => fact.trainAccuracy),
    test_accuracy: reals(({ fact }) => fact.testAccuracy),
    generalization_gap: reals(({ fact }) => fact.trainAccuracy - fact.testAccuracy),
    ...Object.fromEntries(
      Array.from({ length: classes }, (_, label) => [
        `f1_class_${label}`,
        reals(({ fact }) => fact.f1[label]),
      ]),
    ),
    trained_epochs: wholes(({ fact }) => fact.trainedEpochs),
    diverged: rows.map(({ fact }) => fact.diverged),
    ...(spec.shift ? { shifted: rows.map(({ epoch }) => isShifted(spec, epoch)) } : {}),
  };
}

/** The numbers of the family that a mixed zoo's networks come from. */
function familyColumns(rows: readonly Checkpoint[]): Columns {
  const numbers = {
    network_kernel: "kernel",
    network_conv_layers: "convLayers",
    network_width: "width",
    network_dense_layers: "denseLayers",
    network_dense_width: "denseWidth",
  } as const;
  const columns = Object.entries(numbers).map(([column, field]) => [
    column,
    Int32Array.from(rows, ({ model }) => familyOf(model.network)?.[field] ?? 0),
  ]);
  return {
    ...Object.fromEntries(columns),
    network_batch_norm: rows.map(({ model }) => familyOf(model.network)?.batchNorm ?? false),
  };
}

/** Row `index` of a table of facts as an object. */
export function factsRow(facts: ZooFacts, index: number): FactsRow {
  const row: Record<string, number | string | boolean> = {};
  for (const name of Object.keys(facts)) row[name] = facts[name][index];
  return row as FactsRow;
}

/** The given rows of a table of facts, in the given order. */
export function takeFacts(facts: ZooFacts, rows: ArrayLike<number>): ZooFacts {
  const indices = Array.from(rows);
  const taken = Object.entries(facts).map(([name, column]) => {
    if (column instanceof Int32Array) return [name, Int32Array.from(indices, (index) => column[index])];
    if (column instanceof Float64Array) return [name, Float64Array.from(indices, (index) => column[index])];
    return [name, indices.map((index) => column[index])];
  });
  return Object.fromEntries(taken) as ZooFacts;
}
