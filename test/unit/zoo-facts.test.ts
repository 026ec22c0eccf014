import { describe, expect, test } from "vitest";
import { descriptionText } from "#lib/zoo/describe-text.js";
import { factsTable, missingColumns, type ZooFacts } from "#lib/zoo/facts.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import type { CheckpointFacts, ZooSpecInput } from "#lib/zoo/types.js";
import { variedColumns } from "#lib/zoo/variety.js";
import { dropoutSpec, familySpec, plainSpec } from "../helpers/specs.js";

const fact: CheckpointFacts = {
  trainLoss: 0.5,
  testLoss: 0.6,
  trainAccuracy: 0.8,
  testAccuracy: 0.75,
  f1: [0.7, 0.9],
  trainedEpochs: 2,
  diverged: false,
};

/** The facts of a zoo whose checkpoints all came out the same. */
function factsOf(input: ZooSpecInput, trainedOn: string | ((dataset: string) => string) = "noise"): ZooFacts {
  const spec = parseZooSpec({ ...input, checkpoints: [1, 3] });
  return factsTable(
    spec,
    0,
    zooModels(spec).map(() => [fact, fact]),
    trainedOn,
  ) as ZooFacts;
}

const eachModel = (column: ArrayLike<unknown>) => Array.from(column).filter((_, row) => row % 2 === 0);

describe("the table of facts", () => {
  test("has a row a checkpoint, by model and epoch, with all that is known of it", () => {
    const facts = factsOf(
      dropoutSpec({ models: 2, dropout: 0.5, learningRateDecay: 0.9, trainFraction: 0.5 }),
    );
    expect(missingColumns(facts)).toEqual([]);
    expect(Object.values(facts).every((column) => column.length === 4)).toBe(true);
    expect([...facts.model]).toEqual([0, 0, 1, 1]);
    expect([...facts.epoch]).toEqual([1, 3, 1, 3]);
    expect([...facts.seed]).toEqual([1, 1, 2, 2]);
    const first = Object.fromEntries(Object.entries(facts).map(([name, column]) => [name, column[0]]));
    expect(first).toMatchObject({
      activation: "sigmoid",
      init: "normal",
      optimizer: "sgd",
      learning_rate: 0.1,
      learning_rate_decay: 0.9,
      weight_decay: 0,
      momentum: 0,
      dropout: 0.5,
      train_fraction: 0.5,
      augmentation: "none",
      batch_size: 4,
      dataset: "noise",
      loss: "mse",
      network: "dropout",
      train_loss: 0.5,
      test_loss: 0.6,
      f1_class_0: 0.7,
      f1_class_1: 0.9,
      trained_epochs: 2,
      diverged: false,
    });
    expect(facts.generalization_gap[0]).toBeCloseTo(0.05, 12);
    expect(missingColumns({ model: facts.model })).toContain("train_fraction");
  });

  test("continues from a later model", () => {
    const spec = parseZooSpec(plainSpec({ models: 5, vary: { learningRate: [0.1, 0.2, 0.3, 0.4, 0.5] } }));
    const table = factsTable(spec, 3, [[fact, fact, fact]], "noise") as ZooFacts;
    expect([...table.model]).toEqual([3, 3, 3]);
    expect([...table.learning_rate]).toEqual([0.4, 0.4, 0.4]);
  });

  test("names optimisers by what they do; momentum is a column of its own", () => {
    const optimizer = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"];
    const facts = factsOf(plainSpec({ models: 6, vary: { optimizer } }));
    expect(eachModel(facts.optimizer)).toEqual(["sgd", "sgd", "nesterov", "adam", "adamw", "rmsprop"]);
    expect(eachModel(facts.momentum)).toEqual([0, 0.9, 0.9, 0, 0, 0]);
  });

  test("says what images were augmented by, and initialisers without their options", () => {
    const augmentation = [{}, { shift: 2 }, { flip: true }, { shift: 2, flip: true }];
    const augmented = factsOf(plainSpec({ models: 4, vary: { augmentation } }));
    expect(eachModel(augmented.augmentation)).toEqual(["none", "shift 2", "flip", "shift 2, flip"]);
    const initializer = ["zeros", { type: "constant", value: 0.1 }];
    const started = factsOf(plainSpec({ models: 2, vary: { initializer } }));
    expect(eachModel(started.init)).toEqual(["zeros", "constant"]);
  });

  test("says what each model was really trained on", () => {
    const input = plainSpec({ models: 2, vary: { dataset: ["mnist", "svhn-gs"] } });
    const facts = factsOf(input, (name) => (name === "svhn-gs" ? "strokes" : name));
    expect(eachModel(facts.dataset)).toEqual(["mnist", "strokes"]);
  });

  test("of a mixed zoo has the family's numbers, that of others has not", () => {
    const vary = { "network.width": [2, 4], "network.batchNorm": [false, true] };
    const facts = factsOf(familySpec({ models: 4, vary }));
    expect(eachModel(facts.network_width)).toEqual([2, 4, 2, 4]);
    expect(eachModel(facts.network_batch_norm)).toEqual([false, false, true, true]);
    expect(eachModel(facts.network_kernel)).toEqual([3, 3, 3, 3]);
    const numbers = ["network_conv_layers", "network_dense_layers", "network_dense_width"];
    expect(numbers.map((name) => facts[name][0])).toEqual([2, 1, 8]);
    expect(Object.keys(factsOf(familySpec())).filter((name) => name.startsWith("network_"))).toEqual([]);
  });
});

describe("what varies in a zoo", () => {
  test("is listed with its levels, or its range where there are many", () => {
    const grid = factsOf(
      plainSpec({ models: 6, vary: { activation: ["relu", "tanh"], learningRate: [0.1, 0.2] } }),
    );
    const levels = (column: string, entries: [string | number, number][]) => ({
      column,
      levels: entries.map(([value, models]) => ({ value, models })),
    });
    const [activation, rates, ...none] = variedColumns(grid);
    expect(activation).toEqual({
      ...levels("activation", [
        ["relu", 3],
        ["tanh", 3],
      ]),
      min: null,
      max: null,
    });
    expect(rates).toMatchObject({ column: "learning_rate", min: 0.1, max: 0.2 });
    expect(rates.levels?.reduce((sum, { models }) => sum + models, 0)).toBe(6);
    expect(none).toEqual([]);
    const drawn = { weightDecay: { distribution: "uniform", low: 1, high: 2 } } as const;
    const [decay] = variedColumns(factsOf(plainSpec({ models: 50, vary: drawn })));
    expect(decay).toMatchObject({ column: "weight_decay", levels: null });
    expect(decay.min).toBeGreaterThanOrEqual(1);
    expect(decay.max).toBeLessThan(2);
    expect(variedColumns(factsOf(plainSpec()))).toEqual([]);
  });

  test("of a mixed zoo is the family's numbers instead of many names", () => {
    const facts = factsOf(familySpec({ models: 4, vary: { "network.width": [2, 4, 6, 8] } }));
    expect(variedColumns(facts).map(({ column }) => column)).toEqual(["network_width"]);
  });
});

test("a description is readable on a terminal", () => {
  const numbers = { min: 0.1, mean: 0.123456, median: 0.2, max: null };
  const text = descriptionText({
    name: "nws",
    key: "k",
    folder: "/zoos/nws",
    dataset: "strokes",
    standsInFor: "mnist",
    network: "3 different networks",
    parameters: 400,
    fewestParameters: 20,
    models: 8,
    checkpointsPerModel: 2,
    checkpoints: 16,
    firstEpoch: 1,
    lastEpoch: 3,
    trainImages: 40,
    testImages: 20,
    shift: null,
    diverged: 1,
    varies: [
      {
        column: "init",
        levels: [
          { value: "normal", models: 6 },
          { value: "ones", models: 2 },
        ],
        min: null,
        max: null,
      },
      { column: "learning_rate", levels: null, min: 1e-4, max: 0.0123456 },
    ],
    split: { train: 4, validation: 2, test: 2 },
    last: {
      train_loss: numbers,
      test_loss: numbers,
      train_accuracy: numbers,
      test_accuracy: numbers,
      generalization_gap: numbers,
    },
  });
  const lines = text.split("\n");
  expect(lines[0]).toBe("nws: 8 models x 2 checkpoints of 20 to 400 weights");
  expect(text).toContain("strokes, in place of mnist; 40 training and 20 test images");
  expect(text).toContain("1 models diverged");
  expect(text).toMatch(/init +normal \(6\), ones \(2\)/);
  expect(text).toMatch(/learning_rate +0\.0001 to 0\.01235/);
  expect(text).toMatch(/test_accuracy +0\.1 +0\.2 +0\.1235 +–/);
});
