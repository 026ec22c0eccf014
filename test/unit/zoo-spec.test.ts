import { describe, expect, test } from "vitest";
import { SpecError, UsageError } from "#lib/core/errors.js";
import { weightLayout } from "#lib/networks/layout.js";
import { listNamedZoos, namedZoo } from "#lib/zoo/named.js";
import { checkpointEpochs, modelSplits, parseZooSpec, zooKey } from "#lib/zoo/spec.js";
import { smallSpec } from "../helpers/zoo.js";

/** A valid specification with one field, named by a dotted path, set to something else. */
function broken(path: string, value: unknown): unknown {
  const spec = structuredClone(smallSpec()) as unknown as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop()!;
  const holder = names.reduce((object, name) => object[name] as Record<string, unknown>, spec);
  holder[last] = value;
  return spec;
}

describe("a zoo specification", () => {
  test.each([
    ["name", "../elsewhere"],
    ["name", ""],
    ["dataset.name", 5],
    ["dataset.size", 0],
    ["dataset.trainImages", 1.5],
    ["dataset.testImages", undefined],
    ["inputScaling", "centred"],
    ["network.layers", []],
    ["network.input.height", 28],
    ["network.input.channels", 3],
    ["initializer", "he"],
    ["loss", "hinge"],
    ["optimizer.type", "adam"],
    ["optimizer.learningRate", Number.NaN],
    ["optimizer.learningRate", 0],
    ["optimizer.momentum", 1],
    ["optimizer.weightDecay", -1],
    ["batchSize", 0],
    ["batchSize", 41],
    ["epochs", 0],
    ["epochs", Number.POSITIVE_INFINITY],
    ["checkpoints", "all"],
    ["checkpoints", []],
    ["models", 0],
    ["models", "10"],
    ["seeds.kind", "lucky"],
    ["seeds.from", -1],
    ["seeds.from", 2 ** 31 - 5],
    ["split.train", 1.2],
    ["split.seed", null],
  ])("with %s = %j is refused by the field's name", (field, value) => {
    expect(() => parseZooSpec(broken(field, value))).toThrow(SpecError);
    expect(() => parseZooSpec(broken(field, value))).toThrow(`${field} is `);
    expect(() => parseZooSpec(broken(field, value))).toThrow(
      expect.objectContaining({ code: `zoo/${field}` }),
    );
  });

  test.each([
    [[1, 4], "checkpoints[1]"],
    [[2, 2], "checkpoints[1]"],
    [[-1], "checkpoints[0]"],
    [["3"], "checkpoints[0]"],
  ])("with checkpoints %j of 3 epochs is refused", (checkpoints, field) => {
    expect(() => parseZooSpec(broken("checkpoints", checkpoints))).toThrow(`${field} is `);
  });

  test("whose split does not add up is refused", () => {
    expect(() => parseZooSpec(broken("split.test", 0.2))).toThrow(/split is 1\.05.*add up to 1/);
  });

  test("with unknown fields, or that is none at all, is refused", () => {
    expect(() => parseZooSpec({ ...smallSpec(), epoch: 3 })).toThrow(
      /no field epoch; it knows name, .*epochs/,
    );
    expect(() => parseZooSpec(broken("optimizer.beta", 1))).toThrow(/no field optimizer\.beta/);
    expect(() => parseZooSpec("mlp")).toThrow(/the specification is "mlp"/);
    expect(() => parseZooSpec(null)).toThrow(SpecError);
  });

  test("with a layer that cannot be is refused by the layer", () => {
    expect(() => parseZooSpec(broken("network.layers", [{ type: "dense", outputs: 0 }]))).toThrow(/layer 0/);
    expect(() => parseZooSpec(broken("network.layers", [7]))).toThrow("network.layers[0] is 7");
  });

  test("has a key that stays the same between versions of this library", () => {
    // A change of this value makes every zoo on every disk train again: it must be meant.
    const key = zooKey(smallSpec(), "data", "engine-1");
    expect(key).toBe("d3d8f1b29ac03338601c001a318f238968bd227d707768d54b320a75b46d554d");
    expect(zooKey(smallSpec(), "data", "engine-2")).not.toBe(key);
    expect(zooKey(smallSpec(), "other data", "engine-1")).not.toBe(key);
  });

  test("keeps every epoch but the initialisation, or the listed ones", () => {
    expect(checkpointEpochs(smallSpec())).toEqual([1, 2, 3]);
    expect(checkpointEpochs(smallSpec({ checkpoints: [0, 3] }))).toEqual([0, 3]);
  });

  test("splits models, and all of them", () => {
    const parts = modelSplits(smallSpec({ models: 20 }));
    const count = (part: string) => parts.filter((entry) => entry === part).length;
    expect([count("train"), count("validation"), count("test")]).toEqual([14, 3, 3]);
    const half = { train: 0, validation: 0.5, test: 0.5, seed: 1 };
    expect(modelSplits(smallSpec({ models: 1, split: half }))).toEqual(["test"]);
  });
});

describe("the named zoos", () => {
  test("have the published settings (trajectory papers) at the published size", () => {
    const mlp = namedZoo("mlp-trajectory", "paper");
    expect(mlp).toMatchObject({
      dataset: { name: "mnist", size: 14, trainImages: 60000, testImages: 10000 },
      optimizer: { type: "sgd", learningRate: 0.03, momentum: 0.9, weightDecay: 3e-4 },
      initializer: "kaiming-normal",
      batchSize: 4,
      epochs: 50,
      models: 250,
      checkpoints: "every-epoch",
    });
    expect(weightLayout(mlp.network).parameters).toBe(2160);
    const cnn = namedZoo("cnn-trajectory", "paper");
    expect(cnn).toMatchObject({
      optimizer: { learningRate: 3e-4, momentum: 0.9, weightDecay: 1e-4 },
      batchSize: 12,
      epochs: 50,
      models: 250,
    });
    expect(weightLayout(cnn.network).parameters).toBe(1376);
  });

  test("exist at every preset, growing", () => {
    for (const { name, presets } of listNamedZoos()) {
      const work = (["smoke", "quick", "laptop", "paper"] as const).map((preset) => {
        const { models, epochs, dataset } = namedZoo(name, preset);
        expect({ models, epochs }).toEqual({
          models: presets[preset].models,
          epochs: presets[preset].epochs,
        });
        return models * epochs * dataset.trainImages;
      });
      expect([...work].sort((a, b) => a - b)).toEqual(work);
    }
  });

  test("take the options the papers leave open", () => {
    expect(namedZoo("cnn-trajectory", "smoke", { variant: "as-printed" }).optimizer.weightDecay).toBe(0.1);
    const strides = namedZoo("cnn-trajectory", "smoke", { geometry: "stride-1" });
    expect(weightLayout(strides.network).parameters).toBe(1376);
    expect(strides.network).not.toEqual(namedZoo("cnn-trajectory", "smoke").network);
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
  });

  test("refuse what they do not know", () => {
    const name = "mlp-trajectory" as const;
    expect(() => namedZoo("resnet" as typeof name, "smoke")).toThrow(/choose mlp-trajectory, cnn-trajectory/);
    expect(() => namedZoo(name, "huge" as "smoke")).toThrow(UsageError);
    expect(() => namedZoo(name, "smoke", { model: 3 } as object)).toThrow(/no option "model"/);
    expect(() => namedZoo(name, "smoke", { variant: "as-printed" })).toThrow(/no variant/);
    expect(() => namedZoo(name, "smoke", { models: 0 })).toThrow(/models is 0/);
    expect(() => namedZoo("cnn-trajectory", "smoke", { variant: "x" as "default" })).toThrow(
      /no variant "x"/,
    );
  });
});
