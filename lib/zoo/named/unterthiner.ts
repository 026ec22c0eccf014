import type { Preset } from "../../core/environment.js";
import { unterthinerCnn } from "../../networks/published.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { ZooSpec } from "../types.js";
import { adam, images, type ZooName, type ZooRecipe } from "./recipe.js";

/** Epochs of the released checkpoints, of 86. */
const releasedEpochs = [0, 1, 2, 3, 20, 40, 60, 80, 86];

/** At 6,000 images and a fraction of .1 a batch of 512 would be one step an epoch. */
const batchSizes: Readonly<Record<Preset, number>> = { smoke: 16, quick: 64, laptop: 64, paper: 512 };

/**
 * The factors are the released ones (the columns of the small CNN zoo's metrics). Where the texts at hand give no
 * ranges they are ours: learning rate, weight decay, dropout and the deviation of the normal initialisers. So is the
 * range of the inputs, 0..1. Biases start at zero, as Keras has them; its truncated normal is cut at two deviations.
 */
const factors: ZooSpec["vary"] = {
  activation: ["relu", "tanh"],
  optimizer: ["adam", "sgd", "rmsprop"],
  trainFraction: [0.1, 0.25, 0.5, 1],
  initializer: [
    { type: "kaiming-normal", bias: "zeros" },
    { type: "xavier-normal", bias: "zeros" },
    { type: "orthogonal", bias: "zeros" },
    { type: "normal", deviation: 0.05, bias: "zeros" },
    { type: "truncated-normal", deviation: 0.05, low: -0.1, high: 0.1, bias: "zeros" },
  ],
  learningRate: { distribution: "log-uniform", low: 5e-4, high: 5e-2 },
  weightDecay: { distribution: "log-uniform", low: 1e-8, high: 1e-2 },
  dropout: { distribution: "uniform", low: 0, high: 0.7 },
};

interface ImageSource {
  readonly dataset: string;
  /** Side in pixels. */
  readonly side: number;
  readonly trainImages: number;
  readonly testImages: number;
  /** What a reader must know about the images. */
  readonly note?: string;
}

const digits = { side: 28, trainImages: 60000, testImages: 10000 };

function hypZoo(name: ZooName, from: ImageSource): ZooRecipe {
  return {
    name,
    description:
      `3-convolution CNNs (4970 weights) on ${from.dataset}: activation, optimiser, fraction of the images, ` +
      "initialiser, learning rate, weight decay and dropout drawn for each, one seed; pixels 0..1; batch 512 at paper, 64 at laptop and quick" +
      (from.note === undefined ? "" : `; ${from.note}`),
    source: "Unterthiner et al. (2020), small CNN zoo; MNIST-HYP and others of Schürholt et al. (2021)",
    variants: ["default"],
    options: ["dataset", "firstSeed"],
    sizes: {
      smoke: { models: 16, epochs: 4, trainImages: 400, testImages: 100 },
      quick: { models: 80, epochs: 6, trainImages: 1000, testImages: 500 },
      laptop: { models: 1000, epochs: 20, trainImages: 6000, testImages: 1000 },
      paper: { models: 30000, epochs: 86, trainImages: from.trainImages, testImages: from.testImages },
    },
    spec: (size, preset, { dataset = from.dataset, firstSeed = 42 }) => ({
      dataset: images(dataset, from.side, size),
      inputScaling: "unit",
      network: atSize(unterthinerCnn({ dropout: true }), from.side),
      initializer: "kaiming-normal",
      loss: "cross-entropy",
      optimizer: adam(1e-3),
      batchSize: batchSizes[preset],
      checkpoints: scaledCheckpoints(size.epochs),
      seeds: { kind: "fixed", from: firstSeed, count: 1 },
      vary: factors,
    }),
  };
}

/** The global average makes the network fit images of any size, with equally many weights. */
function atSize(network: NetworkSpec, side: number): NetworkSpec {
  return { ...network, input: { channels: 1, height: side, width: side } };
}

/** The released epochs where there are 86; else 0 to 3 and the others at the same shares of the training. */
function scaledCheckpoints(epochs: number): readonly number[] {
  const last = releasedEpochs[releasedEpochs.length - 1];
  const scaled = releasedEpochs.map((epoch) => (epoch <= 3 ? epoch : Math.round((epoch * epochs) / last)));
  const kept = scaled.filter((epoch) => epoch <= epochs);
  return [...new Set(kept)].sort((a, b) => a - b);
}

/** The four zoos after Unterthiner et al., and the same on the synthetic set. */
export const unterthinerRecipes: readonly ZooRecipe[] = [
  hypZoo("mnist-hyp", { dataset: "mnist", ...digits }),
  hypZoo("fashion-hyp", { dataset: "fashion-mnist", ...digits }),
  hypZoo("cifar10-hyp", { dataset: "cifar10-gs", side: 32, trainImages: 50000, testImages: 10000 }),
  hypZoo("svhn-hyp", {
    dataset: "svhn-gs",
    side: 32,
    trainImages: 73257,
    testImages: 26032,
    note: "strokes stand in for the images of svhn-gs where these can be neither found nor downloaded",
  }),
  hypZoo("strokes-hyp", { dataset: "strokes", ...digits }),
];
