import type { AtlasContent } from "../../atlas/index.js";
import { windowedHistogram } from "../../core/numeric/windowed-histogram.js";
import { RandomStream } from "../../core/random.js";

const inits = ["constant", "glorot_normal", "glorot_uniform", "normal"];
const activations = ["elu", "relu", "sigmoid", "tanh"];
const datasets = ["cifar10", "fashion", "mnist", "stl10", "svhn"];

/** How one made-up model differs from the others. */
interface MadeSettings {
  readonly init: number;
  readonly activation: number;
  readonly dataset: number;
}

/** Weights whose spread changes with depth, as their settings say. */
export function madeTheta(rng: RandomStream, { init, activation }: MadeSettings, count = 2048): Float32Array {
  const width = [0.3, 0.8, 1.4, 2.2][init];
  const lean = [-0.4, 0.6, 0, 1.2][activation];
  return Float32Array.from({ length: count }, (_, i) => {
    const depth = i / count;
    return lean * depth + rng.normal(0, width * (1 - 0.6 * depth));
  });
}

/**
 * A made-up library in the size of the published one: clusters by initialisation and activation, accuracies that depend
 * on them and on the data set.
 * @param windows of the descriptors, and their bins; 0 for none
 */
export function madeAtlas(models: number, windows = 32): AtlasContent {
  const rng = RandomStream.fromSeed("atlas").split(String(models));
  const pick = (count: number) => Math.floor(rng.uniform() * count);
  const settings = Array.from({ length: models }, () => ({
    init: pick(4),
    activation: pick(4),
    dataset: pick(5),
  }));
  const size = windows * windows;
  // Models of equal settings share a few made weight vectors: 13,000 of them would take half a minute.
  const templates = new Map<string, Float32Array>();
  const descriptors = new Float32Array(models * size);
  const points = new Float32Array(2 * models);
  settings.forEach((own, model) => {
    const angle = 1.5 * own.init + 0.35 * own.activation;
    const radius = 4 + 2.2 * own.activation;
    points[2 * model] = radius * Math.cos(angle) + rng.normal(0, 0.55);
    points[2 * model + 1] = radius * Math.sin(angle) + rng.normal(0, 0.4);
    if (size === 0) return;
    const key = `${own.init} ${own.activation} ${model % 40}`;
    const template =
      templates.get(key) ??
      windowedHistogram(madeTheta(RandomStream.fromSeed(key), own), { windows, bins: windows });
    templates.set(key, template);
    descriptors.set(
      template.map((share) => (share === 0 ? 0 : Math.min(1, share * (0.9 + 0.2 * rng.uniform())))),
      model * size,
    );
  });
  const accuracy = Float64Array.from(settings, ({ init, activation, dataset }) => {
    const best = [0.55, 0.9, 0.99, 0.5, 0.8][dataset];
    const share = Math.min(1, Math.max(0, 0.25 * init + 0.08 * activation + rng.normal(0, 0.12)));
    return 0.1 + (best - 0.1) * share;
  });
  const learningRate = Float64Array.from(settings, () => 2e-4 * 25 ** rng.uniform());
  return {
    title: "Made-up library",
    description: "Random weights in clusters, to try the atlas on.",
    names: settings.map((_, model) => `model ${model}`),
    columns: {
      dataset: settings.map(({ dataset }) => datasets[dataset]),
      optimizer: settings.map(() => ["adam", "momentum", "rmsprop"][pick(3)]),
      activation: settings.map(({ activation }) => activations[activation]),
      init: settings.map(({ init }) => inits[init]),
      batch_size: Int32Array.from(settings, () => [32, 64, 128, 256][pick(4)]),
      learning_rate: learningRate,
      test_accuracy: accuracy,
    },
    embeddings: { UMAP: points, "UMAP turned": points.map((_, i) => points[i ^ 1] * (i % 2 ? -1 : 1)) },
    ...(size > 0 ? { descriptors: { data: descriptors, windows, bins: windows } } : {}),
    color: "test_accuracy",
    normalizeBy: "dataset",
  };
}
