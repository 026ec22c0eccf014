import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { takeLanes } from "#lib/compute/lanes.js";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import type { ImageSet } from "#lib/datasets/types.js";
import { activate } from "#lib/networks/activate.js";
import { forward } from "#lib/networks/forward.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { activations } from "#lib/networks/shapes.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { DataOrder } from "#lib/zoo/engine/data-order.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import type { GroupJob, ModelJob } from "#lib/zoo/types.js";

const classes = 4;

/** Images of four classes that can be told apart: a bright quarter each, under noise. */
function imageSet(count: number, seed: number): ImageSet {
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

const input = { channels: 1, height: 6, width: 6 };
const mlp: NetworkSpec = {
  name: "small-mlp",
  input,
  layers: [
    { type: "dense", outputs: 7 },
    { type: "activation", activation: "tanh" },
    { type: "dense", outputs: classes, bias: false },
  ],
};
const cnn: NetworkSpec = {
  name: "small-cnn",
  input,
  layers: [
    { type: "conv2d", filters: 5, kernel: 3, padding: 1 },
    { type: "max-pool", size: 2 },
    { type: "activation", activation: "leaky-relu" },
    { type: "dense", outputs: classes },
  ],
};

const deep: NetworkSpec = {
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

const train = imageSet(50, 1);
const tested = imageSet(30, 2);

function model(seed: number, learningRate = 0.1, changes: Partial<ModelJob> = {}): ModelJob {
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

function job(network: NetworkSpec, models: readonly ModelJob[], changes: Partial<GroupJob> = {}): GroupJob {
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

/** Models that differ in all that may differ in lock-step. */
const different = (seed: number): ModelJob =>
  model(seed, 0.01 * seed, {
    initializer: seed % 2 ? "orthogonal" : "kaiming-uniform",
    dropout: 0.1 * (seed % 4),
    trainFraction: [1, 0.5, 0.3, 0.9][seed % 4],
    augmentation: { shift: seed % 3, flip: seed % 2 === 0 },
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
    const all = [1, 2, 3, 4, 5, 6].map(made);
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
  const run = (set: ImageSet, codes?: Uint32Array) => {
    const trainer = new LaneTrainer({ ...job(cnn, []), train: set, optimizer: model(1).optimizer });
    trainer.setModel(1, initialWeights(cnn, "kaiming-normal", RandomStream.fromSeed(4)), model(1));
    trainer.setOrder(1, order, codes);
    trainer.run(0, train.count);
    const weights = trainer.weights(1);
    trainer.close();
    return weights;
  };
  const code = (dx + 128) | ((dy + 128) << 8) | (1 << 16);
  expect(run(train, new Uint32Array(train.count).fill(code))).toEqual(run(changed));
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

for (const network of [mlp, cnn]) {
  test(`${network.name}: a model is the same to the bit alone, in any lane and beside any others`, () => {
    const [alone] = laneEngine.train(job(network, [model(7)]));
    const neighbours = [model(1), model(2, 0.01), model(3), model(4), model(5)];
    for (let lane = 0; lane <= neighbours.length; lane++) {
      const models = [...neighbours.slice(0, lane), model(7), ...neighbours.slice(lane)];
      const results = laneEngine.train(job(network, models));
      expect(results).toHaveLength(models.length);
      expect(results[lane]).toEqual(alone);
      expect(results[(lane + 1) % 6].weights).not.toEqual(alone.weights);
    }
  });

  test(`${network.name}: a diverging model is recorded and disturbs nobody`, () => {
    const [alone] = laneEngine.train(job(network, [model(7)]));
    const [wild, tame] = laneEngine.train(job(network, [model(1, 1e12), model(7)]));
    expect(tame).toEqual(alone);
    expect(tame.facts.map((fact) => fact.diverged)).toEqual([false, false, false]);
    expect(wild.facts.map((fact) => fact.diverged)).toEqual([false, true, true]);
  });

  test(`${network.name}: facts are those of the double-precision forward pass on the kept weights`, () => {
    const [result] = laneEngine.train(job(network, [model(3)], { epochs: 8, checkpoints: [0, 8] }));
    result.facts.forEach((facts, checkpoint) => {
      const parameters = result.weights.length / 2;
      const weights = result.weights.subarray(checkpoint * parameters, (checkpoint + 1) * parameters);
      const onTest = oracle(network, weights, tested, tested.count);
      // Fewer test than training images: train figures are over as many of the first training images.
      const onTrain = oracle(network, weights, train, tested.count);
      expect(facts.testAccuracy).toBeCloseTo(onTest.accuracy, 12);
      expect(facts.trainAccuracy).toBeCloseTo(onTrain.accuracy, 12);
      expect(facts.testLoss).toBeCloseTo(onTest.loss, 6);
      expect(facts.trainLoss).toBeCloseTo(onTrain.loss, 6);
      onTest.f1.forEach((value, c) => {
        expect(facts.f1[c]).toBeCloseTo(value, 12);
      });
    });
    // It learns: the task is easy and chance is a quarter.
    expect(result.facts[1].testAccuracy).toBeGreaterThan(0.6);
  });
}

/** Loss, accuracy and F1 by precision and recall, from the plain forward pass. */
function oracle(network: NetworkSpec, weights: Float32Array, set: ImageSet, count: number) {
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

test("an epoch is the seed's permutation in batches, the last one partial; weights start from the seed", () => {
  const spec = model(11);
  const [result] = laneEngine.train(job(cnn, [spec], { epochs: 2, checkpoints: [0, 1, 2] }));
  const rng = RandomStream.fromSeed(11);
  const start = initialWeights(cnn, "kaiming-normal", rng.split("init"));
  const parameters = start.length;
  expect(result.weights.subarray(0, parameters)).toEqual(start);

  const trainer = new LaneTrainer({ ...job(cnn, [spec]), optimizer: spec.optimizer });
  trainer.setModel(2, start, spec);
  for (let epoch = 1; epoch <= 2; epoch++) {
    trainer.setOrder(2, rng.split("order", epoch).permutation(train.count));
    // 50 images in batches of 6: eight full ones and one of two.
    for (let from = 0; from < 50; from += 6) expect(trainer.run(from, from + 6)).toHaveLength(4);
    const kept = result.weights.subarray(epoch * parameters, (epoch + 1) * parameters);
    expect(trainer.weights(2)).toEqual(kept);
  }
  trainer.close();
});

test("a partial batch is the mean over its own images", () => {
  const gradientOf = (batchSize: number) => {
    const trainer = new LaneTrainer({ ...job(mlp, []), optimizer: model(0).optimizer, batchSize });
    trainer.setModel(0, initialWeights(mlp, "xavier-normal", RandomStream.fromSeed(5)), model(0));
    trainer.setOrder(0, [4, 8, 15]);
    trainer.run(0, 3);
    const gradient = trainer.velocities(0);
    trainer.close();
    return gradient;
  };
  expect(gradientOf(50)).toEqual(gradientOf(3));
});

test("progress is reported after each epoch, and nothing is kept that was not asked for", () => {
  const epochs: number[] = [];
  const [result] = laneEngine.train(job(mlp, [model(1)], { checkpoints: [2] }), (epoch) =>
    epochs.push(epoch),
  );
  expect(epochs).toEqual([1, 2, 3]);
  expect(result.facts).toHaveLength(1);
  expect(result.weights).toHaveLength(36 * 7 + 7 + 28);
});

test("jobs that cannot be trained are refused by name, and a refused job leaves the engine usable", () => {
  const refused = (changes: Partial<GroupJob>, message: RegExp) => {
    expect(() => laneEngine.train(job(mlp, [model(1)], changes))).toThrow(SpecError);
    expect(() => laneEngine.train(job(mlp, [model(1)], changes))).toThrow(message);
  };
  const open: NetworkSpec = { ...cnn, layers: cnn.layers.slice(0, 3) };
  refused({ checkpoints: [1, 4] }, /\[1,4\].* 0 to 3/);
  refused({ checkpoints: [2, 1] }, /ascending/);
  refused({ batchSize: 0 }, /batchSize is 0/);
  refused({ network: open }, /end it with a dense layer/);
  refused({ network: { ...mlp, layers: [{ type: "dense", outputs: 3 }] } }, /label 3 .* 3 outputs/);
  refused({ earlyStopping: { patience: 1, minDelta: 0, validationImages: 50 } }, /holds out 50 of 50/);
  const nesterov = { ...model(2), optimizer: { ...model(2).optimizer, nesterov: true } };
  refused({ models: [model(1), nesterov as ModelJob] }, /sgd and nesterov/);
  refused({ test: { ...tested, width: 7 } }, /6 x 7 do not fit/);
  refused({ train: { ...train, count: 51 } }, /train images hold 1800 bytes/);
  expect(laneEngine.train(job(mlp, [model(1)]))).toHaveLength(1);
});

test("activations and their kept slopes are accurate, keep NaN and saturate", () => {
  const module = takeLanes();
  const points = Float32Array.from({ length: 40_000 }, (_, i) => {
    const size = Math.exp(-16 + (20.4 * i) / 40_000);
    return i % 2 ? size : -size;
  });
  const values = module.allocate(4 * points.length);
  const special = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0);
  const slopes = module.allocate(4 * points.length);
  // GELU's tail is a product of exponentials: rounding x^2 / 2 alone costs that much.
  const limit = (name: string, x: number) =>
    name === "gelu" ? 6e-7 + 5e-8 * x * x : name === "elu" || name === "silu" ? 6e-7 : 4e-7;
  activations.forEach((name, kind) => {
    module.floats(values, points.length).set(points);
    module.kernel.activate(kind, values, 4 * points.length, slopes);
    const exact = activate(name);
    const derivatives = module.floats(slopes, points.length);
    module.floats(values, points.length).forEach((value, i) => {
      const expected = exact(points[i]);
      if (Math.abs(points[i]) < 9) {
        const error = Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-30);
        if (!(error < limit(name, points[i])))
          expect.fail(`${name}(${points[i]}) is ${value}, not ${expected}`);
      }
      if (Math.abs(points[i]) < 1e-3) return;
      const step = 1e-5;
      const slope = (exact(points[i] + step) - exact(points[i] - step)) / (2 * step);
      if (!(Math.abs(derivatives[i] - slope) < 2e-6))
        expect.fail(`${name}'(${points[i]}) is ${derivatives[i]}, not ${slope}`);
    });
    module.floats(values, 4).set(special);
    module.kernel.activate(kind, values, 16, 0);
    const [nan, high, low, zero] = module.floats(values, 4);
    const bounded = name === "sigmoid" || name === "tanh";
    const lowest = {
      sigmoid: 0,
      tanh: -1,
      relu: 0,
      "leaky-relu": Number.NEGATIVE_INFINITY,
      elu: -1,
      gelu: 0,
      silu: 0,
    };
    expect(nan, name).toBeNaN();
    expect(high, name).toBe(bounded ? 1 : Number.POSITIVE_INFINITY);
    // Where x times a vanishing share is not a number at minus infinity, a model has diverged anyway.
    if (name !== "gelu" && name !== "silu") expect(low, name).toBeCloseTo(lowest[name]);
    expect(zero, name).toBeCloseTo(name === "sigmoid" ? 0.5 : 0);
  });
});

test("the module brings no data of its own into memory", () => {
  const bytes = readFileSync("dist/compute/assembly/lanes.wasm");
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    at += size;
  }
  expect(sections).toContain(10);
  // Section 11 would hold data segments.
  expect(sections).not.toContain(11);
});
