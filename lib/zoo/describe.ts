import { lastRows } from "./model-rows.js";
import type { Zoo } from "./store/zoo.js";
import { type VariedColumn, variedColumns } from "./variety.js";

/** Least, mean, median and greatest of some numbers; null where there is none that is finite. */
export interface Summary {
  readonly min: number | null;
  readonly mean: number | null;
  readonly median: number | null;
  readonly max: number | null;
}

/** A zoo's shift; null for what it leaves as it was. */
export interface ShiftDescription {
  readonly afterEpoch: number;
  /** What the models were trained on after it. */
  readonly dataset: string | null;
  /** The data set that was asked for, where `strokes` took its place. */
  readonly standsInFor: string | null;
  readonly trainImages: number | null;
  readonly testImages: number | null;
  readonly learningRate: number | null;
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
  /** Name of the network, or how many there are; "not known" where an import does not say. */
  readonly network: string;
  /** Weights of a model; the most that any has, in a mixed zoo. */
  readonly parameters: number;
  readonly fewestParameters: number;
  readonly models: number;
  /** 0 where it differs from model to model, as it may in an imported zoo. */
  readonly checkpointsPerModel: number;
  readonly checkpoints: number;
  readonly firstEpoch: number;
  readonly lastEpoch: number;
  /** null where an import does not say. */
  readonly trainImages: number | null;
  readonly testImages: number | null;
  /** What changes for all models after an epoch; null where nothing does. */
  readonly shift: ShiftDescription | null;
  /** Models of which a checkpoint diverged. */
  readonly diverged: number;
  /** Settings in which the models differ, with their levels or their range. */
  readonly varies: readonly VariedColumn[];
  /** Models in each part of the split. */
  readonly split: { readonly train: number; readonly validation: number; readonly test: number };
  /** Over the models, at the last kept epoch of each; diverged checkpoints left out. */
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
  const rows = lastRows(facts);
  const images = zoo.kind === "trained" ? zoo.spec.dataset : null;
  const sound = rows.filter((row) => !facts.diverged[row]);
  const over = (column: Float64Array) => summary(sound.map((row) => column[row]));
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
    checkpoints: facts.model.length,
    firstEpoch: epochs[0],
    lastEpoch: epochs[epochs.length - 1],
    trainImages: images?.trainImages ?? null,
    testImages: images?.testImages ?? null,
    shift: shiftOf(zoo),
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

function shiftOf(zoo: Zoo): ShiftDescription | null {
  if (zoo.kind !== "trained" || !zoo.spec.shift) return null;
  const { afterEpoch, trainImages = null, testImages = null, learningRate = null } = zoo.spec.shift;
  const { name: dataset = null, standsInFor = null } = zoo.data.shift ?? {};
  return { afterEpoch, dataset, standsInFor, trainImages, testImages, learningRate };
}

function networksOf(zoo: Zoo): Pick<ZooDescription, "network" | "parameters" | "fewestParameters"> {
  const names = [...new Set(zoo.facts.network)].filter((name) => name !== "");
  const models = zoo.isMixed ? zoo.models : Math.min(zoo.models, 1);
  const weights = Array.from({ length: models }, (_, model) => zoo.layoutOf(model).parameters);
  return {
    network: names.length > 1 ? `${names.length} different networks` : (names[0] ?? "not known"),
    parameters: weights.reduce((most, count) => Math.max(most, count), 0),
    fewestParameters: weights.reduce((least, count) => Math.min(least, count), Number.MAX_SAFE_INTEGER),
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
