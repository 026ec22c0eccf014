import { expect, test } from "vitest";
import { listNamedZoos, namedZoo } from "#lib/zoo/named.js";
import { familyOf, structureKey, zooModels } from "#lib/zoo/spec/models.js";
import type { GroupJob, ModelSpec, ZooSpec } from "#lib/zoo/types.js";
import { expectEqualTraining, images, sgd } from "../helpers/stacked.js";

const names = listNamedZoos().map(({ name }) => name);
const steps = 5;

/** A model of each structure of the catalogue, whatever data it is trained on; each once, with a zoo that has it. */
function catalogue(): readonly (readonly [string, ZooSpec, ModelSpec])[] {
  const found = new Map<string, readonly [string, ZooSpec, ModelSpec]>();
  for (const name of names) {
    const spec = namedZoo(name, "smoke");
    for (const model of zooModels(spec)) {
      const key = spec.loss + structureKey({ ...model, dataset: "", optimizer: sgd });
      if (!found.has(key)) found.set(key, [name, spec, model]);
    }
  }
  return [...found.values()];
}

/** Models of nws as it was published, on 28 x 28 pixels: one at least of each level of each number of its networks. */
function published(): readonly ModelSpec[] {
  const seen = new Set<string>();
  return zooModels(namedZoo("nws", "paper")).filter(({ network }) => {
    const { input: _input, ...numbers } = familyOf(network)!;
    const levels = Object.entries(numbers).map((level) => JSON.stringify(level));
    const isNew = levels.some((level) => !seen.has(level));
    for (const level of levels) seen.add(level);
    return isNew;
  });
}

/**
 * A few steps of a model, and of one with another seed beside it, by gradient descent with momentum: Adam and RMSprop
 * divide a gradient by its own size, so that one which is nothing but rounding (constant weights make many) would move a
 * weight by a whole step; stacked-networks.test.ts holds them to the same bound where gradients are larger.
 */
function fewSteps({ loss }: Pick<ZooSpec, "loss">, model: ModelSpec, batchSize: number): GroupJob {
  const { network } = model;
  const last = network.layers.at(-1);
  const classes = last?.type === "dense" ? last.outputs : 10;
  const own: ModelSpec = {
    ...model,
    optimizer: sgd,
    trainFraction: 1,
    initializer: varied(model.initializer),
  };
  return {
    network,
    loss,
    batchSize,
    epochs: 1,
    checkpoints: [0, 1],
    earlyStopping: null,
    input: { scale: 1 / 255, shift: -0.1 },
    train: images(network, steps * batchSize, 1, classes),
    test: images(network, 12, 2, classes),
    models: [own, { ...own, seed: model.seed + 1 }],
  };
}

/** Behind constant weights all maps are equal, and what batch norm leaves of their gradients is rounding too. */
function varied(initializer: ModelSpec["initializer"]): ModelSpec["initializer"] {
  return typeof initializer === "object" && initializer.type === "constant" ? "kaiming-normal" : initializer;
}

/**
 * Batch norm divides by deviations of few values (of a batch of 4 too few): twice what torch's own single precision loses
 * in 20 steps.
 */
const toleranceOf = ({ network }: ModelSpec) =>
  network.layers.some(({ type }) => type === "batch-norm") ? 1.7e-4 : 1e-5;

test("the catalogue has every zoo's networks, nws with and without batch norm", () => {
  const models = published();
  expect(new Set(catalogue().map(([name]) => name)).size).toBeGreaterThanOrEqual(6);
  expect(new Set(models.map((model) => toleranceOf(model))).size).toBe(2);
  for (const { network } of models) expect(network.input).toEqual({ channels: 1, height: 28, width: 28 });
});

test.each(
  catalogue().map(([name, spec, model]) => {
    const { network, batchSize } = model;
    const activation = network.layers.find((layer) => layer.type === "activation");
    const title = `${name}: ${network.name}, ${activation?.activation ?? "linear"}, batches of ${batchSize}`;
    return [title, spec, model] as const;
  }),
)("%s", async (_, spec, model) => {
  await expectEqualTraining(fewSteps(spec, model, model.batchSize), "wasm", toleranceOf(model));
});

test.each(published().map((model) => [model.network.name, model] as const))(
  "nws as published: %s",
  async (_, model) => {
    await expectEqualTraining(fewSteps({ loss: "cross-entropy" }, model, 8), "wasm", toleranceOf(model));
  },
);
