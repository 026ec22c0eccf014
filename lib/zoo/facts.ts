import type { NetworkSpec } from "../networks/types.js";
import type { Column, Columns } from "./parquet.js";
import { checkpointEpochs, modelSplits, type Split } from "./spec.js";
import type { CheckpointFacts, ZooSpec } from "./types.js";

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
  readonly optimizer: readonly string[];
  readonly learning_rate: Float64Array;
  readonly weight_decay: Float64Array;
  readonly momentum: Float64Array;
  readonly batch_size: Int32Array;
  /** What the models were trained on, e.g. "mnist", or "strokes" where it stood in. */
  readonly dataset: readonly string[];
  readonly train_loss: Float64Array;
  readonly test_loss: Float64Array;
  /** Fractions, 0..1. */
  readonly train_accuracy: Float64Array;
  readonly test_accuracy: Float64Array;
  /** Train minus test accuracy. */
  readonly generalization_gap: Float64Array;
  readonly diverged: readonly boolean[];
  /** Further columns by name: `f1_class_0`, `f1_class_1`, ... */
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
  readonly weight_decay: number;
  readonly momentum: number;
  readonly batch_size: number;
  readonly dataset: string;
  readonly train_loss: number;
  readonly test_loss: number;
  readonly train_accuracy: number;
  readonly test_accuracy: number;
  readonly generalization_gap: number;
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
  "weight_decay",
  "momentum",
  "batch_size",
  "dataset",
  "train_loss",
  "test_loss",
  "train_accuracy",
  "test_accuracy",
  "generalization_gap",
  "diverged",
];

/** Names of the columns that a table lacks. */
export function missingColumns(columns: Columns): string[] {
  return required.filter((name) => !(name in columns));
}

/**
 * The facts table of consecutive models.
 * @param first index of the first model
 * @param facts by model and kept checkpoint
 * @param datasetName what the models were really trained on
 */
export function factsTable(
  spec: ZooSpec,
  first: number,
  facts: readonly (readonly CheckpointFacts[])[],
  datasetName: string,
): Columns {
  const epochs = checkpointEpochs(spec);
  const splits = modelSplits(spec);
  const rows = facts.flatMap((checkpoints, index) =>
    checkpoints.map((fact, checkpoint) => ({ model: first + index, epoch: epochs[checkpoint], fact })),
  );
  type Row = (typeof rows)[number];
  const whole = (of: (row: Row) => number): Column => Int32Array.from(rows, of);
  const real = (of: (fact: CheckpointFacts) => number): Column =>
    Float64Array.from(rows, (row) => of(row.fact));
  const same = (value: string): Column => rows.map(() => value);
  const classes = rows[0]?.fact.f1.length ?? 0;
  return {
    model: whole((row) => row.model),
    epoch: whole((row) => row.epoch),
    seed: whole((row) => spec.seeds.from + row.model),
    split: rows.map((row) => splits[row.model]),
    activation: same(activationName(spec.network)),
    init: same(spec.initializer),
    optimizer: same(spec.optimizer.type),
    learning_rate: real(() => spec.optimizer.learningRate),
    weight_decay: real(() => spec.optimizer.weightDecay),
    momentum: real(() => spec.optimizer.momentum),
    batch_size: whole(() => spec.batchSize),
    dataset: same(datasetName),
    train_loss: real((fact) => fact.trainLoss),
    test_loss: real((fact) => fact.testLoss),
    train_accuracy: real((fact) => fact.trainAccuracy),
    test_accuracy: real((fact) => fact.testAccuracy),
    generalization_gap: real((fact) => fact.trainAccuracy - fact.testAccuracy),
    ...Object.fromEntries(
      Array.from({ length: classes }, (_, label) => [`f1_class_${label}`, real((fact) => fact.f1[label])]),
    ),
    diverged: rows.map((row) => row.fact.diverged),
  };
}

/** The network's activations, joined by "+" where there are several kinds; "none" for a linear network. */
function activationName(network: NetworkSpec): string {
  const kinds = network.layers.flatMap((layer) => (layer.type === "activation" ? [layer.activation] : []));
  return [...new Set(kinds)].join("+") || "none";
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
