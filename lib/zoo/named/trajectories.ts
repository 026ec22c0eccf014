import type { Preset } from "../../core/environment.js";
import { SpecError } from "../../core/errors.js";
import { cnnTrajectory, mlpTrajectory } from "../../networks/published.js";
import { images, type NamedZooOptions, type RecipeSize, type RecipeSpec, type ZooRecipe } from "./recipe.js";

const sizes: Readonly<Record<Preset, RecipeSize>> = {
  smoke: { models: 6, epochs: 5, trainImages: 1200, testImages: 400 },
  quick: { models: 40, epochs: 20, trainImages: 20000, testImages: 5000 },
  laptop: { models: 250, epochs: 50, trainImages: 60000, testImages: 10000 },
  paper: { models: 250, epochs: 50, trainImages: 60000, testImages: 10000 },
};

const source = "trajectory papers (2020, 2021), model zoos";
const options = [
  "dataset",
  "firstSeed",
  "keepInitial",
  "inputScaling",
  "learningRate",
  "weightDecay",
] as const;

/** The two zoos of the trajectory papers (Table 1): one setting, 250 seeds. */
export const trajectoryRecipes: readonly ZooRecipe[] = [
  {
    name: "mlp-trajectory",
    description: "196-10-10-10 sigmoid networks without biases (2160 weights) on 14 x 14 digits",
    source,
    variants: ["default"],
    options,
    sizes,
    spec: (size, _preset, changes) => ({
      ...shared(size, changes),
      network: mlpTrajectory(),
      optimizer: sgd(changes.learningRate ?? 0.03, changes.weightDecay ?? 3e-4),
      batchSize: 4,
    }),
  },
  {
    name: "cnn-trajectory",
    description: "two convolutions of 16 and 8 filters and a dense layer (1376 weights) on 14 x 14 digits",
    source,
    variants: ["default", "as-printed"],
    options: [...options, "geometry", "variant"],
    sizes,
    spec: (size, _preset, changes) => ({
      ...shared(size, changes),
      network: cnnTrajectory(changes.geometry === undefined ? {} : { geometry: changes.geometry }),
      optimizer: sgd(
        changes.learningRate ?? 3e-4,
        changes.weightDecay ?? cnnWeightDecay(changes.variant ?? "default"),
      ),
      batchSize: 12,
    }),
  },
];

function shared(
  size: RecipeSize,
  { dataset = "mnist", firstSeed = 1, keepInitial, inputScaling = "unit" }: NamedZooOptions,
): Omit<RecipeSpec, "network" | "optimizer" | "batchSize"> {
  return {
    dataset: images(dataset, 14, size),
    inputScaling,
    initializer: "kaiming-normal",
    loss: "mse",
    checkpoints: keepInitial ? Array.from({ length: size.epochs + 1 }, (_, epoch) => epoch) : "every-epoch",
    seeds: { kind: "range", from: firstSeed },
  };
}

function sgd(learningRate: number, weightDecay: number): RecipeSpec["optimizer"] {
  return { type: "sgd", learningRate, momentum: 0.9, weightDecay };
}

/** The printed weight decay of 0.1 shrinks the weights to zero; with 1e-4 the networks learn. */
function cnnWeightDecay(variant: NonNullable<NamedZooOptions["variant"]>): number {
  const weightDecay = { default: 1e-4, "as-printed": 0.1 }[variant];
  if (weightDecay === undefined) {
    const message = `cnn-trajectory has no variant "${variant}"; choose default, as-printed`;
    throw new SpecError("zoo/variant", message, { value: variant });
  }
  return weightDecay;
}
