import type { Preset } from "../../core/environment.js";
import { mnistCnn } from "../../networks/published.js";
import type { Seeds } from "../types.js";
import { adam, images, type RecipeSize, type RecipeSpec, type ZooName, type ZooRecipe } from "./recipe.js";

const source = "Schürholt et al. (2021), Section 4.1";

/** Batch 10 and 50 epochs as the group's later zoo generator has them; the paper leaves training open. */
function sizes(smokeModels: number): Readonly<Record<Preset, RecipeSize>> {
  return {
    smoke: { models: smokeModels, epochs: 2, trainImages: 200, testImages: 100 },
    quick: { models: 80, epochs: 4, trainImages: 600, testImages: 500 },
    laptop: { models: 500, epochs: 20, trainImages: 3000, testImages: 1000 },
    paper: { models: 1000, epochs: 50, trainImages: 60000, testImages: 10000 },
  };
}

/** The grid of the MNIST-HYP zoos is ours: the paper names the fields, the levels are of the group's later zoos. */
const grid = {
  activation: ["tanh", "relu", "sigmoid", "gelu"],
  optimizer: ["adam", "sgd"],
  initializer: ["uniform", "normal", "kaiming-normal", "kaiming-uniform"],
  dropout: [0, 0.5],
};

/** Levels of learning rate and weight decay, evenly spaced in the logarithm, both ends included. */
const twoLevels = [1e-3, 1e-4];
const fourLevels = [1e-3, 4.64e-4, 2.15e-4, 1e-4];

function seedZoo(name: ZooName, dataset: string): ZooRecipe {
  return {
    name,
    description: `5-layer tanh CNNs (2464 weights) on ${dataset}, one setting, seeds 1-1000`,
    source,
    variants: ["default"],
    options: ["dataset", "firstSeed"],
    sizes: sizes(8),
    spec: (size, _preset, { dataset: other = dataset, firstSeed = 1 }) => ({
      ...shared(size, other),
      network: mnistCnn(),
      seeds: { kind: "range", from: firstSeed },
    }),
  };
}

function hypZoo(name: ZooName, perCombination: 1 | 5, kind: "fixed" | "drawn"): ZooRecipe {
  const levels = perCombination === 1 ? fourLevels : twoLevels;
  const which = { fixed: perCombination === 1 ? "the same seed" : "the same seeds", drawn: "drawn" }[kind];
  const seeds = perCombination === 1 ? `a seed a combination (${which})` : `5 seeds a combination (${which})`;
  return {
    name,
    description:
      "the 2464-weight CNNs over 4 activations x 2 optimisers x 4 initialisers x 2 dropout rates x " +
      `${levels.length} learning rates x ${levels.length} weight decays, 1e-4 to 1e-3, ${seeds}, thinned`,
    source,
    variants: ["default"],
    options: kind === "fixed" ? ["dataset", "firstSeed"] : ["dataset"],
    sizes: sizes(perCombination === 1 ? 32 : 40),
    spec: (size, _preset, { dataset = "mnist", firstSeed = 1 }) => ({
      ...shared(size, dataset),
      network: mnistCnn({ dropout: true }),
      seeds: seedsOf(kind, firstSeed, perCombination),
      vary: { ...grid, learningRate: levels, weightDecay: levels },
    }),
  };
}

function seedsOf(kind: "fixed" | "drawn", firstSeed: number, count: number): Seeds {
  return kind === "fixed" ? { kind, from: firstSeed, count } : { kind, seed: 1, count };
}

function shared(size: RecipeSize, dataset: string): Omit<RecipeSpec, "network" | "seeds"> {
  return {
    dataset: images(dataset, 28, size),
    initializer: "kaiming-uniform",
    loss: "cross-entropy",
    optimizer: adam(3e-4),
    batchSize: 10,
    checkpoints: "every-epoch",
  };
}

/** The six zoos of the 2464-weight network, with which Table 4 compares seeds and hyper-parameters. */
export const mnistCnnRecipes: readonly ZooRecipe[] = [
  seedZoo("mnist-seed", "mnist"),
  seedZoo("fashion-seed", "fashion-mnist"),
  hypZoo("mnist-hyp-1-fix-seed", 1, "fixed"),
  hypZoo("mnist-hyp-1-rand-seed", 1, "drawn"),
  hypZoo("mnist-hyp-5-fix-seed", 5, "fixed"),
  hypZoo("mnist-hyp-5-rand-seed", 5, "drawn"),
];
