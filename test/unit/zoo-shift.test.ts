import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InterruptedError, SpecError } from "#lib/core/errors.js";
import { imageDataset } from "#lib/datasets/own.js";
import type { Dataset } from "#lib/datasets/types.js";
import { zooSetting, zooSummary } from "#lib/experiments/setting.js";
import { specTable } from "#lib/experiments/spec-table.js";
import { describeZoo } from "#lib/zoo/describe.js";
import { descriptionText } from "#lib/zoo/describe-text.js";
import type { ZooFacts } from "#lib/zoo/facts.js";
import { namedZoo } from "#lib/zoo/named.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { openZoo, type TrainedZoo, type Zoo } from "#lib/zoo/store/zoo.js";
import { mergeZoo } from "#lib/zoo/training/merge-zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import type { ZooShift, ZooSpec } from "#lib/zoo/types.js";
import { fake, hashFolder, noiseData, scratch, sharedScratch } from "../helpers/zoo.js";

/** Ten models in three shards, four epochs, with all that a shift must go together with. */
function spec(shift?: ZooShift, changes: Partial<ZooSpec> = {}): ZooSpec {
  const size = { models: 10, epochs: 4, trainImages: 120, testImages: 50 };
  const vary = {
    trainFraction: [0.5, 1],
    augmentation: [
      { shift: 0, flip: false },
      { shift: 1, flip: true },
    ],
  };
  const base = namedZoo("mlp-trajectory", "smoke", { dataset: "strokes", shift, ...size });
  return { ...base, learningRateDecay: 0.9, vary, ...changes };
}

const turned: ZooShift = { afterEpoch: 2, dataset: "strokes+rotate90", trainImages: 80, testImages: 30 };
const plain: TrainedZoo = await trainZoo(spec(), { folder: sharedScratch(), workers: 1 });
const shifted: TrainedZoo = await trainZoo(spec(turned), { folder: sharedScratch(), workers: 1 });

/** Rows of a zoo by whether they come after the shift. */
function part(zoo: Zoo, isAfter: boolean) {
  const { weights, facts } = zoo.select(({ epoch }) => epoch > 2 === isAfter);
  const { shifted: _, ...rest } = facts;
  return { weights: weights.data, facts: rest as ZooFacts };
}

describe("a zoo with a shift", () => {
  test("is up to it the zoo without, to the bit, and another one after it", () => {
    expect(shifted.key).not.toBe(plain.key);
    expect(part(shifted, false)).toEqual(part(plain, false));
    const [after, otherwise] = [part(shifted, true), part(plain, true)];
    const { cols } = plain.weights;
    for (let row = 0; row < 20; row++) {
      expect(after.weights.slice(row * cols, (row + 1) * cols)).not.toEqual(
        otherwise.weights.slice(row * cols, (row + 1) * cols),
      );
    }
    expect(after.weights.every(Number.isFinite)).toBe(true);
  });

  test("to the same data set, by its name or another, changes no bit of the weights", async () => {
    for (const dataset of ["strokes", "strokes+rotate0"]) {
      const same = await trainZoo(spec({ afterEpoch: 2, dataset }), { folder: scratch(), workers: 1 });
      expect(same.weights.data).toEqual(plain.weights.data);
      expect(same.facts.test_loss).toEqual(plain.facts.test_loss);
      expect(same.key).not.toBe(plain.key);
    }
  });

  test("says in its facts which rows come after it, and on what they were trained", () => {
    expect("shifted" in plain.facts).toBe(false);
    const { epoch, dataset, learning_rate: rate } = shifted.facts;
    expect(shifted.facts.shifted).toEqual(Array.from(epoch, (value) => value > 2));
    expect(dataset).toEqual(Array.from(epoch, (value) => (value > 2 ? "strokes+rotate90" : "strokes")));
    expect(new Set(rate)).toEqual(new Set([0.03]));
  });

  test("says it in its descriptions", () => {
    const described = describeZoo(shifted);
    expect(described.shift).toEqual({
      afterEpoch: 2,
      dataset: "strokes+rotate90",
      standsInFor: null,
      trainImages: 80,
      testImages: 30,
      learningRate: null,
    });
    expect(described.dataset).toBe("strokes");
    expect(described.varies.map(({ column }) => column)).toEqual(["train_fraction", "augmentation"]);
    expect(descriptionText(described)).toContain(
      "shift     after epoch 2: strokes+rotate90; 80 training and 30 test images",
    );
    expect(descriptionText(describeZoo(plain))).not.toContain("shift     ");
    // A loss that exploded does not run into the next number.
    const { last } = describeZoo(plain);
    const exploded = { ...last, train_loss: { min: 0.5, median: 2.0996, mean: 1.3e39, max: 1.9e42 } };
    expect(descriptionText({ ...describeZoo(plain), last: exploded })).toContain(
      "2.1  1.300e+39  1.900e+42\n",
    );
    expect(describeZoo(plain).shift).toBeNull();
    const words = "strokes+rotate90 after epoch 2";
    expect(zooSetting(shifted)).toBe(`10 models x 4 epochs, strokes, 120 images, ${words}`);
    expect(zooSummary(shifted)["trained on"]).toBe(`strokes, ${words}`);
    expect(zooSummary(plain)["trained on"]).toBe("strokes");
    const row = specTable([shifted.spec]).find(({ setting }) => setting === "shift");
    expect(row?.[shifted.spec.name]).toBe(words);
    expect(specTable([plain.spec]).some(({ setting }) => setting === "shift")).toBe(false);
  });

  test("names all its data, each with its hash", async () => {
    const { data } = shifted;
    expect(data.name).toBe("strokes");
    expect(data.sets).toEqual([plain.data]);
    expect(data.shift?.name).toBe("strokes+rotate90");
    expect(new Set([data.hash, data.shift?.hash, plain.data.hash]).size).toBe(3);
    expect((await openZoo(shifted.folder)).data).toEqual(data);
  });

  test("has equal bits from one and two workers, from shares, and after shards were lost", async () => {
    const whole = hashFolder(shifted.folder);
    const folder = scratch();
    await trainZoo(spec(turned), { folder, workers: 2 });
    expect(hashFolder(folder)).toEqual(whole);
    const shares = scratch();
    for (const index of [2, 1]) {
      await trainZoo(spec(turned), { folder: shares, workers: 1, shard: { index, count: 2 } });
    }
    await mergeZoo(shares);
    expect(hashFolder(shares)).toEqual(whole);
    rmSync(join(folder, "manifest.json"));
    rmSync(join(folder, "shards/00001.safetensors"));
    await trainZoo(spec(turned), { folder, workers: 1 });
    expect(hashFolder(folder)).toEqual(whole);
    expect((await verifyZoo(folder)).ok).toBe(true);
  });

  test("resumes after an abort to equal bits", async () => {
    const folder = scratch();
    const stop = new AbortController();
    const one = { index: 1, count: 3 };
    await trainZoo(spec(turned), { folder, workers: 1, shard: one });
    const onProgress = ({ unit }: { unit: string }) => {
      // The first report: one shard is there, and another one on its way.
      if (unit === "model-epochs") stop.abort();
    };
    const training = trainZoo(spec(turned), { folder, workers: 1, signal: stop.signal, onProgress });
    await expect(training).rejects.toBeInstanceOf(InterruptedError);
    const { shards } = await verifyZoo(folder);
    expect(shards.map(({ state }) => state)).toEqual(["ok", "missing", "missing"]);
    await trainZoo(spec(turned), { folder, workers: 1 });
    expect(hashFolder(folder)).toEqual(hashFolder(shifted.folder));
  });

  test("of the learning rate states it in its rows", async () => {
    const zoo = await trainZoo(spec({ afterEpoch: 2, learningRate: 0.01 }), {
      folder: scratch(),
      workers: 1,
    });
    const { epoch, learning_rate: rate, dataset } = zoo.facts;
    expect([...rate]).toEqual(Array.from(epoch, (value) => (value > 2 ? 0.01 : 0.03)));
    expect(new Set(dataset)).toEqual(new Set(["strokes"]));
    expect(zoo.data).toEqual(plain.data);
    expect(part(zoo, false)).toEqual(part(plain, false));
    expect(part(zoo, true).weights).not.toEqual(part(plain, true).weights);
    expect(zooSetting(zoo)).toContain("120 images, learning rate 0.01 after epoch 2");
    expect(descriptionText(describeZoo(zoo))).toContain("after epoch 2: learning rate 0.01\n");
  });
});

describe("images of one's own after a shift", () => {
  const small = (shift: ZooShift) => {
    const size = { models: 2, epochs: 3, trainImages: 40, testImages: 20 };
    return namedZoo("mlp-trajectory", "smoke", { dataset: "noise", shift, ...size });
  };
  const train = (shift: ZooShift, later: Dataset, folder = scratch()) =>
    trainZoo(small(shift), { datasets: { noise: noiseData(), other: later }, engine: fake(), folder });
  const other = { ...noiseData(30, 10), name: "other" };
  const shift: ZooShift = { afterEpoch: 1, dataset: "other", trainImages: 30, testImages: 10 };

  test("are given by name", async () => {
    const zoo = await train(shift, other);
    expect(zoo.facts.dataset).toEqual(["noise", "other", "other", "noise", "other", "other"]);
    expect(zoo.data.shift).toEqual({ name: "other", hash: other.hash });
    const one = trainZoo(small(shift), { dataset: noiseData(), engine: fake(), folder: scratch() });
    await expect(one).rejects.toThrow(/trained on noise, other, and dataset gives one for all/);
  });

  test("that stand in for others say so", async () => {
    const named = { ...shift, dataset: "mnist+rotate90" };
    const standIn = { ...other, name: "strokes+rotate90", standsInFor: "mnist+rotate90" };
    const zoo = await trainZoo(small(named), {
      datasets: { noise: noiseData(), "mnist+rotate90": standIn },
      engine: fake(),
      folder: scratch(),
    });
    expect(zoo.facts.dataset.slice(0, 2)).toEqual(["noise", "strokes+rotate90"]);
    expect(zooSetting(zoo)).toContain("strokes+rotate90 in place of mnist+rotate90 after epoch 1");
    expect(descriptionText(describeZoo(zoo))).toContain("strokes+rotate90, in place of mnist+rotate90; 30");
  });

  test.each<[string, Partial<ZooShift>, Dataset, RegExp]>([
    ["shift.trainImages", { trainImages: 31 }, other, /shift.trainImages is 31 and .* has 30/],
    ["shift.testImages", { testImages: 9 }, other, /shift.testImages is 9 and .* has 10/],
    [
      "dataset.size",
      {},
      { ...other, train: { ...other.train, height: 7, width: 28 } },
      /dataset.size is 14 and the data set "other" of the shift has 7/,
    ],
    [
      "shift.dataset",
      {},
      { ...other, classNames: Array.from({ length: 11 }, String) },
      /has 11 classes and the network 10 outputs/,
    ],
    ["shift.dataset", {}, { ...other, pixel: { scale: 1, shift: 0 } }, /bytes stand for other values/],
  ])("are refused by the field: %s", async (field, change, later, message) => {
    const training = train({ ...shift, ...change }, later);
    await expect(training).rejects.toThrow(message);
    await expect(training).rejects.toBeInstanceOf(SpecError);
    await expect(training).rejects.toMatchObject({ code: `zoo/${field}` });
  });

  test("may have fewer classes than the network has outputs", async () => {
    const { train: own, test: tests } = noiseData(30, 10);
    const three = { size: 14, classNames: ["a", "b", "c"], name: "other" };
    const mod = (labels: Uint8Array) => labels.map((label) => label % 3);
    const later = imageDataset({
      ...three,
      train: { images: own.images, labels: mod(own.labels) },
      test: { images: tests.images, labels: mod(tests.labels) },
    });
    expect((await train(shift, later)).data.shift?.hash).toBe(later.hash);
  });

  test("that cannot be loaded are refused before anything is trained", async () => {
    const load = (dataset: string, trainImages: number) =>
      trainZoo(small({ afterEpoch: 1, dataset, trainImages }), { dataset: noiseData(), folder: scratch() });
    const given = (dataset: string, trainImages: number) =>
      trainZoo(small({ afterEpoch: 1, dataset, trainImages }), {
        datasets: { noise: noiseData() },
        folder: scratch(),
      });
    await expect(load("strokes", 40)).rejects.toMatchObject({ code: "zoo/dataset" });
    await expect(given("strokes+blur3", 40)).rejects.toMatchObject({ code: "data/change" });
    await expect(given("smokes+rotate3", 40)).rejects.toMatchObject({ code: "data/unknown" });
    const more = given("tetris+classes0-1", 40);
    await expect(more).rejects.toMatchObject({ code: "zoo/dataset.size" });
    const many = given("strokes", 60001);
    await expect(many).rejects.toMatchObject({ code: "zoo/shift.trainImages" });
    await expect(many).rejects.toThrow(/shift.trainImages: trainImages is 60001, but strokes has 1 to 60000/);
  });
});
