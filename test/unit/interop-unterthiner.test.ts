import { join } from "node:path";
import { expect, test } from "vitest";
import { forward } from "#lib/networks/forward.js";
import { unterthinerCnn } from "#lib/networks/published.js";
import { openUnterthiner } from "#lib/zoo/interop/unterthiner.js";
import { allRows, expected, fixtures, testImage } from "../helpers/interop.js";

const folder = join(fixtures, "unterthiner");

test("rows are put in the order of model and epoch, whatever the file's", async () => {
  const { facts } = await openUnterthiner(folder);
  expect([...facts.model]).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
  expect([...facts.epoch]).toEqual([0, 3, 20, 0, 3, 20, 0, 3]);
});

test("the network is that of the paper, and its weights compute what they computed in TensorFlow's order", async () => {
  const source = await openUnterthiner(folder);
  const [{ network, layout }] = source.networks;
  expect(network).toEqual(unterthinerCnn({ activation: "relu", dropout: true }));
  expect(layout.parameters).toBe(4970);
  const row = allRows(source.weights())[2];
  const logits = forward(network!, row, testImage(28, 1));
  expected.unterthiner.logits.forEach((logit, i) => {
    expect(logits[i]).toBeCloseTo(logit, 6);
  });
});

test("facts have a zoo's columns, and those without a place of their own are kept", async () => {
  const { facts } = await openUnterthiner(folder);
  const row = Object.fromEntries(Object.entries(facts).map(([name, column]) => [name, column[5]]));
  expect(row).toMatchObject({
    seed: 42,
    activation: "tanh",
    init: "RandomNormal",
    optimizer: "sgd",
    learning_rate: 0.02,
    weight_decay: 1e-8,
    dropout: 0,
    train_fraction: 0.1,
    batch_size: 512,
    dataset: "fashion-mnist",
    test_accuracy: 0.6,
    train_accuracy: 0.625,
    diverged: false,
    b_init: "zeros",
    init_std: 0.05,
    num_units: 16,
    modeldir: "/zoo/a-2",
    laststep: true,
  });
  expect(row.generalization_gap).toBeCloseTo(0.025, 12);
  expect(facts.learning_rate).toBeInstanceOf(Float64Array);
  expect(facts.num_units).toBeInstanceOf(Int32Array);
});

test("a checkpoint without a loss is kept and marked as diverged", async () => {
  const { facts } = await openUnterthiner(folder);
  expect([...(facts.diverged as boolean[])]).toEqual([false, false, false, false, false, false, false, true]);
  expect(facts.test_loss[7]).toBeNaN();
});

test("splits are by model", async () => {
  const { facts } = await openUnterthiner(folder, {
    split: { train: 0.34, validation: 0.33, test: 0.33, seed: 1 },
  });
  const splits = [0, 3, 6].map((row) => facts.split[row]);
  expect(new Set(splits)).toEqual(new Set(["train", "validation", "test"]));
  facts.split.forEach((split, row) => {
    expect(split).toBe(splits[facts.model[row] as number]);
  });
});

test("only some models and epochs", async () => {
  const source = await openUnterthiner(folder, { models: 2, epochs: [20] });
  expect([...source.facts.model]).toEqual([0, 1]);
  expect([...source.facts.epoch]).toEqual([20, 20]);
  const all = allRows((await openUnterthiner(folder)).weights());
  expect(allRows(source.weights())).toEqual([all[2], all[5]]);
  await expect(openUnterthiner(folder, { epochs: [7] })).rejects.toThrow(/no checkpoint/);
});
