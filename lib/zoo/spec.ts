import { SpecError } from "../core/errors.js";
import { canonicalJson, sha256 } from "../core/hash.js";
import { RandomStream } from "../core/random.js";
import { initializers } from "../networks/initial-weights.js";
import { weightLayout } from "../networks/layout.js";
import type { NetworkSpec } from "../networks/types.js";
import type { Loss, OptimizerSpec, ZooSpec } from "./types.js";

/** Largest seed: seeds are stored as 32-bit integers. */
const maxSeed = 2 ** 31 - 1;

const losses: readonly Loss[] = ["mse"];
const scalings: readonly ZooSpec["inputScaling"][] = ["unit", "standardised"];

/**
 * Checks a specification, e.g. one read from JSON.
 * @returns the same values as a fresh object of known fields
 * @throws SpecError "zoo/FIELD" that names the field and what it may be; unknown fields are refused; SpecError of
 *   networkShapes for a layer that cannot be
 */
export function parseZooSpec(value: unknown): ZooSpec {
  const spec = fields(value, "", [
    "name",
    "dataset",
    "inputScaling",
    "network",
    "initializer",
    "loss",
    "optimizer",
    "batchSize",
    "epochs",
    "checkpoints",
    "models",
    "seeds",
    "split",
  ]);
  const name = text(spec.name, "name");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    refuse("name", name, "letters, digits, dots, hyphens and underscores, since it names a folder");
  }
  const epochs = whole(spec.epochs, "epochs", 1);
  const models = whole(spec.models, "models", 1);
  const dataset = parseDataset(spec.dataset);
  const batchSize = whole(spec.batchSize, "batchSize", 1);
  if (batchSize > dataset.trainImages) {
    refuse("batchSize", batchSize, `at most dataset.trainImages, which is ${dataset.trainImages}`);
  }
  return {
    name,
    dataset,
    inputScaling: oneOf(spec.inputScaling, "inputScaling", scalings),
    network: parseNetwork(spec.network, dataset.size),
    initializer: oneOf(spec.initializer, "initializer", initializers),
    loss: oneOf(spec.loss, "loss", losses),
    optimizer: parseOptimizer(spec.optimizer),
    batchSize,
    epochs,
    checkpoints: parseCheckpoints(spec.checkpoints, epochs),
    models,
    seeds: parseSeeds(spec.seeds, models),
    split: parseSplit(spec.split),
  };
}

/**
 * The zoo's identity: SHA-256 (hex) of the canonical JSON of specification, data hash and engine version. Equal keys
 * mean bit-equal zoos.
 */
export function zooKey(spec: ZooSpec, dataHash: string, engineVersion: string): string {
  return sha256(canonicalJson({ data: dataHash, engine: engineVersion, spec }));
}

/** Epochs whose weights are kept, ascending; "every-epoch" is 1, 2, ..., epochs. */
export function checkpointEpochs(spec: ZooSpec): readonly number[] {
  if (spec.checkpoints !== "every-epoch") return spec.checkpoints;
  return Array.from({ length: spec.epochs }, (_, index) => index + 1);
}

/** Part of a zoo's models. */
export type Split = "train" | "validation" | "test";

/**
 * The part each model belongs to, by model. Sizes of test and validation are rounded to whole models; which models
 * they are is drawn from a stream of the split's seed.
 */
export function modelSplits(spec: ZooSpec): Split[] {
  const { models, split } = spec;
  const test = Math.min(models, Math.round(models * split.test));
  const validation = Math.min(models - test, Math.round(models * split.validation));
  const order = RandomStream.fromSeed(split.seed).split("zoo-split").permutation(models);
  const parts = new Array<Split>(models).fill("train");
  for (let i = 0; i < test; i++) parts[order[i]] = "test";
  for (let i = test; i < test + validation; i++) parts[order[i]] = "validation";
  return parts;
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

/** The layers themselves are checked by the networks' own code, as it computes the layout. */
function parseNetwork(value: unknown, size: number): NetworkSpec {
  const network = fields(value, "network", ["name", "input", "layers"]);
  text(network.name, "network.name");
  const input = fields(network.input, "network.input", ["channels", "height", "width"]);
  for (const side of ["height", "width"]) {
    if (input[side] !== size) {
      refuse(`network.input.${side}`, input[side], `dataset.size, which is ${size}`);
    }
  }
  if (input.channels !== 1) refuse("network.input.channels", input.channels, "1: images are grayscale");
  if (!Array.isArray(network.layers) || network.layers.length === 0) {
    refuse("network.layers", network.layers, "a list of at least one layer");
  }
  network.layers.forEach((layer, index) => {
    if (typeof layer !== "object" || layer === null) refuse(`network.layers[${index}]`, layer, "an object");
  });
  const parsed = structuredClone(value) as NetworkSpec;
  weightLayout(parsed);
  return parsed;
}

function parseOptimizer(value: unknown): OptimizerSpec {
  const optimizer = fields(value, "optimizer", ["type", "learningRate", "momentum", "weightDecay"]);
  const learningRate = real(optimizer.learningRate, "optimizer.learningRate", 0);
  if (learningRate === 0) refuse("optimizer.learningRate", learningRate, "above 0");
  const momentum = real(optimizer.momentum, "optimizer.momentum", 0);
  if (momentum >= 1) refuse("optimizer.momentum", momentum, "below 1");
  return {
    type: oneOf(optimizer.type, "optimizer.type", ["sgd"] as const),
    learningRate,
    momentum,
    weightDecay: real(optimizer.weightDecay, "optimizer.weightDecay", 0),
  };
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

function parseSeeds(value: unknown, models: number): ZooSpec["seeds"] {
  const seeds = fields(value, "seeds", ["kind", "from"]);
  const kind = oneOf(seeds.kind, "seeds.kind", ["range"] as const);
  const from = whole(seeds.from, "seeds.from", 0);
  if (from + models - 1 > maxSeed) refuse("seeds.from", from, `so small that no seed is above ${maxSeed}`);
  return { kind, from };
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

function fields(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(path || "the specification", value, `an object of ${known.join(", ")}`);
  }
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      const where = path ? `${path}.${name}` : name;
      throw new SpecError(
        `zoo/${where}`,
        `a zoo specification has no field ${where}; it knows ${known.map((field) => (path ? `${path}.${field}` : field)).join(", ")}`,
        { value: name },
      );
    }
  }
  return value as Record<string, unknown>;
}

function text(value: unknown, field: string): string {
  if (typeof value !== "string" || value === "") refuse(field, value, "a text that is not empty");
  return value;
}

function whole(value: unknown, field: string, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    refuse(field, value, `a whole number of at least ${least}`);
  }
  return value as number;
}

function real(value: unknown, field: string, least: number): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < least) {
    refuse(field, value, `a finite number of at least ${least}`);
  }
  return value;
}

function oneOf<T extends string>(value: unknown, field: string, known: readonly T[]): T {
  if (!(known as readonly unknown[]).includes(value)) {
    refuse(field, value, known.length === 1 ? `"${known[0]}"` : `one of ${known.join(", ")}`);
  }
  return value as T;
}

function refuse(field: string, value: unknown, expected: string): never {
  const shown = typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
  throw new SpecError(`zoo/${field}`, `zoo specification: ${field} is ${shown}; it must be ${expected}`, {
    value,
  });
}
