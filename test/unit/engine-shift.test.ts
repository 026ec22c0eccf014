import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import type { ModelResult } from "#lib/zoo/types.js";
import { cnn, deep, imageSet, mlp, oracle, tested, train } from "../helpers/lane-jobs.js";
import { later, mixedModels, shiftJob } from "../helpers/shift-jobs.js";

/** A model's weights and facts of its first `count` checkpoints of five. */
function firstCheckpoints({ weights, facts }: ModelResult, count: number) {
  return { weights: weights.slice(0, (weights.length / 5) * count), facts: facts.slice(0, count) };
}

const checkpoint = ({ weights }: ModelResult, index: number) =>
  weights.subarray((weights.length / 5) * index, (weights.length / 5) * (index + 1));

describe.each([
  ["mlp", mlp],
  ["cnn", cnn],
  ["all layers", deep],
] as [string, NetworkSpec][])("a shift of a job's images (%s)", (_, network) => {
  const plain = laneEngine.train(shiftJob(network));

  test("leaves all before it as it is, to the bit, and nothing after it", () => {
    const shifted = laneEngine.train(shiftJob(network, { images: later }));
    plain.forEach((model, i) => {
      expect(firstCheckpoints(shifted[i], 3)).toEqual(firstCheckpoints(model, 3));
      for (const index of [3, 4]) {
        expect(checkpoint(shifted[i], index)).not.toEqual(checkpoint(model, index));
        expect(checkpoint(shifted[i], index).every(Number.isFinite)).toBe(true);
      }
    });
  });

  test("to equal images, be they the same ones or a copy, changes no bit", () => {
    const copy = { train: imageSet(50, 1), test: imageSet(30, 2) };
    expect(laneEngine.train(shiftJob(network, { images: { train, test: tested } }))).toEqual(plain);
    expect(laneEngine.train(shiftJob(network, { images: copy }))).toEqual(plain);
  });

  test("gives a model the same bits alone, with others, and whatever else is trained", () => {
    const all = laneEngine.train(shiftJob(network, { images: later }));
    mixedModels.forEach((model, i) => {
      const [alone] = laneEngine.train(shiftJob(network, { images: later }, { models: [model] }));
      expect(alone).toEqual(all[i]);
    });
  });

  test("trains on the other images as if it had trained on them from the beginning", () => {
    const both = { train: later.train, test: later.test };
    const shifted = laneEngine.train(
      shiftJob(network, undefined, { shift: { afterEpoch: 0, images: later } }),
    );
    const fromStart = laneEngine.train(shiftJob(network, undefined, both));
    shifted.forEach((model, i) => {
      expect(model.weights).toEqual(fromStart[i].weights);
      expect(model.facts.slice(1)).toEqual(fromStart[i].facts.slice(1));
      // The initial weights are measured on the images before the shift.
      expect(model.facts[0]).toEqual(plain[i].facts[0]);
    });
  });
});

test("checkpoints after a shift are measured on its images", () => {
  const [{ weights, facts }] = laneEngine.train(shiftJob(cnn, { images: later }));
  const parameters = weights.length / 5;
  for (const [epoch, on] of [
    [2, { train, test: tested }],
    [3, later],
  ] as const) {
    const own = weights.subarray(parameters * epoch, parameters * (epoch + 1));
    const onTest = oracle(cnn, own, on.test, on.test.count);
    const onTrain = oracle(cnn, own, on.train, on.test.count);
    expect(facts[epoch].testLoss).toBeCloseTo(onTest.loss, 5);
    expect(facts[epoch].testAccuracy).toBeCloseTo(onTest.accuracy, 12);
    expect(facts[epoch].trainLoss).toBeCloseTo(onTrain.loss, 5);
    expect(facts[epoch].trainAccuracy).toBeCloseTo(onTrain.accuracy, 12);
    facts[epoch].f1.forEach((f1, label) => {
      expect(f1).toBeCloseTo(onTest.f1[label], 12);
    });
  }
});

describe("a shift of the learning rate", () => {
  const rates = mixedModels.map(({ optimizer }) => optimizer.learningRate);

  test("to the same rate changes no bit; to another it does, from the next epoch on", () => {
    const models = mixedModels.filter((_, i) => rates[i] === 0.1);
    const plain = laneEngine.train(shiftJob(cnn, undefined, { models }));
    expect(laneEngine.train(shiftJob(cnn, { learningRate: 0.1 }, { models }))).toEqual(plain);
    const slower = laneEngine.train(shiftJob(cnn, { learningRate: 0.02 }, { models }));
    slower.forEach((model, i) => {
      expect(firstCheckpoints(model, 3)).toEqual(firstCheckpoints(plain[i], 3));
      expect(checkpoint(model, 3)).not.toEqual(checkpoint(plain[i], 3));
    });
  });

  test("takes the place of a model's own, and decay goes on", () => {
    const fromStart = mixedModels.map((model) => {
      return { ...model, optimizer: { ...model.optimizer, learningRate: 0.02 } };
    });
    const shift = { afterEpoch: 0, learningRate: 0.02 };
    expect(laneEngine.train(shiftJob(cnn, undefined, { shift }))).toEqual(
      laneEngine.train(shiftJob(cnn, undefined, { models: fromStart })),
    );
  });
});

test("jobs whose shift cannot be are refused", () => {
  const small = { ...later.train, height: 3, width: 12 };
  const wild = { ...later.test, labels: later.test.labels.map(() => 7) };
  const earlyStopping = { patience: 1, minDelta: 0, validationImages: 8 };
  for (const job of [
    shiftJob(cnn, { images: { ...later, train: small } }),
    shiftJob(cnn, { images: { ...later, test: wild } }),
    shiftJob(cnn, { images: later }, { earlyStopping }),
  ]) {
    expect(() => laneEngine.train(job)).toThrow(SpecError);
  }
});
