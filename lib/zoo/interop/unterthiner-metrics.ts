import type { Zoo } from "../store/zoo-kinds.js";
import { formatCsvRecord } from "./csv.js";

/** Columns of metrics.csv by the names that a zoo's facts have for them. */
export const configColumns = {
  activation: "config.activation",
  init: "config.w_init",
  optimizer: "config.optimizer",
  learning_rate: "config.learning_rate",
  weight_decay: "config.l2reg",
  dropout: "config.dropout",
  train_fraction: "config.train_fraction",
  dataset: "config.dataset",
} as const;

/** What is measured at each checkpoint, by the same names in both. */
export const measures = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"] as const;

/** Ours by theirs, where the names of a data set or an activation differ. */
export const datasetNames: Readonly<Record<string, string>> = {
  fashion_mnist: "fashion-mnist",
  svhn_cropped: "svhn",
};
export const activationNames: Readonly<Record<string, string>> = { leaky_relu: "leaky-relu", swish: "silu" };

/** Keras's names of initialisers, as the published files have them, by ours; others keep their own. */
const kerasInitializers: Readonly<Record<string, string>> = {
  "xavier-uniform": "glorot_uniform",
  "xavier-normal": "glorot_normal",
  "kaiming-uniform": "he_uniform",
  "kaiming-normal": "he_normal",
  normal: "RandomNormal",
  uniform: "RandomUniform",
  "truncated-normal": "TruncatedNormal",
};

/** All columns of the published file, in its order. */
const published = [
  "config.activation",
  "config.b_init",
  "config.dataset",
  "config.dnn_architecture",
  "config.dropout",
  "config.epochs",
  "config.epochs_between_checkpoints",
  "config.init_std",
  "config.l2reg",
  "config.learning_rate",
  "config.num_layers",
  "config.num_units",
  "config.optimizer",
  "config.random_seed",
  "config.train_fraction",
  "config.w_init",
  "modeldir",
  "step",
  "test_accuracy",
  "test_loss",
  "train_accuracy",
  "train_loss",
  "laststep",
];

/**
 * The lines of metrics.csv for a zoo's facts, behind the unnamed index of checkpoint paths. What the zoo does not
 * tell is blank.
 *
 * An imported zoo's facts are written as they are. Of a zoo that was trained here, initialisers get Keras's names where
 * it has the same one (its normal ones are cut at two deviations, ours are not), and `config.l2reg` is half its weight
 * decay: torch adds weight decay times w to the gradient, which is that of the penalty l * sum(w^2) for l half of it.
 * Keras's penalty is on kernels, torch's decay on biases too; adamw's is no penalty at all.
 */
export function* metricsRecords({ kind, facts }: Pick<Zoo, "kind" | "facts">): Generator<string> {
  const own: Record<string, string> = { "config.random_seed": "seed", step: "epoch" };
  for (const [ours, theirs] of Object.entries(configColumns)) own[theirs] = ours;
  const theirDataset = inverse(datasetNames);
  const theirActivation = inverse(activationNames);
  yield formatCsvRecord(["", ...published]);
  for (let row = 0; row < facts.model.length; row++) {
    const isLast = facts.model[row + 1] !== facts.model[row];
    const folder = String(facts.modeldir?.[row] ?? `model-${facts.model[row]}`);
    const fields = published.map((name): string | number | boolean => {
      if (name === "modeldir") return folder;
      if (name === "laststep") return (facts.laststep?.[row] ?? isLast) ? "True" : "False";
      const value = facts[own[name] ?? name.replace("config.", "")]?.[row] ?? "";
      if (name === "config.dataset") return theirDataset[String(value)] ?? value;
      if (name === "config.activation") return theirActivation[String(value)] ?? value;
      if (kind === "trained" && name === configColumns.init) return kerasInitializers[String(value)] ?? value;
      if (kind === "trained" && name === configColumns.weight_decay) return Number(value) / 2;
      return Number.isNaN(value) ? "" : value;
    });
    yield formatCsvRecord([`${folder}/permanent_ckpt-${facts.epoch[row]}`, ...fields]);
  }
}

function inverse(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([theirs, ours]) => [ours, theirs]));
}
