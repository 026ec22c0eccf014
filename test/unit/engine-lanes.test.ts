import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { takeLanes } from "#lib/compute/lanes.js";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import type { ImageSet } from "#lib/datasets/types.js";
import { activate, forward } from "#lib/networks/forward.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { activations } from "#lib/networks/shapes.js";
import type { NetworkSpec } from "#lib/networks/types.js";
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

const train = imageSet(50, 1);
const tested = imageSet(30, 2);

function model(seed: number, learningRate = 0.1): ModelJob {
  return { seed, optimizer: { type: "sgd", learningRate, momentum: 0.9, weightDecay: 1e-3 } };
}

function job(network: NetworkSpec, models: readonly ModelJob[], changes: Partial<GroupJob> = {}): GroupJob {
  return {
    network,
    initializer: "kaiming-normal",
    loss: "mse",
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

  const trainer = new LaneTrainer(job(cnn, [spec]));
  trainer.setModel(2, start, spec.optimizer);
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
    const trainer = new LaneTrainer({ ...job(mlp, []), batchSize });
    trainer.setModel(0, initialWeights(mlp, "xavier-normal", RandomStream.fromSeed(5)), model(0).optimizer);
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
  refused({ loss: "hinge" as "mse" }, /"hinge"/);
  refused({ checkpoints: [1, 4] }, /\[1,4\].* 0 to 3/);
  refused({ checkpoints: [2, 1] }, /ascending/);
  refused({ batchSize: 0 }, /batchSize is 0/);
  refused({ network: open }, /end it with a dense layer/);
  refused({ network: { ...mlp, layers: [{ type: "dense", outputs: 3 }] } }, /label 3 .* 3 outputs/);
  refused({ test: { ...tested, width: 7 } }, /6 x 7 do not fit/);
  refused({ train: { ...train, count: 51 } }, /train images hold 1800 bytes/);
  expect(laneEngine.train(job(mlp, [model(1)]))).toHaveLength(1);
});

test("sigmoid, tanh and the ReLUs are accurate to 4e-7, keep NaN and saturate", () => {
  const module = takeLanes();
  const points = Float32Array.from({ length: 40_000 }, (_, i) => {
    const size = Math.exp(-16 + (20.4 * i) / 40_000);
    return i % 2 ? size : -size;
  });
  const values = module.allocate(4 * points.length);
  const special = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0);
  activations.forEach((name, kind) => {
    module.floats(values, points.length).set(points);
    module.kernel.activate(kind, values, 4 * points.length);
    const exact = activate(name);
    const worst = module.floats(values, points.length).reduce((most, value, i) => {
      const expected = exact(points[i]);
      return Math.max(most, Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-37));
    }, 0);
    expect(worst, name).toBeLessThan(4e-7);
    module.floats(values, 4).set(special);
    module.kernel.activate(kind, values, 16);
    const [nan, high, low, zero] = module.floats(values, 4);
    expect(nan, name).toBeNaN();
    expect(high).toBe(name === "sigmoid" || name === "tanh" ? 1 : Number.POSITIVE_INFINITY);
    expect(low).toBeCloseTo({ sigmoid: 0, tanh: -1, relu: 0, "leaky-relu": Number.NEGATIVE_INFINITY }[name]);
    expect(zero).toBeCloseTo(name === "sigmoid" ? 0.5 : 0);
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
