import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parquetMetadata } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { Progress } from "#lib/core/progress.js";
import { RandomStream } from "#lib/core/random.js";
import { describeZoo } from "#lib/zoo/describe.js";
import { namedZoo } from "#lib/zoo/named.js";
import { modelSplits } from "#lib/zoo/spec/spec.js";
import { readHeader } from "#lib/zoo/store/safetensors.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { inputScale } from "#lib/zoo/training/input.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { copyOfZoo, fake, finishedZoo, hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const options = { dataset: noiseData(), engine: fake(), workers: 2 };

describe("a trained zoo", () => {
  test("has one row of weights and facts a checkpoint, by model, then epoch", async () => {
    const zoo = await openZoo(await finishedZoo());
    expect({ rows: zoo.weights.rows, cols: zoo.weights.cols }).toEqual({ rows: 30, cols: 2160 });
    expect(Array.from(zoo.facts.model.subarray(0, 4))).toEqual([0, 0, 0, 1]);
    expect(Array.from(zoo.facts.epoch.subarray(0, 4))).toEqual([1, 2, 3, 1]);
    expect(zoo.facts.seed[29]).toBe(10);
    const splits = modelSplits(smallSpec());
    for (let row = 0; row < 30; row++) {
      const rng = RandomStream.fromSeed(zoo.facts.seed[row]).split("fake", zoo.facts.epoch[row]);
      expect(zoo.weights.data[row * 2160]).toBe(Math.fround(rng.normal()));
      expect(zoo.facts.split[row]).toBe(splits[zoo.facts.model[row]]);
    }
    expect(zoo.facts.dataset[0]).toBe("noise");
    expect(zoo.facts.f1_class_9).toBeInstanceOf(Float64Array);
    // The fake engine lets seed 3 and 10 diverge: models 2 and 9.
    expect(zoo.diverged).toEqual([2, 9]);
    expect(zoo.facts.train_loss[2 * 3 + 2]).toBeNaN();
  });

  test("selects rows by index and by what is known of them", async () => {
    const zoo = await openZoo(await finishedZoo());
    const rows = zoo.rowsWhere((row) => row.epoch === 3 && row.model < 2);
    expect(Array.from(rows)).toEqual([2, 5]);
    const picked = zoo.select((row) => row.epoch === 3 && row.model < 2);
    expect(picked.weights.rows).toBe(2);
    expect(picked.weights.data.subarray(2160)).toEqual(zoo.weights.data.subarray(5 * 2160, 6 * 2160));
    expect(picked.facts.seed).toEqual(Int32Array.from([1, 2]));
    expect(zoo.select([5, 2]).facts.model).toEqual(Int32Array.from([1, 0]));
  });

  test("has no other rows than its own, whether its weights are in memory or on disk", async () => {
    const zoo = await openZoo(await finishedZoo());
    const refuse = (row: number) => {
      const refusal = { code: "zoo/row", message: expect.stringMatching(/no row .* it has 0 to 29/) };
      expect(() => zoo.select([0, row])).toThrow(expect.objectContaining(refusal));
    };
    for (const row of [30, -1, 1.5, Number.NaN]) refuse(row);
    expect(zoo.weights.rows).toBe(30);
    for (const row of [30, -1, 1.5, Number.NaN]) refuse(row);
  });

  test("is described by plain values", async () => {
    const zoo = await openZoo(await finishedZoo());
    const described = describeZoo(zoo);
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described).toMatchObject({
      models: 10,
      checkpoints: 30,
      parameters: 2160,
      diverged: 2,
      lastEpoch: 3,
    });
    expect(described.split).toEqual({ train: 6, validation: 2, test: 2 });
    const { min, median, max } = described.last.test_accuracy;
    const last = zoo.select((row) => row.epoch === 3 && !row.diverged).facts.test_accuracy;
    const sorted = [...last].sort((a, b) => a - b);
    expect([min, median, max]).toEqual([sorted[0], (sorted[3] + sorted[4]) / 2, sorted[7]]);
  });

  test("is opened, not trained, the second time, and found whole", async () => {
    const folder = await finishedZoo();
    const first = await openZoo(folder);
    const stamps = () => Object.keys(hashFolder(folder)).map((file) => statSync(join(folder, file)).mtimeMs);
    const before = stamps();
    const again = await trainZoo(smallSpec(), { ...options, folder });
    expect(stamps()).toEqual(before);
    expect(again.facts).toEqual(first.facts);
    expect(Buffer.from(again.weights.data.buffer).equals(Buffer.from(first.weights.data.buffer))).toBe(true);
    const report = await verifyZoo(folder);
    expect(report.ok).toBe(true);
    expect(report.shards.map((shard) => shard.models)).toEqual([
      [0, 3],
      [4, 7],
      [8, 9],
    ]);
  });

  test("has equal bits from 1, 2 and 3 workers", async () => {
    const [two, ...others] = [await finishedZoo(), scratch(), scratch()];
    for (const [index, folder] of others.entries()) {
      await trainZoo(smallSpec(), { ...options, folder, workers: [1, 3][index] });
    }
    const [one, three] = others.map(hashFolder);
    expect(Object.keys(one)).toEqual([
      "checkpoints.parquet",
      "manifest.json",
      "shards/00000.parquet",
      "shards/00000.safetensors",
      "shards/00001.parquet",
      "shards/00001.safetensors",
      "shards/00002.parquet",
      "shards/00002.safetensors",
      "weights.safetensors",
    ]);
    expect(hashFolder(two)).toEqual(one);
    expect(three).toEqual(one);
  });

  test("by name learns strokes with the library's own engine", async () => {
    const spec = namedZoo("mlp-trajectory", "smoke", { dataset: "strokes" });
    const zoo = await trainZoo(spec, { folder: scratch(), workers: 2 });
    expect(zoo.data).toEqual({ name: "strokes", hash: expect.any(String) });
    const { last } = describeZoo(zoo);
    // Chance is 0.1; after 5 epochs of 1,200 images every model is well above it.
    expect(last.test_accuracy.min).toBeGreaterThan(0.15);
    const [first] = zoo.select((row) => row.model === 0 && row.epoch === 1).facts.train_loss;
    const [final] = zoo.select((row) => row.model === 0 && row.epoch === 5).facts.train_loss;
    expect(final).toBeLessThan(first);
  });

  test("has equal bits from 1 and 2 workers of the library's own engine, with everything that varies", async () => {
    const spec = namedZoo("strokes-hyp", "smoke", {
      models: 12,
      epochs: 2,
      trainImages: 200,
      testImages: 50,
    });
    const [one, two] = [scratch(), scratch()];
    await trainZoo(spec, { folder: one, workers: 1 });
    const zoo = await trainZoo(spec, { folder: two, workers: 2 });
    expect(hashFolder(two)).toEqual(hashFolder(one));
    expect(zoo.weights.data.every(Number.isFinite)).toBe(true);
    expect(new Set(zoo.facts.optimizer).size).toBeGreaterThan(1);
  });

  test("of a single shard has it linked as the merged pair", async () => {
    const folder = scratch();
    const zoo = await trainZoo(smallSpec({ models: 3 }), { ...options, folder });
    expect(statSync(join(folder, "weights.safetensors")).ino).toBe(
      statSync(join(folder, "shards/00000.safetensors")).ino,
    );
    expect(zoo.weights.rows).toBe(9);
    expect(existsSync(join(folder, "shards/00001.safetensors"))).toBe(false);
  });

  test("reports progress in model-epochs, and its end once", async () => {
    const seen: Progress[] = [];
    await trainZoo(smallSpec(), {
      ...options,
      folder: scratch(),
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.at(-1)).toMatchObject({ done: 30, total: 30, unit: "model-epochs", secondsLeft: 0 });
    expect(seen.filter(({ done }) => done === 30)).toHaveLength(1);
  });

  test("lies in the cache under its name, preset and key where no folder is named", async () => {
    const cache = scratch();
    const before = process.env.WEIGHTBOOK_CACHE;
    process.env.WEIGHTBOOK_CACHE = cache;
    try {
      const zoo = await trainZoo(smallSpec({ models: 2 }), { ...options, preset: "smoke" });
      expect(zoo.folder).toBe(join(cache, "zoos", `mlp-trajectory-smoke-${zoo.key.slice(0, 12)}`));
    } finally {
      if (before === undefined) delete process.env.WEIGHTBOOK_CACHE;
      else process.env.WEIGHTBOOK_CACHE = before;
    }
  });

  test("says when strokes stood in for the data set", async () => {
    const dataset = { ...noiseData(), name: "strokes", standsInFor: "noise" };
    const zoo = await trainZoo(smallSpec(), { ...options, dataset, folder: scratch() });
    expect(zoo.data).toEqual({ name: "strokes", standsInFor: "noise", hash: dataset.hash });
    expect(zoo.facts.dataset[0]).toBe("strokes");
    expect(describeZoo(zoo).standsInFor).toBe("noise");
  });
});

describe("the files of a zoo", () => {
  test("carry the layout as interfaces settle it, and the weights as one float32 tensor", async () => {
    const folder = await finishedZoo();
    const { key } = await openZoo(folder);
    const header = readHeader(join(folder, "weights.safetensors"));
    expect(header.tensors).toMatchObject([{ name: "weights", dtype: "F32", shape: [30, 2160] }]);
    expect(header.dataStart % 8).toBe(0);
    expect(JSON.parse(header.metadata.layout)).toEqual([
      { layer: 0, name: "kernel", shape: [10, 196], offset: 0 },
      { layer: 2, name: "kernel", shape: [10, 10], offset: 1960 },
      { layer: 4, name: "kernel", shape: [10, 10], offset: 2060 },
    ]);
    expect(header.metadata.key).toBe(key);
    expect(readHeader(join(folder, "shards/00002.safetensors")).metadata.models).toBe("[8,9]");
  });

  test("hold the columns by their names and types", async () => {
    const folder = await finishedZoo();
    const bytes = readFileSync(join(folder, "checkpoints.parquet"));
    expect(bytes.subarray(0, 4).toString() + bytes.subarray(-4).toString()).toBe("PAR1PAR1");
    const metadata = parquetMetadata(Uint8Array.from(bytes).buffer);
    expect(metadata.num_rows).toBe(30n);
    const columns = metadata.schema
      .slice(1)
      .map(({ name, type, converted_type: text }) => `${name} ${text ?? type}`);
    expect(columns).toEqual([
      ...["model INT32", "epoch INT32", "seed INT32", "split UTF8", "activation UTF8", "init UTF8"],
      ...["optimizer UTF8", "learning_rate DOUBLE", "learning_rate_decay DOUBLE", "weight_decay DOUBLE"],
      ...["momentum DOUBLE", "dropout DOUBLE", "train_fraction DOUBLE", "augmentation UTF8"],
      ...["batch_size INT32", "dataset UTF8", "loss UTF8", "network UTF8"],
      ...["train_loss DOUBLE", "test_loss DOUBLE"],
      ...["train_accuracy DOUBLE", "test_accuracy DOUBLE", "generalization_gap DOUBLE"],
      ...Array.from({ length: 10 }, (_, label) => `f1_class_${label} DOUBLE`),
      ...["trained_epochs INT32", "diverged BOOLEAN"],
    ]);
  });
});

describe("trainZoo refuses", () => {
  test("images that are not what the specification asks for", async () => {
    const few = { ...options, dataset: noiseData(30), folder: scratch() };
    await expect(trainZoo(smallSpec(), few)).rejects.toThrow(/dataset\.trainImages is 40 .* has 30/);
    const dataset = { ...noiseData(), classNames: ["a", "b"] };
    await expect(trainZoo(smallSpec(), { ...options, dataset, folder: scratch() })).rejects.toThrow(
      /outputs of the last layer\) is 10 .* has 2/,
    );
  });

  test("images of another name: equal keys would not mean equal facts", async () => {
    const dataset = { ...noiseData(), name: "mine" };
    const refused = trainZoo(smallSpec(), { ...options, dataset, folder: scratch() });
    await expect(refused).rejects.toMatchObject({
      code: "zoo/dataset.name",
      message: expect.stringMatching(/trained on "noise" and .* "mine"; put its name into the specification/),
    });
    const posing = { ...dataset, standsInFor: "noise" };
    const alsoRefused = trainZoo(smallSpec(), { ...options, dataset: posing, folder: scratch() });
    await expect(alsoRefused).rejects.toMatchObject({ code: "zoo/dataset.name" });
    // What the loader itself puts in another set's place is welcome.
    const strokes = { ...posing, name: "strokes" };
    const zoo = await trainZoo(smallSpec(), { ...options, dataset: strokes, folder: scratch() });
    expect(zoo.data).toMatchObject({ name: "strokes", standsInFor: "noise" });
  });

  test("images that no model asks for", async () => {
    const refuse = async (given: object, message: RegExp) => {
      const { engine } = options;
      const refused = trainZoo(smallSpec(), { engine, folder: scratch(), ...given });
      await expect(refused).rejects.toMatchObject({
        code: "zoo/dataset",
        message: expect.stringMatching(message),
      });
    };
    const dataset = noiseData();
    const other = { ...dataset, name: "other" };
    await refuse({ datasets: { noise: dataset, other } }, /asks for the data set "other"; it asks for noise/);
    await refuse({ dataset, datasets: { noise: dataset } }, /give its data sets by name/);
  });

  test("an unknown option, an unknown engine, a wrong number of workers", async () => {
    const wrong = { ...options, folder: scratch(), worker: 2 } as object;
    await expect(trainZoo(smallSpec(), wrong)).rejects.toThrow(/no option "worker"/);
    const none = { ...options, engine: fake("noEngine"), folder: scratch() };
    await expect(trainZoo(smallSpec(), none)).rejects.toMatchObject({ code: "zoo/engine" });
    const idle = { ...options, workers: 0, folder: scratch() };
    await expect(trainZoo(smallSpec(), idle)).rejects.toMatchObject({ code: "workers/count" });
  });

  test("a folder that holds another zoo, finished or not, and leaves it alone", async () => {
    const place = await copyOfZoo();
    const before = hashFolder(place);
    const other = smallSpec({ epochs: 2 });
    await expect(trainZoo(other, { ...options, folder: place })).rejects.toMatchObject({
      code: "zoo/another",
    });
    expect(hashFolder(place)).toEqual(before);
    rmSync(join(place, "manifest.json"));
    await expect(trainZoo(other, { ...options, folder: place })).rejects.toMatchObject({
      code: "zoo/another",
    });
  });
});

test("inputs are scaled to 0..1, or to mean 0 and deviation 1 over the training pixels", () => {
  const { train } = noiseData();
  expect(inputScale("unit", { train })).toEqual({ scale: 1 / 255, shift: 0 });
  // Where a data set says what its bytes stand for, "unit" is that; standardising undoes any such scale.
  const pixel = { scale: 1 / 32, shift: -4 };
  // The byte that stands for zero is what comes in where an image is shifted.
  expect(inputScale("unit", { train, pixel })).toEqual({ ...pixel, empty: 128 });
  const standardised = inputScale("standardised", { train });
  expect(inputScale("standardised", { train, pixel })).toEqual({ ...standardised, empty: 128 });
  const { scale, shift } = inputScale("standardised", { train });
  const inputs = Array.from(train.images, (pixel) => pixel * scale + shift);
  const mean = inputs.reduce((a, b) => a + b, 0) / inputs.length;
  expect(mean).toBeCloseTo(0, 10);
  expect(inputs.reduce((a, b) => a + b * b, 0) / inputs.length).toBeCloseTo(1, 10);
  const flat = { ...train, images: new Uint8Array(train.images.length).fill(9) };
  expect(() => inputScale("standardised", { train: flat })).toThrow(/all training pixels are equal/);
});
