import { weightLayout } from "../networks/layout.js";
import { isMixed, specNetwork, zooModels } from "./models.js";
import { type VariedColumn, variedColumns } from "./variety.js";
import type { Zoo } from "./zoo.js";

/** Least, mean, median and greatest of some numbers; null where there is none that is finite. */
export interface Summary {
  readonly min: number | null;
  readonly mean: number | null;
  readonly median: number | null;
  readonly max: number | null;
}

/** Counts and summary statistics of a zoo, as plain values. */
export interface ZooDescription {
  readonly name: string;
  readonly key: string;
  readonly folder: string;
  /** What the models were trained on. */
  readonly dataset: string;
  /** The data set that was asked for, where `strokes` took its place; null otherwise. */
  readonly standsInFor: string | null;
  /** Name of the network; of a mixed zoo, how many there are. */
  readonly network: string;
  /** Weights of a model; the most that any has, in a mixed zoo. */
  readonly parameters: number;
  readonly fewestParameters: number;
  readonly models: number;
  readonly checkpointsPerModel: number;
  readonly checkpoints: number;
  readonly firstEpoch: number;
  readonly lastEpoch: number;
  readonly trainImages: number;
  readonly testImages: number;
  /** Models of which a checkpoint diverged. */
  readonly diverged: number;
  /** Settings in which the models differ, with their levels or their range. */
  readonly varies: readonly VariedColumn[];
  /** Models in each part of the split. */
  readonly split: { readonly train: number; readonly validation: number; readonly test: number };
  /** Over the models, at the last kept epoch; diverged checkpoints left out. */
  readonly last: {
    readonly train_loss: Summary;
    readonly test_loss: Summary;
    readonly train_accuracy: Summary;
    readonly test_accuracy: Summary;
    readonly generalization_gap: Summary;
  };
}

/** Counts of a zoo and summary statistics of its last checkpoints. */
export function describeZoo(zoo: Zoo): ZooDescription {
  const { facts, spec, epochs } = zoo;
  const lastEpoch = epochs[epochs.length - 1];
  const rows = zoo.rowsWhere((row) => row.epoch === lastEpoch);
  const sound = rows.filter((row) => !facts.diverged[row]);
  const over = (column: Float64Array) => summary(Array.from(sound, (row) => column[row]));
  const inSplit = (part: string) => rows.filter((row) => facts.split[row] === part).length;
  return {
    name: spec.name,
    key: zoo.key,
    folder: zoo.folder,
    dataset: zoo.data.name,
    standsInFor: zoo.data.standsInFor ?? null,
    ...networksOf(zoo),
    models: zoo.models,
    checkpointsPerModel: zoo.checkpointsPerModel,
    checkpoints: zoo.models * zoo.checkpointsPerModel,
    firstEpoch: epochs[0],
    lastEpoch,
    trainImages: spec.dataset.trainImages,
    testImages: spec.dataset.testImages,
    diverged: zoo.diverged.length,
    varies: variedColumns(facts),
    split: { train: inSplit("train"), validation: inSplit("validation"), test: inSplit("test") },
    last: {
      train_loss: over(facts.train_loss),
      test_loss: over(facts.test_loss),
      train_accuracy: over(facts.train_accuracy),
      test_accuracy: over(facts.test_accuracy),
      generalization_gap: over(facts.generalization_gap),
    },
  };
}

function networksOf({
  spec,
  layout,
}: Zoo): Pick<ZooDescription, "network" | "parameters" | "fewestParameters"> {
  if (!isMixed(spec)) {
    const { parameters } = layout;
    return { network: specNetwork(spec).name, parameters, fewestParameters: parameters };
  }
  const networks = [...new Set(zooModels(spec).map(({ network }) => network))];
  const weights = networks.map((network) => weightLayout(network).parameters);
  return {
    network: `${networks.length} different networks`,
    parameters: Math.max(...weights),
    fewestParameters: Math.min(...weights),
  };
}

function summary(values: readonly number[]): Summary {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return { min: null, mean: null, median: null, max: null };
  const median = (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  return { min: sorted[0], mean, median, max: sorted[count - 1] };
}
