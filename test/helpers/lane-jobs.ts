import { RandomStream } from "#lib/core/random.js";
import type { ImageSet } from "#lib/datasets/types.js";
import { forward } from "#lib/networks/forward.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import type { GroupJob, ModelJob } from "#lib/zoo/types.js";

export const classes = 4;

/** Images of four classes that can be told apart: a bright quarter each, under noise. */
export function imageSet(count: number, seed: number): ImageSet {
  const rng = RandomStream.fromSeed(seed);
  const side = 6;
  const labels = Uint8Array.from({ length: count }, () => rng.integer(classes));
  const images = Uint8Array.from({ length: count * side * side }, (_, i) => {
    const label = labels[Math.floor(i / (side * side))];
    const bottom = Math.floor(i / side) % side >= side / 2;
    const right = i % side >= side / 2;
    const bright = label === (bottom ? 2 : 0) + (right ? 1 : 0);
    return (bright ? 120 : 0) + rng.integer(136);
  });
  return { images, labels, count, height: side, width: side };
}

export const input = { channels: 1, height: 6, width: 6 };
export const mlp: NetworkSpec = {
  name: "small-mlp",
  input,
  layers: [
    { type: "dense", outputs: 7 },
    { type: "activation", activation: "tanh" },
    { type: "dense", outputs: classes, bias: false },
  ],
};
export const cnn: NetworkSpec = {
  name: "small-cnn",
  input,
  layers: [
    { type: "conv2d", filters: 5, kernel: 3, padding: 1 },
    { type: "max-pool", size: 2 },
    { type: "activation", activation: "leaky-relu" },
    { type: "dense", outputs: classes },
  ],
};

export const deep: NetworkSpec = {
  name: "all-layers",
  input,
  layers: [
    { type: "conv2d", filters: 6, kernel: 3, padding: 1 },
    { type: "batch-norm" },
    { type: "activation", activation: "silu" },
    { type: "dropout" },
    { type: "max-pool", size: 2 },
    { type: "conv2d", filters: 4, kernel: 2 },
    { type: "activation", activation: "gelu" },
    { type: "average-pool", size: 2 },
    { type: "flatten" },
    { type: "dense", outputs: 6 },
    { type: "activation", activation: "elu" },
    { type: "dropout", rate: 0.2 },
    { type: "dense", outputs: classes },
  ],
};

export const train = imageSet(50, 1);
export const tested = imageSet(30, 2);

export function model(seed: number, learningRate = 0.1, changes: Partial<ModelJob> = {}): ModelJob {
  return {
    seed,
    initializer: "kaiming-normal",
    optimizer: { type: "sgd", learningRate, momentum: 0.9, weightDecay: 1e-3 },
    learningRateDecay: 1,
    dropout: 0,
    trainFraction: 1,
    augmentation: { shift: 0, flip: false },
    ...changes,
  };
}

export function job(
  network: NetworkSpec,
  models: readonly ModelJob[],
  changes: Partial<GroupJob> = {},
): GroupJob {
  return {
    network,
    loss: "mse",
    earlyStopping: null,
    batchSize: 6,
    epochs: 3,
    checkpoints: [0, 1, 3],
    input: { scale: 1 / 255, shift: 0 },
    train,
    test: tested,
    models,
    ...changes,
  };
}

/** Loss, accuracy and F1 by precision and recall, from the plain forward pass. */
export function oracle(network: NetworkSpec, weights: Float32Array, set: ImageSet, count: number) {
  const pixels = Float64Array.from(set.images.subarray(0, count * 36), (pixel) => pixel / 255);
  const outputs = forward(network, weights, pixels);
  const rows = Array.from({ length: count }, (_, i) => [...outputs.subarray(i * classes, (i + 1) * classes)]);
  const predicted = rows.map((row) => row.indexOf(Math.max(...row)));
  const labels = [...set.labels.subarray(0, count)];
  const squares = rows.flatMap((row, i) => row.map((y, c) => (y - (labels[i] === c ? 1 : 0)) ** 2));
  const f1 = Array.from({ length: classes }, (_, c) => {
    const hits = predicted.filter((p, i) => p === c && labels[i] === c).length;
    const precision = hits / Math.max(1, predicted.filter((p) => p === c).length);
    const recall = hits / Math.max(1, labels.filter((label) => label === c).length);
    return hits === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  });
  return {
    loss: squares.reduce((sum, square) => sum + square, 0) / squares.length,
    accuracy: predicted.filter((p, i) => p === labels[i]).length / count,
    f1,
  };
}
