import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { weightLayout } from "#lib/networks/layout.js";
import { isMixed, specNetwork, structureKey, zooModels } from "#lib/zoo/spec/models.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import type { ModelSpec, ZooSpecInput } from "#lib/zoo/types.js";
import { activationOf, counts, lockStepGroups, modelsOf } from "../helpers/models.js";
import { dropoutSpec, familySpec, plainSpec } from "../helpers/specs.js";

describe("a zoo without variations", () => {
  test("has models that differ in their seed alone", () => {
    const spec = parseZooSpec(plainSpec({ models: 3, seeds: { kind: "range", from: 7 } }));
    const models = zooModels(spec);
    expect(models.map(({ model, seed }) => [model, seed])).toEqual([
      [0, 7],
      [1, 8],
      [2, 9],
    ]);
    expect(models[2]).toEqual({
      model: 2,
      seed: 9,
      dataset: "noise",
      network: spec.network,
      initializer: "normal",
      optimizer: spec.optimizer,
      learningRateDecay: 1,
      dropout: 0,
      trainFraction: 1,
      augmentation: { shift: 0, flip: false },
      batchSize: 4,
    });
    expect(zooModels(spec)).toBe(models);
    expect(specNetwork(spec)).toEqual(spec.network);
    expect(isMixed(spec)).toBe(false);
  });

  test("trains as many models with the same seeds as there are seeds", () => {
    const seeds = { kind: "fixed", from: 3, count: 10 } as const;
    expect(modelsOf(plainSpec({ seeds })).map(({ seed }) => seed)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(() => parseZooSpec(plainSpec({ models: 11, seeds }))).toThrow(
      /models is 11; it must be at most 10/,
    );
  });
});

describe("a grid", () => {
  test("numbers its models with structural fields slowest and seeds fastest", () => {
    const models = modelsOf(
      plainSpec({
        models: 16,
        seeds: { kind: "fixed", from: 1, count: 2 },
        // Written in another order than that of the numbering.
        vary: { learningRate: [0.1, 0.2], activation: ["relu", "tanh"], batchSize: [4, 8] },
      }),
    );
    expect(
      models.map((m) => [m.batchSize, activationOf(m), m.optimizer.learningRate, m.seed].join(" ")),
    ).toEqual([
      "4 relu 0.1 1",
      "4 relu 0.1 2",
      "4 relu 0.2 1",
      "4 relu 0.2 2",
      "4 tanh 0.1 1",
      "4 tanh 0.1 2",
      "4 tanh 0.2 1",
      "4 tanh 0.2 2",
      "8 relu 0.1 1",
      "8 relu 0.1 2",
      "8 relu 0.2 1",
      "8 relu 0.2 2",
      "8 tanh 0.1 1",
      "8 tanh 0.1 2",
      "8 tanh 0.2 1",
      "8 tanh 0.2 2",
    ]);
    expect(lockStepGroups(models)).toBe(4);
  });

  test("shares equal networks, optimisers and options as one object", () => {
    const models = modelsOf(plainSpec({ models: 8, vary: { activation: ["relu", "tanh"] } }));
    expect(new Set(models.map(({ network }) => network)).size).toBe(2);
    expect(new Set(models.map(({ optimizer }) => optimizer)).size).toBe(1);
    expect(new Set(models.map(({ augmentation }) => augmentation)).size).toBe(1);
  });

  test("replaces the function of every activation layer, and of nothing else", () => {
    const [relu, tanh] = modelsOf(dropoutSpec({ models: 2, vary: { activation: ["relu", "gelu"] } }));
    const types = relu.network.layers.map((layer) =>
      layer.type === "activation" ? layer.activation : layer.type,
    );
    expect(types).toEqual(["dense", "relu", "dropout", "dense"]);
    expect(activationOf(tanh)).toBe("gelu");
    expect(
      specNetwork(parseZooSpec(dropoutSpec({ vary: { activation: ["relu", "gelu"] } }))).layers[1],
    ).toEqual({
      type: "activation",
      activation: "sigmoid",
    });
  });

  test("takes optimisers by name or in part; learning rate and weight decay carry over", () => {
    const models = modelsOf(
      plainSpec({
        models: 8,
        optimizer: { type: "sgd", learningRate: 0.3, momentum: 0.5, weightDecay: 0.01 },
        vary: {
          optimizer: [
            "sgd",
            "momentum",
            "nesterov",
            "adam",
            "adamw",
            "rmsprop",
            { type: "adam", beta1: 0.8, learningRate: 1e-3 },
            { type: "sgd", momentum: 0.7 },
          ],
        },
      }),
    );
    const carried = { learningRate: 0.3, weightDecay: 0.01 };
    const adam = { ...carried, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    expect(models.map(({ optimizer }) => optimizer)).toEqual([
      { type: "sgd", ...carried, momentum: 0, nesterov: false },
      { type: "sgd", ...carried, momentum: 0.9, nesterov: false },
      { type: "sgd", ...carried, momentum: 0.9, nesterov: true },
      { type: "adam", ...adam },
      { type: "adamw", ...adam },
      { type: "rmsprop", ...carried, momentum: 0, alpha: 0.99, epsilon: 1e-8 },
      { type: "adam", ...adam, beta1: 0.8, learningRate: 1e-3 },
      { type: "sgd", ...carried, momentum: 0.7, nesterov: false },
    ]);
  });

  test("varies what optimisers have in common with each of them", () => {
    const models = modelsOf(
      plainSpec({
        models: 8,
        seeds: { kind: "fixed", from: 1, count: 1 },
        vary: { optimizer: ["sgd", "adam"], learningRate: [0.1, 0.2], weightDecay: [0, 1e-3] },
      }),
    );
    expect(models.map(({ optimizer: o }) => [o.type, o.learningRate, o.weightDecay].join(" "))).toEqual([
      "sgd 0.1 0",
      "sgd 0.1 0.001",
      "sgd 0.2 0",
      "sgd 0.2 0.001",
      "adam 0.1 0",
      "adam 0.1 0.001",
      "adam 0.2 0",
      "adam 0.2 0.001",
    ]);
    const momenta = modelsOf(plainSpec({ models: 2, vary: { momentum: [0, 0.9] } }));
    expect(momenta.map(({ optimizer }) => "momentum" in optimizer && optimizer.momentum)).toEqual([0, 0.9]);
  });

  test("of families has mixed networks", () => {
    const vary = { "network.width": [2, 4], "network.batchNorm": [false, true], activation: ["elu"] };
    const spec = parseZooSpec(familySpec({ models: 4, vary }));
    const models = zooModels(spec);
    expect(isMixed(spec)).toBe(true);
    expect(new Set(models.map(({ network }) => weightLayout(network).parameters)).size).toBe(4);
    expect(models.map(activationOf)).toEqual(["elu", "elu", "elu", "elu"]);
    expect(() => specNetwork(spec)).toThrow(SpecError);
    const one = parseZooSpec(familySpec({ vary: { "network.width": [3] } }));
    expect(isMixed(one)).toBe(false);
    expect(specNetwork(one).layers[0]).toMatchObject({ type: "conv2d", filters: 3 });
    expect(specNetwork(one).layers).toEqual(zooModels(one)[0].network.layers);
  });

  test("has drawn seeds that differ, the same however many models there are", () => {
    const seeds = { kind: "drawn", seed: 5, count: 500 } as const;
    const drawn = modelsOf(plainSpec({ models: 1000, seeds, vary: { activation: ["relu", "tanh"] } }));
    const values = drawn.map(({ seed }) => seed);
    expect(new Set(values).size).toBe(1000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(2 ** 31);
    expect(Math.max(...values)).toBeGreaterThan(2 ** 30);
    expect(modelsOf(plainSpec({ models: 10, seeds })).map(({ seed }) => seed)).toEqual(values.slice(0, 10));
    const others = modelsOf(plainSpec({ models: 10, seeds: { ...seeds, seed: 6 } }));
    expect(others.map(({ seed }) => seed)).not.toEqual(values.slice(0, 10));
  });
});

describe("a zoo of draws", () => {
  const vary = {
    optimizer: ["adam", "sgd", "rmsprop"],
    activation: { distribution: "choice", values: ["relu", "tanh"] },
    trainFraction: [0.25, 0.5, 1],
    batchSize: { distribution: "integer", low: 4, high: 7 },
    initializer: ["normal", "uniform"],
    learningRate: { distribution: "log-uniform", low: 1e-4, high: 1e-1 },
    weightDecay: { distribution: "uniform", low: 0.001, high: 0.003 },
  } as const;
  const models = modelsOf(plainSpec({ models: 4000, vary }));

  test("draws structural fields once for four models, so that lanes stay full", () => {
    expect(lockStepGroups(models)).toBe(1000);
    models.forEach((model, index) => {
      const first = models[index - (index % 4)];
      expect(structureKey(model)).toBe(structureKey(first));
      expect(model.trainFraction).toBe(first.trainFraction);
    });
    const rates = models.map(({ optimizer }) => optimizer.learningRate);
    expect(new Set(rates).size).toBe(4000);
  });

  test("draws from the distributions", () => {
    const logs = models.map(({ optimizer }) => Math.log10(optimizer.learningRate));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = (values: readonly number[]) =>
      Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    expect(Math.min(...logs)).toBeGreaterThanOrEqual(-4);
    expect(Math.max(...logs)).toBeLessThanOrEqual(-1);
    // Five standard errors of a uniform variable on [-4, -1].
    expect(Math.abs(mean(logs) + 2.5)).toBeLessThan((5 * (3 / Math.sqrt(12))) / Math.sqrt(4000));
    expect(deviation(logs)).toBeCloseTo(3 / Math.sqrt(12), 1);
    const decays = models.map(({ optimizer }) => optimizer.weightDecay);
    expect(Math.abs(mean(decays) - 0.002)).toBeLessThan((5 * (0.002 / Math.sqrt(12))) / Math.sqrt(4000));
    const evenly = (found: Record<string, number>, levels: number, draws: number) => {
      expect(Object.keys(found)).toHaveLength(levels);
      const expected = 4000 / levels;
      const error = Math.sqrt(draws * (1 / levels) * (1 - 1 / levels)) * (4000 / draws);
      for (const count of Object.values(found)) expect(Math.abs(count - expected)).toBeLessThan(5 * error);
    };
    evenly(
      counts(models, (m) => m.initializer),
      2,
      4000,
    );
    evenly(
      counts(models, (m) => m.optimizer.type),
      3,
      1000,
    );
    evenly(counts(models, activationOf), 2, 1000);
    evenly(
      counts(models, (m) => m.trainFraction),
      3,
      1000,
    );
    evenly(
      counts(models, (m) => m.batchSize),
      4,
      1000,
    );
  });

  test("has the same model i whatever else there is", () => {
    expect(modelsOf(plainSpec({ models: 10, vary }))).toEqual(models.slice(0, 10));
    const { weightDecay: _, ...fewer } = vary;
    const rates = modelsOf(plainSpec({ models: 10, vary: fewer })).map(
      ({ optimizer }) => optimizer.learningRate,
    );
    expect(rates).toEqual(models.slice(0, 10).map(({ optimizer }) => optimizer.learningRate));
    const otherSeeds = modelsOf(plainSpec({ models: 10, vary, seeds: { kind: "range", from: 2 } }));
    expect(otherSeeds.map(({ optimizer }) => optimizer.learningRate)).not.toEqual(rates);
  });

  test("gives one seed to all, or each its own", () => {
    const seedsOf = (seeds: ZooSpecInput["seeds"]) =>
      modelsOf(plainSpec({ models: 5, vary, seeds })).map(({ seed }) => seed);
    expect(seedsOf({ kind: "fixed", from: 42, count: 1 })).toEqual([42, 42, 42, 42, 42]);
    expect(new Set(seedsOf({ kind: "drawn", seed: 1, count: 1 })).size).toBe(5);
    expect(seedsOf({ kind: "range", from: 3 })).toEqual([3, 4, 5, 6, 7]);
  });
});

describe("the structure of a model", () => {
  const [base] = modelsOf(plainSpec());
  const sgd = { type: "sgd", learningRate: 1, momentum: 0.9, weightDecay: 0 } as const;

  test.each<[string, Partial<ModelSpec>]>([
    ["data set", { dataset: "strokes" }],
    ["batch size", { batchSize: 5 }],
    ["network", { network: { ...base.network, layers: base.network.layers.slice(2) } }],
    ["type of optimiser", { optimizer: { ...sgd, type: "rmsprop", alpha: 0.9, epsilon: 1 } }],
    ["kind of momentum", { optimizer: { ...sgd, nesterov: true } }],
  ])("depends on its %s", (_, change) => {
    expect(structureKey({ ...base, ...change })).not.toBe(structureKey(base));
  });

  test("does not depend on what lanes have of their own", () => {
    const own = {
      model: 5,
      seed: 9,
      optimizer: sgd,
      dropout: 0.3,
      trainFraction: 0.5,
      initializer: "ones",
    } as const;
    expect(structureKey({ ...base, ...own, network: structuredClone(base.network) })).toBe(
      structureKey(base),
    );
  });
});
