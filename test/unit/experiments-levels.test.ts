import { beforeAll, describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import {
  levelClaim,
  levelCurves,
  levelTable,
  modelsTable,
  specTable,
  variedTable,
} from "#lib/experiments/index.js";
import { weightLayout } from "#lib/networks/layout.js";
import { describeZoo } from "#lib/zoo/describe.js";
import { factsTable, takeFacts, type ZooFacts } from "#lib/zoo/facts.js";
import { namedZoo } from "#lib/zoo/named.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import { writeImportedZoo } from "#lib/zoo/store/imported.js";
import type { Zoo } from "#lib/zoo/store/zoo.js";
import type { ZooSpecInput } from "#lib/zoo/types.js";
import { dropoutSpec, plainSpec } from "../helpers/specs.js";
import { sharedScratch } from "../helpers/zoo.js";

const oneWeight = weightLayout({
  name: "one-weight",
  input: { channels: 1, height: 1, width: 1 },
  layers: [{ type: "dense", outputs: 1, bias: false }],
});

/** A zoo of checkpoints at epochs 1 and 3 with given test accuracies at epoch 3 (NaN: diverged), half of them at epoch 1. */
async function zooOf(
  input: ZooSpecInput,
  accuracies: readonly number[],
  keep: (model: number, epoch: number) => boolean = () => true,
): Promise<Zoo> {
  const spec = parseZooSpec({ ...input, checkpoints: [1, 3], models: accuracies.length });
  const table = factsTable(
    spec,
    0,
    accuracies.map((accuracy) =>
      [accuracy / 2, accuracy].map((testAccuracy) => ({
        trainLoss: 0.5,
        testLoss: 0.5,
        trainAccuracy: 0.9,
        testAccuracy,
        f1: [testAccuracy],
        trainedEpochs: 1,
        diverged: Number.isNaN(accuracy),
      })),
    ),
    "noise",
  ) as ZooFacts;
  const kept = Array.from(table.model.keys()).filter((row) => keep(table.model[row], table.epoch[row]));
  return writeImportedZoo(sharedScratch(), {
    spec: { name: "levels", dataset: { name: "noise" } },
    source: { format: "test", files: [] },
    layout: oneWeight,
    facts: takeFacts(table, kept),
    weights: [new Float32Array(kept.length)],
  });
}

/** Models 0 to 3 with SGD, of which model 2 ends at epoch 1; models 4 to 7 with Adam, of which model 7 diverged. */
let zoo: Zoo;
beforeAll(async () => {
  const vary = { optimizer: ["sgd", "adam"] };
  const accuracies = [0.1, 0.2, 0.6, 0.4, 0.6, 0.7, 0.8, Number.NaN];
  zoo = await zooOf(plainSpec({ vary }), accuracies, (model, epoch) => model !== 2 || epoch === 1);
});

describe("a fact by level", () => {
  test("is over each model's last checkpoint, also where models end at different epochs", () => {
    const [sgd, adam, ...none] = levelTable(zoo, "optimizer", "test_accuracy");
    // Last accuracies .1, .2, .3 (of epoch 1), .4; quantiles as numpy's.
    expect(sgd).toMatchObject({ level: "sgd", models: 4, diverged: 0 });
    expect(sgd.median).toBeCloseTo(0.25, 12);
    expect(sgd.low).toBeCloseTo(0.1 + 0.075 * 0.1, 12);
    expect(sgd.high).toBeCloseTo(0.4 - 0.075 * 0.1, 12);
    expect(adam).toMatchObject({ level: "adam", models: 4, diverged: 1, median: 0.7 });
    expect(none).toEqual([]);
    // The same rows as the zoo's description is over.
    expect(describeZoo(zoo).last.test_accuracy).toMatchObject({ min: 0.1, max: 0.8, median: 0.4 });
  });

  test("by epoch is a curve for each level, over the models that have the epoch and did not diverge", () => {
    const [sgd, adam] = levelCurves(zoo, "optimizer", "test_accuracy");
    expect([sgd.name, adam.name, sgd.epochs]).toEqual(["sgd", "adam", [1, 3]]);
    // Halves of .1, .2, .6 and .4 at epoch 1; .1, .2 and .4 at epoch 3.
    expect(sgd.middle[0]).toBeCloseTo(0.15, 12);
    expect(sgd.middle[1]).toBeCloseTo(0.2, 12);
    expect(adam.middle).toEqual([0.35, 0.7]);
  });

  test("of a level all of whose models diverged is no number", async () => {
    const diverged = await zooOf(plainSpec({ vary: { batchSize: [2, 4] } }), [0.5, Number.NaN]);
    const [sound, none] = levelTable(diverged, "batch_size", "test_accuracy");
    expect(sound).toEqual({ level: 2, models: 1, diverged: 0, low: 0.5, median: 0.5, high: 0.5 });
    expect(none).toEqual({
      level: 4,
      models: 1,
      diverged: 1,
      low: Number.NaN,
      median: Number.NaN,
      high: Number.NaN,
    });
  });
});

describe("a claim about two levels", () => {
  const rng = RandomStream.fromSeed(1);

  test("is judged by the difference of their means, without diverged models", () => {
    const row = levelClaim(zoo, { field: "optimizer", higher: "adam", lower: "sgd" }, { rng });
    expect(row).toMatchObject({
      claim: "test accuracy of optimizer adam minus that of sgd (> 0)",
      verdict: "holds",
      setting: "3 and 4 models, noise",
    });
    expect(row.ours).toBeCloseTo(0.7 - 0.25, 6);
    const other = levelClaim(zoo, { field: "optimizer", higher: "sgd", lower: "adam" }, { rng });
    expect(other.verdict).toBe("fails");
    const column = "generalization_gap";
    const gap = levelClaim(zoo, { field: "optimizer", higher: "sgd", lower: "adam", column }, { rng });
    expect(gap.ours).toBeCloseTo(0.9 - 0.25 - (0.9 - 0.7), 6);
  });

  test("needs models of both levels", () => {
    const claim = (higher: string) => () =>
      levelClaim(zoo, { field: "optimizer", higher, lower: "sgd" }, { rng });
    expect(claim("adamw")).toThrow(/no model that did not diverge has optimizer adamw/);
    expect(claim("adamw")).toThrow(SpecError);
  });
});

test("columns that a zoo does not have are refused by name", () => {
  const claim = { field: "colour", higher: "red", lower: "blue" };
  const rng = RandomStream.fromSeed(1);
  for (const ask of [
    () => levelTable(zoo, "colour", "test_accuracy"),
    () => levelCurves(zoo, "colour", "test_accuracy"),
    () => levelClaim(zoo, claim, { rng }),
  ]) {
    expect(ask).toThrow(/have no column "colour"/);
    expect(ask).toThrow(expect.objectContaining({ code: "facts/column" }));
  }
  expect(() => levelTable(zoo, "optimizer", "split")).toThrow(/no numeric column "split"/);
});

describe("what varies", () => {
  test("of a zoo is a row a setting, with levels and their models, or a range of four digits", async () => {
    expect(variedTable(zoo)).toEqual([{ setting: "optimizer", levels: "sgd (4), adam (4)" }]);
    const vary = { learningRate: { distribution: "uniform", low: 0.001, high: 0.002 } } as const;
    const drawn = await zooOf(plainSpec({ vary }), new Array(13).fill(0.5));
    const [rates, ...none] = variedTable(drawn);
    expect(none).toEqual([]);
    expect(rates.setting).toBe("learning rate");
    expect(rates.levels).toMatch(/^0\.00\d{1,4} to 0\.00\d{1,4}$/);
    const [low, high] = rates.levels.split(" to ").map(Number);
    expect(low).toBeCloseTo(Math.min(...drawn.facts.learning_rate), 6);
    expect(high).toBeCloseTo(Math.max(...drawn.facts.learning_rate), 6);
  });

  test("of a specification is a row a model, with the settings in which the models differ", () => {
    const vary = { batchSize: [2, 4], learningRate: [0.1, 0.2] };
    const spec = parseZooSpec(plainSpec({ models: 4, vary, seeds: { kind: "fixed", from: 7, count: 1 } }));
    expect(modelsTable(spec)).toEqual([
      { model: 0, seed: 7, "batch size": 2, "learning rate": 0.1 },
      { model: 1, seed: 7, "batch size": 2, "learning rate": 0.2 },
      { model: 2, seed: 7, "batch size": 4, "learning rate": 0.1 },
      { model: 3, seed: 7, "batch size": 4, "learning rate": 0.2 },
    ]);
    expect(modelsTable(spec, 3).map(({ model }) => model)).toEqual([0, 3]);
    expect(modelsTable(parseZooSpec(plainSpec({ models: 2 })))).toEqual([
      { model: 0, seed: 1 },
      { model: 1, seed: 2 },
    ]);
  });

  test("has the same names and values in the table of models as in the facts", async () => {
    const vary = {
      optimizer: ["sgd", "nesterov"],
      activation: ["relu", "tanh"],
      initializer: ["normal", { type: "constant", value: 0.1 }],
      augmentation: [{}, { shift: 2, flip: true }],
    };
    const spec = plainSpec({ models: 16, vary, seeds: { kind: "fixed", from: 1, count: 1 } });
    const { facts } = await zooOf(spec, new Array(16).fill(0.5));
    const rows = modelsTable(parseZooSpec(spec));
    const settings = ["activation", "init", "optimizer", "momentum", "augmentation"];
    expect(Object.keys(rows[0]).sort()).toEqual(["model", "seed", ...settings].sort());
    for (const name of settings) {
      expect(rows.map((row) => row[name])).toEqual(Array.from(rows, (_, model) => facts[name][2 * model]));
    }
  });
});

describe("specifications side by side", () => {
  /** The table as one object a zoo. */
  const settingsOf = (...specs: Parameters<typeof specTable>[0]) => {
    const rows = specTable(specs);
    return specs.map(({ name }) => Object.fromEntries(rows.map((row) => [row.setting, row[name]])));
  };

  test("of zoos that vary nothing have the rows of the papers' Table 1", () => {
    const [mlp] = settingsOf(namedZoo("mlp-trajectory", "paper"));
    expect(mlp).toEqual({
      network: "fc 10 → sigmoid → fc 10 → sigmoid → fc 10",
      weights: "2160",
      init: "kaiming-normal",
      loss: "mse, mean over batch and outputs",
      "learning rate": "0.03",
      momentum: "0.9",
      "weight decay": "0.0003",
      batch: "4",
      epochs: "50",
      seeds: "250",
      images: "60,000",
    });
  });

  test("show the levels of what varies, and models beside seeds", () => {
    const [hyp, seed] = settingsOf(namedZoo("tetris-hyp", "paper"), namedZoo("tetris-seed", "paper"));
    expect(hyp).toMatchObject({
      network: "fc 5 → activation → fc 4",
      activation: "tanh, relu",
      init: "uniform, normal, kaiming-normal, kaiming-uniform, xavier-normal, xavier-uniform",
      "learning rate": "0.001, 0.0001, 0.00001",
      momentum: "0.98",
      models: "3600",
      seeds: "100",
    });
    expect(seed).toMatchObject({
      activation: "tanh",
      "learning rate": "0.05",
      models: "1000",
      seeds: "1000",
    });
    expect(Object.keys(hyp)).not.toContain("dropout");
  });

  test("take from the optimisers what these settle, and ranges from distributions", () => {
    const [settings] = settingsOf(
      parseZooSpec(
        dropoutSpec({
          vary: {
            dataset: ["noise", "strokes"],
            batchSize: { distribution: "choice", values: [2, 8] },
            optimizer: ["sgd", "nesterov", { type: "adam", learningRate: 0.01 }],
            trainFraction: [0.5, 1],
            augmentation: [{}, { shift: 2 }],
            learningRateDecay: [0.9, 1],
            weightDecay: { distribution: "log-uniform", low: 0.001, high: 0.1 },
            dropout: { distribution: "uniform", low: 0, high: 0.5 },
          },
        }),
      ),
    );
    expect(settings).toMatchObject({
      "trained on": "noise, strokes",
      batch: "2, 8",
      optimizer: "sgd, nesterov, adam",
      "learning rate": "0.1, 0.01",
      "learning rate decay": "0.9, 1",
      momentum: "0, 0.9",
      "weight decay": "0.001 to 0.1 (log-uniform)",
      dropout: "0 to 0.5 (uniform)",
      "train fraction": "0.5, 1",
      augmentation: "none, shift 2",
      models: "10",
      seeds: "10",
    });
  });
});
