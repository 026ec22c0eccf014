import { describe, expect, test } from "vitest";
import { presets } from "#lib/core/environment.js";
import { UsageError } from "#lib/core/errors.js";
import { weightLayout } from "#lib/networks/layout.js";
import { listNamedZoos, type NamedZooOptions, namedZoo, type ZooName } from "#lib/zoo/named.js";
import { isMixed, specNetwork, zooModels } from "#lib/zoo/spec/models.js";
import { checkpointEpochs, modelSplits, parseZooSpec } from "#lib/zoo/spec/spec.js";
import type { ModelSpec } from "#lib/zoo/types.js";

const parametersOf = (name: ZooName) => weightLayout(specNetwork(namedZoo(name, "paper"))).parameters;
const distinct = <T>(models: readonly ModelSpec[], of: (model: ModelSpec) => T) => new Set(models.map(of));

describe("the named zoos", () => {
  test("are those of the papers, at their published sizes", () => {
    const paper = listNamedZoos().map(({ name, presets }) => {
      const { models, epochs, trainImages, checkpoints } = presets.paper;
      return [name, models, epochs, trainImages, checkpoints];
    });
    expect(paper).toEqual([
      ["mlp-trajectory", 250, 50, 60000, 50],
      ["cnn-trajectory", 250, 50, 60000, 50],
      ["tetris-seed", 1000, 75, 100, 75],
      ["tetris-hyp", 3600, 75, 200, 75],
      ["mnist-seed", 1000, 50, 60000, 50],
      ["fashion-seed", 1000, 50, 60000, 50],
      ["mnist-hyp-1-fix-seed", 1000, 50, 60000, 50],
      ["mnist-hyp-1-rand-seed", 1000, 50, 60000, 50],
      ["mnist-hyp-5-fix-seed", 1000, 50, 60000, 50],
      ["mnist-hyp-5-rand-seed", 1000, 50, 60000, 50],
      ["mnist-hyp", 30000, 86, 60000, 9],
      ["fashion-hyp", 30000, 86, 60000, 9],
      ["cifar10-hyp", 30000, 86, 50000, 9],
      ["svhn-hyp", 30000, 86, 73257, 9],
      ["strokes-hyp", 30000, 86, 60000, 9],
      ["nws", 13000, 20, 50000, 1],
    ]);
  });

  test.each(listNamedZoos())(
    "$name is what its list says at every preset, growing",
    ({ name, presets: sizes }) => {
      const work = presets.map((preset) => {
        const spec = namedZoo(name, preset);
        expect(parseZooSpec(spec)).toEqual(spec);
        const { models, epochs, dataset } = spec;
        const { trainImages, testImages } = dataset;
        const checkpoints = checkpointEpochs(spec).length;
        expect({ models, epochs, trainImages, testImages, checkpoints }).toEqual(sizes[preset]);
        expect(zooModels(spec)).toHaveLength(models);
        return models * epochs * trainImages;
      });
      expect([...work].sort((a, b) => a - b)).toEqual(work);
    },
  );

  test("keep at least 75 models for tests at laptop, but for the trajectory zoos of 250", () => {
    for (const { name } of listNamedZoos()) {
      const tests = modelSplits(namedZoo(name, "laptop")).filter((part) => part === "test").length;
      expect(tests).toBeGreaterThanOrEqual(name.endsWith("-trajectory") ? 37 : 75);
    }
  });

  test("have the published settings (trajectory papers) at the published size", () => {
    expect(namedZoo("mlp-trajectory", "paper")).toMatchObject({
      dataset: { name: "mnist", size: 14, trainImages: 60000, testImages: 10000 },
      optimizer: { type: "sgd", learningRate: 0.03, momentum: 0.9, weightDecay: 3e-4 },
      initializer: "kaiming-normal",
      loss: "mse",
      batchSize: 4,
    });
    expect(parametersOf("mlp-trajectory")).toBe(2160);
    expect(namedZoo("cnn-trajectory", "paper")).toMatchObject({
      optimizer: { learningRate: 3e-4, momentum: 0.9, weightDecay: 1e-4 },
      batchSize: 12,
    });
    expect(parametersOf("cnn-trajectory")).toBe(1376);
  });

  test("have 100, 2464 and 4970 weights (Schürholt 2021, Unterthiner 2020)", () => {
    expect(["tetris-seed", "tetris-hyp"].map((name) => parametersOf(name as ZooName))).toEqual([100, 100]);
    const medium = listNamedZoos().filter(({ name }) => /^(mnist|fashion)-(seed|hyp-\d)/.test(name));
    expect(medium.map(({ name }) => parametersOf(name))).toEqual([2464, 2464, 2464, 2464, 2464, 2464]);
    const large = listNamedZoos().filter(({ name }) => /-hyp$/.test(name) && name !== "tetris-hyp");
    expect(large.map(({ name }) => parametersOf(name))).toEqual([4970, 4970, 4970, 4970, 4970]);
  });

  test("TETRIS-HYP has 36 combinations with seeds 1 to 100", () => {
    const models = zooModels(namedZoo("tetris-hyp", "paper"));
    const combinations = distinct(models, (m) =>
      JSON.stringify([m.network.layers, m.initializer, m.optimizer.learningRate]),
    );
    expect(combinations.size).toBe(36);
    expect(models.slice(0, 100).map(({ seed }) => seed)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(namedZoo("tetris-hyp", "laptop", { models: 40 }).seeds).toEqual({
      kind: "fixed",
      from: 1,
      count: 2,
    });
  });

  test("MNIST-HYP zoos differ in their seeds: fixed or drawn, one or five a combination", () => {
    const seedsOf = (name: ZooName) => distinct(zooModels(namedZoo(name, "paper")), ({ seed }) => seed);
    expect(seedsOf("mnist-hyp-1-fix-seed")).toEqual(new Set([1]));
    expect(seedsOf("mnist-hyp-5-fix-seed")).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(seedsOf("mnist-hyp-1-rand-seed").size).toBe(1000);
    expect(seedsOf("mnist-hyp-5-rand-seed").size).toBe(1000);
    const configurations = (name: ZooName) =>
      distinct(zooModels(namedZoo(name, "paper")), ({ seed, model, ...rest }) => JSON.stringify(rest)).size;
    expect(configurations("mnist-hyp-1-fix-seed")).toBe(1000);
    expect(configurations("mnist-hyp-5-rand-seed")).toBe(200);
  });

  test("those after Unterthiner keep the released epochs, and at fewer epochs the same shares of the training", () => {
    expect(namedZoo("mnist-hyp", "paper").checkpoints).toEqual([0, 1, 2, 3, 20, 40, 60, 80, 86]);
    expect(namedZoo("mnist-hyp", "paper").batchSize).toBe(512);
    expect(namedZoo("mnist-hyp", "laptop").checkpoints).toEqual([0, 1, 2, 3, 5, 9, 14, 19, 20]);
    expect(namedZoo("mnist-hyp", "laptop", { epochs: 1 }).checkpoints).toEqual([0, 1]);
    const models = zooModels(namedZoo("cifar10-hyp", "quick"));
    expect(distinct(models, ({ seed }) => seed)).toEqual(new Set([42]));
    expect(distinct(models, ({ trainFraction }) => trainFraction)).toEqual(new Set([0.1, 0.25, 0.5, 1]));
  });

  test("say where strokes can stand in, and how pixels become inputs", () => {
    const described = (name: string) => listNamedZoos().find((zoo) => zoo.name === name)?.description;
    expect(described("svhn-hyp")).toMatch(/strokes stand in for the images of svhn-gs where/);
    expect(namedZoo("svhn-hyp", "paper").dataset).toMatchObject({
      name: "svhn-gs",
      size: 32,
      trainImages: 73257,
    });
    expect(described("cifar10-hyp")).not.toContain("strokes");
    expect(described("cifar10-hyp")).toContain("pixels 0..1");
    expect(namedZoo("cifar10-hyp", "smoke").inputScaling).toBe("unit");
  });

  test("nws mixes architectures, in groups of four models", () => {
    const spec = namedZoo("nws", "laptop");
    const models = zooModels(spec);
    expect(isMixed(spec)).toBe(true);
    expect(distinct(models, ({ network }) => network).size).toBeGreaterThan(80);
    models.forEach((model, i) => {
      expect(model.network).toBe(models[i - (i % 4)].network);
    });
    const sizes = [...distinct(models, ({ network }) => weightLayout(network).parameters)];
    expect(Math.min(...sizes)).toBeGreaterThan(1900);
    expect(Math.max(...sizes)).toBeLessThan(63000);
    expect(distinct(models, ({ dataset }) => dataset).size).toBe(4);
    const strokes = zooModels(namedZoo("nws", "smoke", { dataset: "strokes" }));
    expect(distinct(strokes, ({ dataset }) => dataset)).toEqual(new Set(["strokes"]));
  });

  test("take the options the papers leave open", () => {
    expect(namedZoo("cnn-trajectory", "smoke", { variant: "as-printed" }).optimizer.weightDecay).toBe(0.1);
    const strides = specNetwork(namedZoo("cnn-trajectory", "smoke", { geometry: "stride-1" }));
    expect(weightLayout(strides).parameters).toBe(1376);
    expect(strides).not.toEqual(namedZoo("cnn-trajectory", "smoke").network);
    const spec = namedZoo("mlp-trajectory", "smoke", {
      keepInitial: true,
      inputScaling: "standardised",
      models: 3,
      epochs: 2,
      firstSeed: 100,
      dataset: "strokes",
    });
    expect(spec).toMatchObject({
      checkpoints: [0, 1, 2],
      inputScaling: "standardised",
      models: 3,
      seeds: { from: 100 },
      dataset: { name: "strokes" },
    });
    expect(namedZoo("mnist-hyp-5-fix-seed", "smoke", { firstSeed: 7 }).seeds).toMatchObject({ from: 7 });
    expect(namedZoo("fashion-seed", "smoke", { dataset: "strokes" }).dataset.name).toBe("strokes");
  });

  test.each<[ZooName, NamedZooOptions, RegExp]>([
    ["tetris-seed", { dataset: "mnist" }, /tetris-seed has no dataset; leave it out/],
    ["tetris-hyp", { keepInitial: true }, /tetris-hyp has no keepInitial/],
    ["mnist-seed", { learningRate: 0.1 }, /mnist-seed has no learningRate/],
    ["mnist-hyp-1-rand-seed", { firstSeed: 2 }, /mnist-hyp-1-rand-seed has no firstSeed/],
    ["nws", { inputScaling: "unit" }, /nws has no inputScaling/],
    ["mlp-trajectory", { variant: "as-printed" }, /mlp-trajectory has no variant/],
    ["mlp-trajectory", { geometry: "stride-1" }, /mlp-trajectory has no geometry/],
    ["mlp-trajectory", { models: 0 }, /models is 0/],
    ["tetris-seed", { models: 0.5 }, /models is 0.5/],
    ["mnist-hyp-1-fix-seed", { models: 1025 }, /models is 1025; it must be at most 1024/],
    ["mnist-hyp", { trainImages: 300 }, /batchSize is 64/],
  ])("%s refuses %j", (name, options, message) => {
    expect(() => namedZoo(name, "laptop", options)).toThrow(message);
  });

  test("refuse what they do not know", () => {
    const name = "mlp-trajectory" as const;
    expect(() => namedZoo("resnet" as typeof name, "smoke")).toThrow(/choose mlp-trajectory, cnn-trajectory/);
    expect(() => namedZoo(name, "huge" as "smoke")).toThrow(UsageError);
    expect(() => namedZoo(name, "smoke", { model: 3 } as object)).toThrow(/no option "model"/);
    expect(() => namedZoo("cnn-trajectory", "smoke", { variant: "x" as "default" })).toThrow(
      /no variant "x"/,
    );
  });
});
