import { canonicalJson, sha256 } from "../../core/hash.js";
import { RandomStream } from "../../core/random.js";
import { checkInitializer } from "../../networks/initial-weights.js";
import type { Initializer } from "../../networks/types.js";
import type { EarlyStopping, Loss, Seeds, ZooSpec } from "../types.js";
import { gridModels } from "./grid.js";
import {
  belowOne,
  fields,
  maxSeed,
  misplaced,
  oneOf,
  positive,
  real,
  refuse,
  text,
  whole,
} from "./spec-checks.js";
import { layersOf, parseNetwork, parseSpecInitializer, takesDropout } from "./spec-network.js";
import { parseOptimizer } from "./spec-optimizer.js";
import { parseShift } from "./spec-shift.js";
import { parseVary } from "./spec-vary.js";
import { parseAugmentation } from "./variable-fields.js";
import { extremes, isGrid } from "./variations.js";

const losses: readonly Loss[] = ["mse", "cross-entropy"];
const scalings: readonly ZooSpec["inputScaling"][] = ["unit", "standardised"];

const knownFields: readonly (keyof ZooSpec)[] = [
  "name",
  "dataset",
  "inputScaling",
  "network",
  "initializer",
  "loss",
  "optimizer",
  "learningRateDecay",
  "dropout",
  "trainFraction",
  "augmentation",
  "earlyStopping",
  "shift",
  "batchSize",
  "epochs",
  "checkpoints",
  "models",
  "seeds",
  "vary",
  "split",
];

/**
 * Checks a specification, e.g. one read from JSON, and fills in what was left out: inputScaling "unit",
 * learningRateDecay 1, dropout 0, trainFraction 1, no augmentation, no early stopping, nothing that varies, and
 * torch's defaults of the optimiser. A specification that was parsed parses to an equal one.
 * @returns a fresh object of known fields
 * @throws SpecError "zoo/FIELD" that names the field and what it may be; unknown fields are refused; SpecError of
 *   the networks' own checks for a layer that cannot be, or an initialiser that does not suit it
 */
export function parseZooSpec(value: unknown): ZooSpec {
  const given = fields(value, "", knownFields);
  const epochs = whole(given.epochs, "epochs", 1);
  const models = whole(given.models, "models", 1);
  const dataset = parseDataset(given.dataset);
  const network = parseNetwork(given.network, dataset.size);
  const optimizer = parseOptimizer(given.optimizer, "optimizer");
  const earlyStopping = parseEarlyStopping(given.earlyStopping, dataset.trainImages);
  const shift = parseShift(given.shift, { dataset, epochs, earlyStopping });
  const spec: ZooSpec = {
    name: parseName(given.name),
    dataset,
    inputScaling: oneOf(given.inputScaling ?? "unit", "inputScaling", scalings),
    network,
    initializer: parseSpecInitializer(given.initializer, "initializer"),
    loss: oneOf(given.loss, "loss", losses),
    optimizer,
    learningRateDecay: positive(given.learningRateDecay ?? 1, "learningRateDecay", 1),
    dropout: belowOne(given.dropout ?? 0, "dropout"),
    trainFraction: positive(given.trainFraction ?? 1, "trainFraction", 1),
    augmentation: parseAugmentation(given.augmentation ?? {}, "augmentation", dataset.size),
    earlyStopping,
    // No field at all without a shift: keys of zoos that know of none must stay.
    ...(shift && { shift }),
    batchSize: whole(given.batchSize, "batchSize", 1),
    epochs,
    checkpoints: parseCheckpoints(given.checkpoints, epochs),
    models,
    seeds: parseSeeds(given.seeds, models),
    vary: parseVary(given.vary, { dataset, network, optimizer }),
    split: parseSplit(given.split),
  };
  if (spec.dropout > 0 && !takesDropout(network)) {
    misplaced("dropout", spec.dropout, "the network has no dropout layer without a rate of its own");
  }
  const initializers = spec.vary.initializer ? extremes(spec.vary.initializer) : [spec.initializer];
  for (const initializer of initializers) checkInitializer(layersOf(network), initializer as Initializer);
  checkBatches(spec);
  checkCount(spec);
  return spec;
}

/**
 * The zoo's identity: SHA-256 (hex) of the canonical JSON of specification, data hash and engine version. Equal keys
 * mean bit-equal zoos.
 */
export function zooKey(spec: ZooSpec, dataHash: string, engineVersion: string): string {
  return sha256(canonicalJson({ data: dataHash, engine: engineVersion, spec }));
}

/** Epochs whose weights are kept, ascending; "every-epoch" is 1, 2, ..., epochs. */
export function checkpointEpochs(spec: Pick<ZooSpec, "checkpoints" | "epochs">): readonly number[] {
  if (spec.checkpoints !== "every-epoch") return spec.checkpoints;
  return Array.from({ length: spec.epochs }, (_, index) => index + 1);
}

/** Part of a zoo's models. */
export type Split = "train" | "validation" | "test";

/**
 * The part each model belongs to, by model. Sizes of test and validation are rounded to whole models; which models
 * they are is drawn from a stream of the split's seed.
 */
export function modelSplits(spec: Pick<ZooSpec, "models" | "split">): Split[] {
  const { models, split } = spec;
  const test = Math.min(models, Math.round(models * split.test));
  const validation = Math.min(models - test, Math.round(models * split.validation));
  const order = RandomStream.fromSeed(split.seed).split("zoo-split").permutation(models);
  const parts = new Array<Split>(models).fill("train");
  for (let i = 0; i < test; i++) parts[order[i]] = "test";
  for (let i = test; i < test + validation; i++) parts[order[i]] = "validation";
  return parts;
}

function parseName(value: unknown): string {
  const name = text(value, "name");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    refuse("name", name, "letters, digits, dots, hyphens and underscores, since it names a folder");
  }
  return name;
}

function parseDataset(value: unknown): ZooSpec["dataset"] {
  const dataset = fields(value, "dataset", ["name", "size", "trainImages", "testImages"]);
  return {
    name: text(dataset.name, "dataset.name"),
    size: whole(dataset.size, "dataset.size", 1),
    trainImages: whole(dataset.trainImages, "dataset.trainImages", 1),
    testImages: whole(dataset.testImages, "dataset.testImages", 1),
  };
}

function parseEarlyStopping(value: unknown, trainImages: number): EarlyStopping | null {
  if (value === undefined || value === null) return null;
  const stopping = fields(value, "earlyStopping", ["patience", "minDelta", "validationImages"]);
  const patience = whole(stopping.patience, "earlyStopping.patience", 1);
  const minDelta = real(stopping.minDelta, "earlyStopping.minDelta", 0);
  const field = "earlyStopping.validationImages";
  const validationImages = whole(stopping.validationImages, field, 1);
  if (validationImages >= trainImages) {
    refuse(field, validationImages, `below dataset.trainImages, which is ${trainImages}`);
  }
  return { patience, minDelta, validationImages };
}

function parseCheckpoints(value: unknown, epochs: number): ZooSpec["checkpoints"] {
  if (value === "every-epoch") return value;
  if (!Array.isArray(value) || value.length === 0) {
    refuse("checkpoints", value, '"every-epoch" or a list of at least one epoch');
  }
  value.forEach((epoch, index) => {
    whole(epoch, `checkpoints[${index}]`, 0);
    if (epoch > epochs) refuse(`checkpoints[${index}]`, epoch, `at most epochs, which is ${epochs}`);
    if (index > 0 && epoch <= value[index - 1]) {
      refuse(`checkpoints[${index}]`, epoch, "more than the one before it");
    }
  });
  return [...(value as number[])];
}

function parseSeeds(value: unknown, models: number): Seeds {
  const { kind: given } = fields(value, "seeds", ["kind", "from", "seed", "count"]);
  const kind = oneOf(given, "seeds.kind", ["range", "fixed", "drawn"] as const);
  if (kind === "drawn") {
    const { seed, count } = fields(value, "seeds", ["kind", "seed", "count"]);
    return { kind, seed: whole(seed, "seeds.seed", 0), count: whole(count, "seeds.count", 1) };
  }
  const seeds = fields(value, "seeds", kind === "range" ? ["kind", "from"] : ["kind", "from", "count"]);
  const from = whole(seeds.from, "seeds.from", 0);
  const count = kind === "range" ? models : whole(seeds.count, "seeds.count", 1);
  if (from + count - 1 > maxSeed) refuse("seeds.from", from, `so small that no seed is above ${maxSeed}`);
  return kind === "range" ? { kind, from } : { kind, from, count };
}

function parseSplit(value: unknown): ZooSpec["split"] {
  const split = fields(value, "split", ["train", "validation", "test", "seed"]);
  const [train, validation, test] = (["train", "validation", "test"] as const).map((part) => {
    const fraction = real(split[part], `split.${part}`, 0);
    if (fraction > 1) refuse(`split.${part}`, fraction, "a fraction, 0 to 1");
    return fraction;
  });
  const sum = train + validation + test;
  if (Math.abs(sum - 1) > 1e-9) {
    refuse("split", sum, "three fractions (train, validation, test) that add up to 1");
  }
  return { train, validation, test, seed: whole(split.seed, "split.seed", 0) };
}

/** Every model must see at least one whole batch. */
function checkBatches(spec: ZooSpec): void {
  const { batchSize, trainFraction, vary, dataset, earlyStopping, shift } = spec;
  const batches = vary.batchSize ? (extremes(vary.batchSize) as readonly number[]) : [batchSize];
  const shares = vary.trainFraction ? (extremes(vary.trainFraction) as readonly number[]) : [trainFraction];
  const largest = Math.max(...batches);
  const before = dataset.trainImages - (earlyStopping?.validationImages ?? 0);
  const trainable = Math.min(before, shift?.trainImages ?? before);
  const seen = Math.round(Math.min(...shares) * trainable);
  if (largest <= seen) return;
  const why = seen === dataset.trainImages ? "dataset.trainImages" : "the training images that a model sees";
  refuse(vary.batchSize ? "vary.batchSize" : "batchSize", largest, `at most ${why}, which is ${seen}`);
}

/** A grid must have enough models, and only a grid has combinations to repeat. */
function checkCount(spec: ZooSpec): void {
  if (isGrid(spec)) {
    const most = gridModels(spec);
    if (spec.models > most) refuse("models", spec.models, `at most ${most}, which is all that the grid has`);
  } else if (spec.seeds.kind !== "range" && spec.seeds.count > 1) {
    const why = "every model draws its own fields, so no combination comes twice; give a count of 1";
    misplaced("seeds.count", spec.seeds.count, why);
  }
}
