import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forward } from "#lib/networks/forward.js";
import { openNws } from "#lib/zoo/interop/nws.js";
import { nwsNetwork } from "#lib/zoo/interop/nws-network.js";
import { allRows, copyOfFixture, expected, fixtures, testImage } from "../helpers/interop.js";

const folder = join(fixtures, "nws");

test("models of two architectures compute what they computed in TensorFlow's order", async () => {
  const source = await openNws(folder);
  expect(source.networks.map(({ layout }) => layout.parameters)).toEqual([229, 670]);
  expect([...source.networkOfModel]).toEqual([0, 1]);
  const rows = allRows(source.weights());
  ["0002", "0001"].forEach((path, model) => {
    const last = 20 * model + 19;
    expect(source.facts.path[last]).toBe(path);
    const logits = forward(source.networks[model].network!, rows[last], testImage(32, 3));
    expected.nws[path].forEach((logit, i) => {
      expect(logits[i]).toBeCloseTo(logit, 4);
    });
  });
});

test("snapshots are at the epochs that the released code samples, with the errors of these epochs", async () => {
  const { facts } = await openNws(folder);
  expect([...facts.epoch.slice(0, 20)]).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect([...facts.epoch.slice(20)]).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
  expect(facts.train_accuracy[20 + 10]).toBeCloseTo(1 - (90 - 2 * 20) / 100, 12);
  expect(facts.test_accuracy[20 + 10]).toBeCloseTo(1 - (92 - 2 * 20) / 100, 12);
  expect(facts.train_loss[0]).toBeNaN();
});

test("hyper-parameters have our names and splits are those of the index files", async () => {
  const { facts } = await openNws(folder);
  const row = Object.fromEntries(Object.entries(facts).map(([name, column]) => [name, column[20]]));
  expect(row).toMatchObject({
    model: 1,
    split: "train",
    activation: "relu",
    init: "xavier-normal",
    optimizer: "sgd",
    momentum: 0.95,
    learning_rate: 0.00125,
    batch_size: 64,
    dataset: "fashion-mnist",
    batch_norm: true,
    augmentation: "affine, colour",
    network: "nws-k3-c4x1-d2x4-bn",
    depth_conv: 4,
    snapshot: 1,
    diverged: false,
  });
  expect(facts.split[0]).toBe("test");
});

test("some snapshots of some models, and a folder without index files", async () => {
  const last = await openNws(folder, { models: 1, snapshots: [1, 20] });
  expect([...last.facts.epoch]).toEqual([0, 19]);
  const copy = copyOfFixture("nws");
  for (const split of ["train", "test"]) rmSync(join(copy, `nws_main_${split}.csv`));
  const scanned = await openNws(copy, { snapshots: [20] });
  expect(scanned.facts.path).toEqual(["0001", "0002"]);
  expect(scanned.facts.dataset).toEqual(["fashion-mnist", "svhn"]);
});

test("the published ranges give the published 20,000 to 400,000 weights", async () => {
  const { weightLayout } = await import("#lib/networks/layout.js");
  const size = (width: number, fc: number, filterSize: number, depthConv: number, depthFc: number) =>
    weightLayout(
      nwsNetwork({
        filterSize,
        depthConv,
        depthFc,
        widthConv: width,
        widthFc: fc,
        batchNorm: true,
        activation: "relu",
      }),
    ).parameters;
  expect(size(4, 64, 3, 3, 2)).toBeGreaterThan(20_000);
  expect(size(4, 64, 3, 3, 2)).toBeLessThan(25_000);
  expect(size(12, 192, 7, 5, 4)).toBeGreaterThan(380_000);
  expect(size(12, 192, 7, 5, 4)).toBeLessThan(420_000);
});
