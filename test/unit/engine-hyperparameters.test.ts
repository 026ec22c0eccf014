import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import type { ImageSet } from "#lib/datasets/types.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { DataOrder } from "#lib/zoo/engine/data-order.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import type { GroupJob, ModelJob } from "#lib/zoo/types.js";
import { classes, cnn, deep, input, job, mlp, model, oracle, train } from "../helpers/lane-jobs.js";

/** Models that differ in all that may differ in lock-step. */
const different = (seed: number): ModelJob =>
  model(seed, 0.01 * seed, {
    initializer: seed % 2 ? "orthogonal" : "kaiming-uniform",
    dropout: 0.1 * (seed % 4),
    trainFraction: [1, 0.5, 0.3, 0.9][seed % 4],
    // The last ones train behind augmented ones, as they are.
    augmentation: seed > 4 ? { shift: 0, flip: false } : { shift: seed % 3, flip: seed % 2 === 0 },
    learningRateDecay: 0.9,
  });

for (const optimizer of ["sgd", "adam"] as const) {
  test(`a model is the same to the bit beside any others, with dropout, batch norm, fractions and ${optimizer}`, () => {
    const adam = { type: "adam", weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
    const made = (seed: number): ModelJob => {
      const { learningRate } = different(seed).optimizer;
      return optimizer === "sgd"
        ? different(seed)
        : { ...different(seed), optimizer: { ...adam, learningRate } };
    };
    const all = [1, 2, 3, 4, 5, 6, 7].map(made);
    const changes: Partial<GroupJob> = {
      loss: "cross-entropy",
      epochs: 4,
      checkpoints: [0, 2, 4],
      earlyStopping: { patience: 2, minDelta: 0.05, validationImages: 8 },
    };
    const together = laneEngine.train(job(deep, all, changes));
    all.forEach((one, i) => {
      expect(laneEngine.train(job(deep, [one], changes))[0]).toEqual(together[i]);
    });
    // The models do differ, so the comparison means something.
    const ends = together.map(({ weights }) => weights.slice(-4).join());
    expect(new Set(ends).size).toBe(all.length);
    const epochs = together.map(({ facts }) => facts[2].trainedEpochs);
    expect(Math.min(...epochs)).toBeLessThan(Math.max(...epochs));
  });
}

test("a model that stopped early keeps its weights, and says since when", () => {
  const rule = { patience: 2, minDelta: 0, validationImages: 10 };
  const diverging = model(1, 1e12);
  const [result] = laneEngine.train(
    job(mlp, [diverging], { epochs: 6, checkpoints: [1, 2, 3, 6], earlyStopping: rule }),
  );
  // A loss that is not a number never falls: it stops after as many epochs as it may wait.
  expect(result.facts.map((fact) => fact.trainedEpochs)).toEqual([1, 2, 2, 2]);
  const parameters = result.weights.length / 4;
  const at = (i: number) => result.weights.subarray(i * parameters, (i + 1) * parameters);
  expect(at(3)).toEqual(at(1));
});

test("held-out images are not trained on", () => {
  const rule = { patience: 9, minDelta: 0, validationImages: 20 };
  const scrambled = { ...train, images: train.images.slice() };
  scrambled.images.fill(255, 30 * 36);
  const run = (set: ImageSet) =>
    laneEngine.train(job(cnn, [model(2)], { train: set, earlyStopping: rule, checkpoints: [3] }))[0].weights;
  expect(run(scrambled)).toEqual(run(train));
  const without = laneEngine.train(job(cnn, [model(2)], { train: scrambled, checkpoints: [3] }))[0].weights;
  expect(without).not.toEqual(run(train));
});

test("a fraction of the images is a fixed subset drawn by the seed, and the facts are over it", () => {
  const few = model(3, 0.05, { trainFraction: 0.2 });
  const { subset } = new DataOrder(few, train.count);
  expect(subset).toHaveLength(10);
  expect(new Set(subset).size).toBe(10);
  // Images outside the subset change nothing.
  const blackened = { ...train, images: train.images.slice() };
  for (let i = 0; i < train.count; i++)
    if (!subset.includes(i)) blackened.images.fill(0, i * 36, i * 36 + 36);
  const run = (set: ImageSet) => laneEngine.train(job(mlp, [few], { train: set }))[0];
  expect(run(blackened)).toEqual(run(train));
  const part = { ...train, count: 10, images: new Uint8Array(360), labels: new Uint8Array(10) };
  subset.forEach((image, i) => {
    part.images.set(train.images.subarray(image * 36, image * 36 + 36), i * 36);
    part.labels[i] = train.labels[image];
  });
  const parameters = 36 * 7 + 7 + 28;
  const last = run(train).weights.subarray(2 * parameters);
  expect(run(train).facts[2].trainAccuracy).toBeCloseTo(oracle(mlp, last, part, 10).accuracy, 12);
});

test("the learning rate decays by its factor after every epoch", () => {
  const trainer = new LaneTrainer({ ...job(mlp, []), optimizer: model(1).optimizer });
  const decaying = model(9, 0.2, { learningRateDecay: 0.5 });
  const rng = RandomStream.fromSeed(9);
  trainer.setModel(0, initialWeights(mlp, "kaiming-normal", rng.split("init")), decaying);
  for (let epoch = 1; epoch <= 3; epoch++) {
    trainer.setLearningRate(0, 0.2 * 0.5 ** (epoch - 1));
    trainer.setOrder(0, rng.split("order", epoch).permutation(train.count));
    trainer.run(0, train.count);
  }
  const expected = trainer.weights(0);
  trainer.close();
  const [{ weights }] = laneEngine.train(job(mlp, [decaying], { checkpoints: [3] }));
  expect(weights).toEqual(expected);
});

test("a shifted and mirrored image trains as one that was changed beforehand", () => {
  const side = 6;
  const changed = { ...train, images: new Uint8Array(train.images.length) };
  const [dx, dy] = [2, -1];
  for (let i = 0; i < train.count; i++) {
    for (let row = 0; row < side; row++) {
      for (let col = 0; col < side; col++) {
        const from = [row - dy, side - 1 - col - dx];
        const inside = from.every((at) => at >= 0 && at < side);
        const place = i * side * side + row * side + col;
        changed.images[place] = inside ? train.images[i * side * side + from[0] * side + from[1]] : 0;
      }
    }
  }
  const order = RandomStream.fromSeed(1).permutation(train.count);
  const run = (set: ImageSet, codes?: Uint32Array, input = job(cnn, []).input) => {
    const trainer = new LaneTrainer({ ...job(cnn, []), input, train: set, optimizer: model(1).optimizer });
    trainer.setModel(1, initialWeights(cnn, "kaiming-normal", RandomStream.fromSeed(4)), model(1));
    trainer.setOrder(1, order, codes);
    trainer.run(0, train.count);
    const weights = trainer.weights(1);
    trainer.close();
    return weights;
  };
  const code = (dx + 128) | ((dy + 128) << 8) | (1 << 16);
  expect(run(train, new Uint32Array(train.count).fill(code))).toEqual(run(changed));
  // Another pixel may stand for nothing.
  const gray = { ...job(cnn, []).input, empty: 109 };
  const whitened = { ...changed, images: changed.images.slice() };
  for (let i = 0; i < train.count; i++) {
    for (let row = 0; row < side; row++) {
      for (let col = 0; col < side; col++) {
        const inside = [row - dy, side - 1 - col - dx].every((at) => at >= 0 && at < side);
        if (!inside) whitened.images[i * side * side + row * side + col] = 109;
      }
    }
  }
  expect(run(train, new Uint32Array(train.count).fill(code), gray)).toEqual(run(whitened));
  const codes = new DataOrder(model(5, 0.1, { augmentation: { shift: 2, flip: true } }), 4000).codes(1)!;
  const drawn = (of: (code: number) => number) => [...new Set(Array.from(codes, of))].sort((a, b) => a - b);
  expect(drawn((value) => (value & 255) - 128)).toEqual([-2, -1, 0, 1, 2]);
  expect(drawn((value) => ((value >> 8) & 255) - 128)).toEqual([-2, -1, 0, 1, 2]);
  expect(Array.from(codes, (value) => value >> 16).reduce((sum, bit) => sum + bit, 0) / 4000).toBeCloseTo(
    0.5,
    1,
  );
});

test("dropout drops its share, scales the rest, and does nothing in evaluation", () => {
  // One dense layer behind dropout: with all inputs 1 and all weights w, an output is w times the kept share.
  const network: NetworkSpec = {
    name: "dropped",
    input,
    layers: [{ type: "dropout" }, { type: "dense", outputs: classes, bias: false }],
  };
  const white = { ...train, images: new Uint8Array(train.images.length).fill(255) };
  const optimizer = { type: "sgd", learningRate: 1, momentum: 0, weightDecay: 0 } as const;
  const options = { ...job(network, []), optimizer, batchSize: 1, train: white, test: white };
  const trainer = new LaneTrainer(options);
  const weights = new Float32Array(36 * classes).fill(0);
  const rates = [0, 0.25, 0.5, 0.9];
  rates.forEach((dropout, lane) => {
    trainer.setModel(lane, weights, { optimizer, dropout });
    trainer.setMasks(lane, Uint32Array.of(lane + 1, 77, 5, 9));
    trainer.setOrder(lane, [0]);
  });
  let kept = rates.map(() => 0);
  const rounds = 300;
  for (let i = 0; i < rounds; i++) {
    rates.forEach((dropout, lane) => {
      trainer.setModel(lane, weights, { optimizer, dropout });
    });
    trainer.run(0, 1);
    kept = kept.map((sum, lane) => {
      // The gradient to a weight is its input times a constant: zero where the input was dropped.
      const moved = trainer.velocities(lane).subarray(0, 36);
      const values = new Set(moved);
      values.delete(0);
      expect(values.size).toBeLessThanOrEqual(1);
      const [value = 0] = values;
      if (value !== 0) expect(Math.abs(value) * (1 - rates[lane])).toBeCloseTo(0.5, 5);
      return sum + moved.filter((v) => v !== 0).length / 36 / rounds;
    });
  }
  kept.forEach((share, lane) => {
    expect(share).toBeCloseTo(1 - rates[lane], 1.5);
  });
  const quiet = trainer.evaluate("train", 3, { outputs: true }).outputs!;
  trainer.setMasks(2, Uint32Array.of(8, 8, 8, 8));
  expect(trainer.evaluate("train", 3, { outputs: true }).outputs).toEqual(quiet);
  trainer.close();
});
