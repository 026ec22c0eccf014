import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import type { GroupJob, ModelJob } from "#lib/zoo/types.js";
import { cnn, job, mlp, model, oracle, tested, train } from "../helpers/lane-jobs.js";

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

test("a batch that does not fit into a worker's memory is refused in time", () => {
  // Batch norm keeps the maps of a whole batch: 64 channels of 64 x 64 pixels for each of 2,000 images.
  const side = 64;
  const network: NetworkSpec = {
    name: "too-large",
    input: { channels: 1, height: side, width: side },
    layers: [
      { type: "conv2d", filters: 64, kernel: 3, padding: 1 },
      { type: "batch-norm" },
      { type: "dense", outputs: 2 },
    ],
  };
  const one = { images: new Uint8Array(side * side), labels: new Uint8Array(1), count: 1 };
  const { optimizer } = model(1);
  const options = { ...job(network, []), optimizer, batchSize: 2000, train: one, test: one };
  expect(() => new LaneTrainer(options)).toThrow(/needs \d+ MiB, more than the 4 GiB of a worker/);
  expect(laneEngine.train(job(mlp, [model(1)]))).toHaveLength(1);
});
