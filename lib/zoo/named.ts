import { type Preset, parsePreset } from "../core/environment.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { type CnnGeometry, cnnTrajectory, mlpTrajectory } from "../networks/published.js";
import { parseZooSpec } from "./spec.js";
import type { ZooSpec } from "./types.js";

/** Zoos that the library knows by name. */
export type ZooName = "mlp-trajectory" | "cnn-trajectory";

/** What may be changed in a named zoo; each change makes it another zoo with another key. */
export interface NamedZooOptions {
  readonly models?: number;
  readonly epochs?: number;
  readonly trainImages?: number;
  readonly testImages?: number;
  /** Data set by name; mnist by default. */
  readonly dataset?: string;
  /** Seed of model 0; model i has the i-th seed after it. 1 by default. */
  readonly firstSeed?: number;
  /** Keep the initial weights too, as epoch 0. The papers leave this open; not kept by default. */
  readonly keepInitial?: boolean;
  /** How pixels become inputs; the papers leave this open; "unit" by default. */
  readonly inputScaling?: ZooSpec["inputScaling"];
  /** Another learning rate than the published one. */
  readonly learningRate?: number;
  /** cnn-trajectory only: see cnnTrajectory. */
  readonly geometry?: CnnGeometry;
  /** cnn-trajectory only: "as-printed" has the paper's weight decay of 0.1, with which it does not train. */
  readonly variant?: "default" | "as-printed";
}

/** Size of a zoo. */
export interface ZooSize {
  readonly models: number;
  readonly epochs: number;
  readonly trainImages: number;
  readonly testImages: number;
}

/** A named zoo as a list shows it. */
export interface NamedZooEntry {
  readonly name: ZooName;
  readonly description: string;
  /** Where it was published. */
  readonly source: string;
  readonly variants: readonly string[];
  readonly presets: Readonly<Record<Preset, ZooSize>>;
}

const sizes: Readonly<Record<Preset, ZooSize>> = {
  smoke: { models: 6, epochs: 5, trainImages: 1200, testImages: 400 },
  quick: { models: 40, epochs: 20, trainImages: 20000, testImages: 5000 },
  // The published training with fewer seeds: a quarter of an hour on two cores.
  laptop: { models: 100, epochs: 50, trainImages: 60000, testImages: 10000 },
  paper: { models: 250, epochs: 50, trainImages: 60000, testImages: 10000 },
};

const source = "trajectory papers (2020, 2021), model zoos";

const entries: readonly NamedZooEntry[] = [
  {
    name: "mlp-trajectory",
    description: "196-10-10-10 sigmoid networks without biases (2160 weights) on 14 x 14 digits",
    source,
    variants: ["default"],
    presets: sizes,
  },
  {
    name: "cnn-trajectory",
    description: "two convolutions of 16 and 8 filters and a dense layer (1376 weights) on 14 x 14 digits",
    source,
    variants: ["default", "as-printed"],
    presets: sizes,
  },
];

/** The zoos known by name, with their sizes by preset. */
export function listNamedZoos(): readonly NamedZooEntry[] {
  return entries;
}

const knownOptions = [
  "models",
  "epochs",
  "trainImages",
  "testImages",
  "dataset",
  "firstSeed",
  "keepInitial",
  "inputScaling",
  "learningRate",
  "geometry",
  "variant",
];

/**
 * Specification of a named zoo at a preset's size.
 * @throws SpecError for an unknown name or option, an option the zoo does not have, or values that cannot be;
 *   UsageError for an unknown preset
 */
export function namedZoo(name: ZooName, preset: Preset, options: NamedZooOptions = {}): ZooSpec {
  checkOptions(options, knownOptions, "namedZoo");
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) {
    const known = entries.map((candidate) => candidate.name).join(", ");
    throw new SpecError("zoo/unknown", `there is no zoo "${name}"; choose ${known}`, { value: name });
  }
  const size = entry.presets[parsePreset(preset)];
  const { models = size.models, epochs = size.epochs } = options;
  const { trainImages = size.trainImages, testImages = size.testImages } = options;
  const checkpoints = options.keepInitial
    ? Array.from({ length: epochs + 1 }, (_, epoch) => epoch)
    : "every-epoch";
  return parseZooSpec({
    name,
    dataset: { name: options.dataset ?? "mnist", size: 14, trainImages, testImages },
    inputScaling: options.inputScaling ?? "unit",
    initializer: "kaiming-normal",
    loss: "mse",
    epochs,
    checkpoints,
    models,
    seeds: { kind: "range", from: options.firstSeed ?? 1 },
    split: { train: 0.7, validation: 0.15, test: 0.15, seed: 1 },
    ...(name === "mlp-trajectory" ? mlpFields(options) : cnnFields(options)),
  });
}

function mlpFields(options: NamedZooOptions): Pick<ZooSpec, "network" | "optimizer" | "batchSize"> {
  for (const option of ["geometry", "variant"] as const) {
    if (options[option] !== undefined && options[option] !== "default") {
      throw new SpecError(`zoo/${option}`, `mlp-trajectory has no ${option}; leave it out`, {
        value: options[option],
      });
    }
  }
  return {
    network: mlpTrajectory(),
    optimizer: { type: "sgd", learningRate: options.learningRate ?? 0.03, momentum: 0.9, weightDecay: 3e-4 },
    batchSize: 4,
  };
}

function cnnFields(options: NamedZooOptions): Pick<ZooSpec, "network" | "optimizer" | "batchSize"> {
  const { variant = "default", geometry } = options;
  const weightDecay = { default: 1e-4, "as-printed": 0.1 }[variant];
  if (weightDecay === undefined) {
    throw new SpecError(
      "zoo/variant",
      `cnn-trajectory has no variant "${variant}"; choose default, as-printed`,
      {
        value: variant,
      },
    );
  }
  return {
    network: cnnTrajectory(geometry === undefined ? {} : { geometry }),
    optimizer: { type: "sgd", learningRate: options.learningRate ?? 3e-4, momentum: 0.9, weightDecay },
    batchSize: 12,
  };
}
