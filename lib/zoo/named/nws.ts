import type { Preset } from "../../core/environment.js";
import type { ZooSpec } from "../types.js";
import { adam, images, type RecipeSize, type ZooRecipe } from "./recipe.js";

/** The factors whose levels shrink with the preset. */
interface Scale {
  readonly side: number;
  readonly batchSizes: readonly number[];
  readonly widths: readonly number[];
  readonly denseWidths: readonly number[];
}

const published = { batchSizes: [32, 64, 128, 256], widths: [4, 8, 12], denseWidths: [64, 128, 192] };
const small = { side: 14, batchSizes: [32, 64, 128, 256], widths: [3, 4, 6], denseWidths: [32, 64, 96] };

const scales: Readonly<Record<Preset, Scale>> = {
  smoke: { ...small, batchSizes: [8, 16, 32, 64] },
  quick: { ...small, batchSizes: [8, 16, 32, 64] },
  laptop: small,
  paper: { side: 28, ...published },
};

const sizes: Readonly<Record<Preset, RecipeSize>> = {
  smoke: { models: 16, epochs: 2, trainImages: 200, testImages: 100 },
  quick: { models: 80, epochs: 4, trainImages: 1000, testImages: 500 },
  laptop: { models: 1440, epochs: 12, trainImages: 6000, testImages: 1000 },
  paper: { models: 13000, epochs: 20, trainImages: 50000, testImages: 10000 },
};

const datasets = ["mnist", "fashion-mnist", "cifar10-gs", "strokes"];

/** Keras starts biases at zero. */
const initializers = [
  { type: "constant", value: 0.1, bias: "zeros" },
  { type: "normal", bias: "zeros" },
  { type: "xavier-uniform", bias: "zeros" },
  { type: "xavier-normal", bias: "zeros" },
];

function factors({ batchSizes, widths, denseWidths }: Scale): ZooSpec["vary"] {
  return {
    "network.kernel": [3, 5, 7],
    "network.convLayers": [3, 4, 5],
    "network.width": widths,
    "network.denseLayers": [2, 3, 4],
    "network.denseWidth": denseWidths,
    "network.batchNorm": [false, true],
    batchSize: batchSizes,
    optimizer: ["adam", "rmsprop", "momentum"],
    activation: ["relu", "elu", "sigmoid", "tanh"],
    augmentation: [
      { shift: 0, flip: false },
      { shift: 2, flip: false },
    ],
    initializer: initializers,
    learningRate: { distribution: "uniform", low: 2e-4, high: 5e-3 },
  };
}

/** The zoo of mixed architectures that the MI-WD descriptors are judged on. */
export const nwsRecipe: ZooRecipe = {
  name: "nws",
  description:
    "CNNs of mixed architecture (13,000 to 321,000 weights on 28 x 28 pixels at paper, 2,000 to 62,000 on 14 x 14 below): " +
    "data set, kernel, depth, width, batch norm, batch, optimiser, activation, augmentation, initialiser and learning rate drawn, " +
    "the architecture for each four models",
  source: "Eilertsen et al. (2020), neural weight space, as used for the MI-WD descriptors (2024)",
  variants: ["default"],
  options: ["dataset", "firstSeed"],
  sizes,
  spec: (size, preset, { dataset, firstSeed = 1 }) => {
    const scale = scales[preset];
    const { side } = scale;
    return {
      dataset: images(dataset ?? datasets[0], side, size),
      network: {
        family: "conv-blocks",
        input: { channels: 1, height: side, width: side },
        outputs: 10,
        kernel: 3,
        convLayers: 3,
        width: scale.widths[0],
        denseLayers: 2,
        denseWidth: scale.denseWidths[0],
        batchNorm: false,
        activation: "relu",
      },
      initializer: "xavier-uniform",
      loss: "cross-entropy",
      optimizer: adam(1e-3),
      learningRateDecay: 0.96,
      earlyStopping: { patience: 3, minDelta: 0, validationImages: Math.ceil(size.trainImages / 10) },
      batchSize: scale.batchSizes[0],
      // Descriptors are judged on trained models: of large zoos no other checkpoints are kept.
      checkpoints: preset === "laptop" || preset === "paper" ? [size.epochs] : "every-epoch",
      seeds: { kind: "range", from: firstSeed },
      vary: { ...(dataset === undefined ? { dataset: datasets } : {}), ...factors(scale) },
      // So that the test part has 288 models at laptop.
      split: { train: 0.6, validation: 0.2, test: 0.2, seed: 1 },
    };
  },
};
