import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { writeAtlas } from "#lib/atlas/index.js";
import { windowedHistogram } from "#lib/core/numeric/windowed-histogram.js";
import { RandomStream } from "#lib/core/random.js";
import { atlasOfZoo } from "#lib/experiments/zoo-atlas.js";
import { namedZoo } from "#lib/zoo/named.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import type { TrainedZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { madeZoo } from "../helpers/made-zoo.js";
import { fake, noiseData, scratch, sharedScratch } from "../helpers/zoo.js";

const spec = namedZoo("nws", "smoke", { models: 12, epochs: 2, trainImages: 200, testImages: 20 });
const names = [...new Set(zooModels(spec).map(({ dataset }) => dataset))];
const datasets = Object.fromEntries(
  names.map((name, index) => [name, { ...noiseData(200, 20), name, hash: String(index).repeat(64) }]),
);
const rng = () => RandomStream.fromSeed(1);

describe("the atlas of a zoo whose networks differ in shape", () => {
  let zoo: TrainedZoo;
  beforeAll(async () => {
    zoo = await trainZoo(spec, { datasets, engine: fake(), workers: 2, folder: sharedScratch() });
  });

  test("has a point and a descriptor a model, of its last checkpoint, and the facts that differ", async () => {
    const atlas = await atlasOfZoo(zoo, { rng: rng(), windows: 8, bins: 6, range: [-3, 3] });
    expect(atlas.names).toEqual(Array.from({ length: 12 }, (_, model) => `model ${model}`));
    const last = zoo.rowsWhere((row) => row.model === 5).at(-1)!;
    const wanted = windowedHistogram(zoo.weightsOf(last), { windows: 8, bins: 6, range: [-3, 3] });
    expect(atlas.descriptors.data.subarray(5 * 48, 6 * 48)).toEqual(wanted);
    expect(atlas).toMatchObject({ title: "nws", color: "test_accuracy", normalizeBy: "dataset" });
    expect(Object.keys(atlas.columns)).toEqual(
      expect.arrayContaining(["init", "optimizer", "test_accuracy"]),
    );
    expect(Object.keys(atlas.columns)).not.toContain("epoch");
    expect(atlas.embeddings["UMAP of descriptors"]).toHaveLength(24);
    const again = await atlasOfZoo(zoo, { rng: rng(), windows: 8, bins: 6, range: [-3, 3] });
    expect(again).toEqual(atlas);
    expect((await writeAtlas(atlas, join(scratch(), "atlas.html"))).models).toBe(12);
  });

  test("can have a point a checkpoint", async () => {
    const atlas = await atlasOfZoo(zoo, {
      rng: rng(),
      windows: 4,
      bins: 4,
      checkpoints: "all",
      neighbors: 4,
    });
    expect(atlas.names).toHaveLength(zoo.facts.model.length);
    expect(atlas.names[1]).toMatch(/^model 0, epoch \d$/);
    expect(Object.keys(atlas.columns)).toEqual(expect.arrayContaining(["model", "epoch"]));
  });

  test("is refused with a clear sentence: columns that are not there, options that are misspelt", async () => {
    await expect(atlasOfZoo(zoo, { rng: rng(), color: "loss_of_hope" })).rejects.toMatchObject({
      code: "atlas/column",
      message: expect.stringMatching(/^nws has no column "loss_of_hope"; it has model, epoch, seed/),
    });
    await expect(atlasOfZoo(zoo, { rng: rng(), normalizeBy: "set" })).rejects.toMatchObject({
      code: "atlas/column",
    });
    const misspelt = { rng: rng(), colour: "init" };
    await expect(atlasOfZoo(zoo, misspelt)).rejects.toMatchObject({ code: "options/unknown" });
  });

  test("is written by weightbook atlas", () => {
    const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
    const atlas = (...args: string[]) =>
      spawnSync(process.execPath, [cli, "atlas", zoo.folder, ...args], { encoding: "utf8" });
    const out = join(scratch(), "deep", "atlas.html");
    const { status, stdout } = atlas(
      "--out",
      out,
      "--colour",
      "init",
      "--windows",
      "8",
      "--bins",
      "8",
      "--json",
    );
    expect(status).toBe(0);
    const html = readFileSync(out, "utf8");
    expect(JSON.parse(stdout)).toEqual({ file: out, models: 12, bytes: Buffer.byteLength(html) });
    const refused = atlas("--colour", "none");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^(.*\n)?weightbook: nws has no column "none"; it has/);
    expect(atlas("--windows", "many").status).toBe(2);
  });
});

describe("models that cannot be described", () => {
  const row = (start: number, length = 40) => Array.from({ length }, (_, i) => start + 0.01 * i);

  test("are left out and counted when their weights are not finite", async () => {
    const models = [1, 2, 3, 4, 5].map((start) => ({ rows: [row(start / 5)] }));
    const sick = { rows: [[...row(0, 39), Number.NaN]], isDiverged: true };
    const zoo = await madeZoo([...models, sick]);
    const atlas = await atlasOfZoo(zoo, { rng: rng(), windows: 4, bins: 4, neighbors: 3 });
    expect(atlas.names).toHaveLength(5);
    expect(atlas.description).toMatch(/1 whose weights are not finite are left out\./);
    const all = await madeZoo([sick, sick]);
    await expect(atlasOfZoo(all, { rng: rng() })).rejects.toMatchObject({ code: "atlas/empty" });
  });

  test("stop it when they have fewer weights than windows", async () => {
    const zoo = await madeZoo([1, 2, 3, 4].map((start) => ({ rows: [row(start, 20)] })));
    await expect(atlasOfZoo(zoo, { rng: rng() })).rejects.toThrow(/20 weights cannot be cut into 32 windows/);
  });

  test("an abort stops it", async () => {
    const zoo = await madeZoo([1, 2, 3, 4].map((start) => ({ rows: [row(start)] })));
    const signal = AbortSignal.abort();
    await expect(atlasOfZoo(zoo, { rng: rng(), signal })).rejects.toMatchObject({ code: "interrupted" });
  });
});
