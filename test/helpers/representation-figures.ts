import { matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import type { ResultTable } from "#lib/core/tables.js";
import {
  type Figure,
  latentScatter,
  predictionScatter,
  scoreBars,
  trainingCurves,
  weightViews,
} from "#lib/figures/index.js";
import type { LatentPanel } from "#lib/figures/latent-scatter.js";
import {
  drawPermutations,
  initialWeights,
  mnistCnn,
  permutationIndex,
  tetrisMlp,
  weightLayout,
} from "#lib/networks/index.js";

/** A table of random scores from 40 to 100, and another near it with intervals. */
export function scoreTables(rows: readonly string[], columns: readonly string[]): [ResultTable, ResultTable] {
  const rng = RandomStream.fromSeed("scores");
  const base = { caption: "downstream scores", rowKey: "representation", rows, columns };
  const table = (value: (r: number, c: number) => number | null) =>
    rows.map((_, r) => columns.map((_, c) => value(r, c)));
  const published = table(() => rng.uniform(40, 100));
  const values = table((r, c) => Math.min(100, (published[r][c] ?? 0) + rng.normal(-3, 6)));
  const low = values.map((row) => row.map((value) => (value ?? 0) - 4));
  const high = values.map((row) => row.map((value) => (value ?? 0) + 3));
  return [
    { ...base, id: "published", values: published },
    { ...base, id: "ours", values, low, high },
  ];
}

/** Checkpoints in two dimensions with an accuracy, an epoch and an activation. */
export function latentPanels(rows: number): Record<"accuracy" | "epoch" | "activation", LatentPanel> {
  const rng = RandomStream.fromSeed("latents");
  const activations = ["tanh", "sigmoid", "relu", "leaky-relu"];
  const kinds = Array.from({ length: rows }, () => rng.integer(4));
  const points = matrix(
    rows,
    2,
    Float32Array.from({ length: 2 * rows }, (_, i) =>
      rng.normal(4 * Math.cos(2 * kinds[i >> 1] + (i % 2)), 1),
    ),
  );
  const panel = (name: string, label: string, color: LatentPanel["color"]) => ({
    name,
    label,
    color,
    points,
  });
  return {
    accuracy: panel(
      "EcD",
      "test accuracy",
      kinds.map((kind) => rng.uniform(0.2, 0.5 + kind / 8)),
    ),
    epoch: panel(
      "the same by epoch",
      "epoch",
      kinds.map(() => rng.integer(51)),
    ),
    activation: panel(
      "by activation",
      "activation",
      kinds.map((kind) => activations[kind]),
    ),
  };
}

function trainings(): Figure {
  const rng = RandomStream.fromSeed("trainings");
  const points = (top: number, rate: number, hasBand: boolean) =>
    Array.from({ length: 80 }, (_, i) => {
      const x = 2 + 1.1 ** i;
      const y = top * (1 - Math.exp(-x / rate)) + rng.normal(0, 0.5);
      return hasBand ? { x, y, low: y - 3, high: y + 3 } : { x, y };
    });
  return trainingCurves(
    [
      {
        name: "reconstruction R2, test",
        axis: "percent",
        curves: [
          { name: "ED", points: points(92, 60, true) },
          { name: "EcD", points: points(86, 200, true) },
          { name: "Ec+D", points: points(90, 300, false) },
        ],
        references: [
          { label: "published ED 96.1", value: 96.1 },
          { label: "published EcD 84.1", value: 84.1 },
        ],
      },
      {
        name: "accuracy R2, test",
        axis: "percent",
        curves: [
          { name: "ED", points: points(75, 90, false) },
          { name: "EcD", points: points(88, 70, false) },
        ],
        references: [
          { label: "published EcD 90.2", value: 90.2 },
          { label: "s(W) 88", value: 88 },
        ],
      },
    ],
    { title: "EcD predicts accuracy better than ED, which reconstructs better", x: "seconds", scale: "log" },
  );
}

function predictions(): Figure {
  const rng = RandomStream.fromSeed("predictions");
  const truth = Array.from({ length: 5000 }, () => rng.uniform(0.1, 0.95));
  const panel = (name: string, deviation: number) => ({
    name,
    truth,
    predicted: truth.map((value) => value + rng.normal(0, deviation)),
  });
  return predictionScatter([panel("W: R2 62", 0.15), panel("s(W): R2 81", 0.1), panel("EcD: R2 86", 0.07)], {
    title: "EcD's predictions lie closest to the diagonal",
    target: "test accuracy",
  });
}

function views(): Figure {
  const network = tetrisMlp();
  const rng = RandomStream.fromSeed("views");
  const layout = weightLayout(network);
  const weights = initialWeights(network, "xavier-normal", rng);
  const index = permutationIndex(network, drawPermutations(network, rng));
  return weightViews(
    [
      { name: "a trained network", weights, layout },
      { name: "its neurons permuted", weights: Float32Array.from(index, (from) => weights[from]), layout },
      { name: "erased", weights: weights.map((value, i) => (i >= 30 && i < 55 ? 0 : value)), layout },
      { name: "with noise", weights: weights.map((value) => value + rng.normal(0, 0.05)), layout },
    ],
    { title: "Permutation, erasing and noise: three views of one network" },
  );
}

/** One of each figure about representations, at the size of the tables and zoos. */
export function representationFigures(): Record<string, Figure> {
  const { accuracy, epoch, activation } = latentPanels(7000);
  const representations = ["W", "s(W)", "PCA linear", "PCA cosine", "PCA rbf", "UMAP", "EcD"];
  const targets = ["epoch", "accuracy", "gap", "F1 O", "F1 I", "F1 L", "F1 T"];
  const cnn = mnistCnn();
  const cnnWeights = initialWeights(cnn, "torch-default", RandomStream.fromSeed(1));
  return {
    trainings: trainings(),
    scoresOfTable1: scoreBars(...scoreTables(["ED", "Ec", "EcD", "Ec+D"], ["R2", ...targets.slice(0, 6)]), {
      title: "EcD has the best downstream scores, ED the best reconstruction",
    }),
    scoresOfTable5: scoreBars(...scoreTables(targets, representations), {
      title: "EcD is at least as good as layer statistics on accuracy, gap and F1",
      panels: "rows",
    }),
    latents: latentScatter([accuracy, epoch, activation], { title: "Latents order checkpoints by accuracy" }),
    latentsOfTwo: latentScatter([accuracy, activation], {
      title: "Activations are clusters in latent space",
    }),
    predictions: predictions(),
    views: views(),
    viewsOfCnn: weightViews([{ name: "MNIST CNN", weights: cnnWeights, layout: weightLayout(cnn) }], {
      title: "A network with convolutions",
    }),
  };
}
