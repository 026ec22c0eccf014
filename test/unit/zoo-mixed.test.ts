import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { weightLayout } from "#lib/networks/layout.js";
import { describeZoo } from "#lib/zoo/describe.js";
import { namedZoo } from "#lib/zoo/named.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import { identityMetadata } from "#lib/zoo/store/identity.js";
import { specLayouts } from "#lib/zoo/store/layouts.js";
import { modelRows, rowTensors } from "#lib/zoo/store/rows.js";
import { encodeHeader, readFloat32, readHeader } from "#lib/zoo/store/safetensors.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import type { TrainedZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import type { ZooSpec } from "#lib/zoo/types.js";
import { fake, hashFolder, noiseData, scratch, sharedScratch } from "../helpers/zoo.js";

const spec: ZooSpec = namedZoo("nws", "smoke", { models: 10, epochs: 2, trainImages: 200, testImages: 20 });
const names = [...new Set(zooModels(spec).map(({ dataset }) => dataset))];
const datasets = Object.fromEntries(
  names.map((name, index) => [name, { ...noiseData(200, 20), name, hash: String(index).repeat(64) }]),
);
const options = { datasets, engine: fake(), workers: 2 };

/** First weights of a row as the fake engine makes them. */
function expected(zoo: TrainedZoo, row: number, count: number): Float32Array {
  const rng = RandomStream.fromSeed(zoo.facts.seed[row]).split("fake", zoo.facts.epoch[row]);
  return Float32Array.from({ length: count }, () => rng.normal());
}

describe("a zoo of networks of several shapes", () => {
  let zoo: TrainedZoo;
  beforeAll(async () => {
    zoo = await trainZoo(spec, { ...options, folder: sharedScratch() });
  });

  test("knows the layout of each model, and the weights of each checkpoint", () => {
    expect(zoo.isMixed).toBe(true);
    zooModels(spec).forEach(({ model, network }) => {
      expect(zoo.layoutOf(model)).toEqual(weightLayout(network));
    });
    const sizes = new Set(zooModels(spec).map(({ network }) => weightLayout(network).parameters));
    expect(sizes.size).toBeGreaterThan(1);
    zoo.facts.model.forEach((model, row) => {
      const vector = zoo.weightsOf(row);
      expect(vector).toHaveLength(zoo.layoutOf(model).parameters);
      expect(vector.subarray(0, 9)).toEqual(expected(zoo, row, 9));
    });
  });

  test("streams its vectors in order, and selects rows of one network", async () => {
    let next = 0;
    for await (const { row, vector } of zoo.vectors()) {
      expect(row).toBe(next++);
      expect(vector).toEqual(zoo.weightsOf(row));
    }
    expect(next).toBe(zoo.facts.model.length);
    const { weights, facts } = zoo.select((row) => row.model === 5);
    expect(weights.cols).toBe(zoo.layoutOf(5).parameters);
    expect(weights.data.subarray(weights.cols)).toEqual(zoo.weightsOf(11));
    expect([...facts.epoch]).toEqual([1, 2]);
  });

  test("has no matrix: what needs one says so, and what to use", async () => {
    const refusal = (way: RegExp) =>
      expect.objectContaining({ code: "zoo/mixed", message: expect.stringMatching(way) });
    expect(() => zoo.layout).toThrow(refusal(/zoo\.layoutOf\(model\)/));
    expect(() => zoo.weights).toThrow(refusal(/zoo\.vectors\(\)/));
    expect(() => zoo.select([0, 19])).toThrow(refusal(/differ in their networks/));
    await expect(zoo.chunks()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "zoo/mixed" });
    expect(() => zoo.weightsOf(20)).toThrow(/no row 20 .* 0 to 19/);
    expect(() => zoo.layoutOf(-1)).toThrow(/no model -1 .* 0 to 9/);
  });

  test("has a tensor a checkpoint in its files, and each layout once", () => {
    const path = join(zoo.folder, "weights.safetensors");
    const { tensors, metadata } = readHeader(path);
    expect(tensors.map(({ name }) => name).slice(0, 3)).toEqual([
      "weights/0/1",
      "weights/0/2",
      "weights/1/1",
    ]);
    expect(readFloat32(path, "weights/7/2").data).toEqual(zoo.weightsOf(15));
    const layouts = JSON.parse(metadata.layouts) as unknown[];
    const byModel = JSON.parse(metadata.layout_of_model) as number[];
    expect(new Set(layouts.map((layout) => JSON.stringify(layout))).size).toBe(layouts.length);
    byModel.forEach((place, model) => {
      expect(layouts[place]).toEqual(zoo.layoutOf(model).tensors);
    });
    const shard = readHeader(join(zoo.folder, "shards/00002.safetensors"));
    expect(shard.tensors.map(({ name }) => name)).toEqual([
      "weights/8/1",
      "weights/8/2",
      "weights/9/1",
      "weights/9/2",
    ]);
    expect(JSON.parse(shard.metadata.layout_of_model)).toEqual([0, 0]);
  });

  test("names every data set that it was trained on, and hashes them all", async () => {
    expect(names.length).toBeGreaterThan(1);
    expect(zoo.data.name).toBe(names.join(" + "));
    expect(zoo.data.sets?.map(({ hash }) => hash)).toEqual(names.map((name) => datasets[name].hash));
    zoo.facts.model.forEach((model, row) => {
      expect(zoo.facts.dataset[row]).toBe(zooModels(spec)[model].dataset);
    });
    const changed = { ...datasets, [names[1]]: { ...datasets[names[1]], hash: "f".repeat(64) } };
    const other = await trainZoo(spec, { ...options, datasets: changed, folder: scratch() });
    expect(other.key).not.toBe(zoo.key);
    const one = trainZoo(spec, { engine: fake(), dataset: datasets[names[0]], folder: scratch() });
    await expect(one).rejects.toMatchObject({
      code: "zoo/dataset",
      message: expect.stringContaining(`trained on ${names.join(", ")}, and dataset gives one for all`),
    });
  });

  test("is whole, described, and equal to the bit from shares and one worker", async () => {
    expect(await verifyZoo(zoo.folder)).toMatchObject({ ok: true });
    const weights = zooModels(spec).map(({ network }) => weightLayout(network).parameters);
    expect(describeZoo(zoo)).toMatchObject({
      parameters: Math.max(...weights),
      fewestParameters: Math.min(...weights),
      checkpoints: 20,
    });
    const folder = scratch();
    await trainZoo(spec, { ...options, workers: 1, folder, shard: { index: 2, count: 2 } });
    await trainZoo(spec, { ...options, workers: 1, folder });
    expect(hashFolder(folder)).toEqual(hashFolder(zoo.folder));
  });
});

test("the header of 400 models with 8 checkpoints is smaller than half a megabyte", () => {
  const named = namedZoo("nws", "laptop", { models: 400, epochs: 8 });
  const large: ZooSpec = { ...named, checkpoints: "every-epoch" };
  const layouts = specLayouts(large);
  const models = [0, large.models - 1] as const;
  const tensors = rowTensors(layouts, modelRows(large, models));
  expect(tensors).toHaveLength(400 * 8);
  const hash = "0".repeat(64);
  const identity = { spec: large, key: hash, data: { name: "mnist", hash }, engine: "lanes-2-fma", layouts };
  expect(encodeHeader(tensors, identityMetadata(identity, models)).length).toBeLessThan(500_000);
});
