import { expect, test } from "vitest";
import { loadDataset } from "#lib/datasets/index.js";
import type { NetworkSpec } from "#lib/networks/index.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";

const network: NetworkSpec = {
  name: "small-cnn",
  input: { channels: 1, height: 14, width: 14 },
  layers: [
    { type: "conv2d", filters: 12, kernel: 3 },
    { type: "max-pool", size: 2 },
    { type: "activation", activation: "relu" },
    { type: "conv2d", filters: 24, kernel: 3 },
    { type: "max-pool", size: 2 },
    { type: "activation", activation: "relu" },
    { type: "dense", outputs: 10 },
  ],
};

// The other half of the claim, that a linear softmax stays below 95 percent, is in datasets-strokes.test.ts.
test("strokes: a small CNN reads more than 97 percent of unseen digits", { timeout: 180_000 }, async () => {
  const strokes = await loadDataset("strokes", { size: 14, trainImages: 10000, testImages: 2000 });
  const shared = {
    initializer: "kaiming-normal",
    optimizer: { type: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 0 },
    learningRateDecay: 1,
    dropout: 0,
    trainFraction: 1,
    augmentation: { shift: 0, flip: false },
  } as const;
  const models = laneEngine.train({
    network,
    loss: "mse",
    batchSize: 10,
    epochs: 8,
    checkpoints: [8],
    earlyStopping: null,
    input: { scale: 1 / 255, shift: 0 },
    train: strokes.train,
    test: strokes.test,
    models: [1, 2, 3, 4].map((seed) => ({ seed, ...shared })),
  });
  const accuracies = models.map(({ facts }) => facts[0].testAccuracy);
  expect(Math.max(...accuracies)).toBeGreaterThan(0.97);
});
