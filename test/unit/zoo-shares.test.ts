import { readdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StoreError } from "#lib/core/errors.js";
import type { Progress } from "#lib/core/progress.js";
import { listNamedZoos, namedZoo } from "#lib/zoo/named.js";
import { specLayouts } from "#lib/zoo/store/layouts.js";
import { planShards, sharedShards } from "#lib/zoo/store/plan.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { mergeZoo } from "#lib/zoo/training/merge-zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { copyOfZoo, fake, finishedZoo, hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const spec = smallSpec();
const options = { dataset: noiseData(), engine: fake(), workers: 2 };
const plan = (zoo: typeof spec) => planShards(zoo, specLayouts(zoo));

describe("shards", () => {
  test("are whole groups of four, one behind the other, enough of them for 64 cores and few enough for a folder", () => {
    for (const { name } of listNamedZoos()) {
      for (const zoo of [namedZoo(name, "quick"), namedZoo(name, "laptop")]) {
        const shards = plan(zoo);
        shards.forEach(({ index, from, to }, place) => {
          expect(index).toBe(place);
          expect(from % 4).toBe(0);
          expect(from).toBe(place === 0 ? 0 : shards[place - 1].to + 1);
          expect(to - from).toBeLessThan(64);
        });
        expect(shards.at(-1)?.to).toBe(zoo.models - 1);
        expect(shards.length).toBeGreaterThanOrEqual(Math.min(64, Math.ceil(zoo.models / 4)));
        // The largest here are 1,440 models of nws.
        expect(shards.length).toBeLessThanOrEqual(360);
      }
    }
  });

  test("of tiny networks hold about 1 MiB of weights; of others, four models", () => {
    const sizes = (zoo: typeof spec) => new Set(plan(zoo).map(({ from, to }) => to - from + 1));
    // 100 weights x 75 checkpoints x 4 bytes: 32 models are 0.92 MiB; 3,600 models end with 16.
    expect([...sizes(namedZoo("tetris-hyp", "paper"))]).toEqual([32, 16]);
    expect([...sizes(namedZoo("mnist-hyp", "laptop"))]).toEqual([4]);
    // A model that is trained for long is not kept waiting for others, however little is kept of it.
    const long = { ...namedZoo("mlp-trajectory", "paper", { models: 4000 }), checkpoints: [50] };
    expect([...sizes(long)]).toEqual([4]);
  });

  test("are dealt out in turn, all of them, none twice", () => {
    const shards = plan(namedZoo("tetris-hyp", "quick"));
    const shares = [1, 2, 3, 4, 5, 6, 7].map((index) => sharedShards(shards, { index, count: 7 }));
    expect(shares[1].slice(0, 3).map(({ index }) => index)).toEqual([1, 8, 15]);
    expect(
      shares
        .flat()
        .map(({ index }) => index)
        .sort((a, b) => a - b),
    ).toEqual(shards.map(({ index }) => index));
    expect(Math.max(...shares.map(({ length }) => length))).toBe(Math.ceil(shards.length / 7));
    for (const share of [
      { index: 0, count: 2 },
      { index: 3, count: 2 },
      { index: 1.5, count: 2 },
    ]) {
      expect(() => sharedShards(shards, share)).toThrow(/cannot be; give i\/n with i from 1 to n/);
    }
  });
});

test("a model is the same to the bit, whatever else its shard holds", async () => {
  // 600 models make shards of eight, which a worker trains as one run; 12 models make shards of four.
  const zoos = [600, 12].map((models) => namedZoo("tetris-hyp", "quick", { models, epochs: 3 }));
  expect(zoos.map((zoo) => plan(zoo)[0].to)).toEqual([7, 3]);
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => void seen.push(progress);
  const many = await trainZoo(zoos[0], { folder: scratch(), workers: 2, onProgress });
  expect(seen.at(-1)).toMatchObject({ done: 1800, total: 1800 });
  seen.reduce((before, { label, done }) => {
    if (label.startsWith("training")) expect(done).toBeGreaterThanOrEqual(before);
    return label.startsWith("training") ? done : before;
  }, 0);
  const setting = ["seed", "activation", "init", "learning_rate"] as const;
  const few = await trainZoo(zoos[1], { folder: scratch(), workers: 2 });
  let shared = 0;
  for (const row of few.rowsWhere(({ epoch }) => epoch === 3)) {
    const [same] = many.rowsWhere(
      (other) => other.epoch === 3 && setting.every((name) => other[name] === few.facts[name][row]),
    );
    if (same === undefined) continue;
    shared++;
    expect(many.weightsOf(same)).toEqual(few.weightsOf(row));
  }
  expect(shared).toBeGreaterThan(5);
});

describe("a zoo trained in shares", () => {
  test("and merged is to the bit what is trained at once; merging again changes nothing", async () => {
    const folder = scratch();
    const seen: Progress[] = [];
    for (const index of [3, 1, 2]) {
      const onProgress = (progress: Progress) => void seen.push(progress);
      const share = await trainZoo(spec, { ...options, folder, onProgress, shard: { index, count: 3 } });
      expect(share).toMatchObject({ name: spec.name, folder, shards: 1, allShards: 3 });
    }
    expect(seen.filter(({ done, total }) => done === total).map(({ total }) => total)).toEqual([6, 12, 12]);
    expect(readdirSync(folder)).toEqual(["shards"]);
    const zoo = await mergeZoo(folder);
    const whole = hashFolder(await finishedZoo());
    expect(hashFolder(folder)).toEqual(whole);
    const { dataset, engine } = options;
    expect((await mergeZoo(spec, { dataset, engine, folder })).key).toBe(zoo.key);
    expect(hashFolder(folder)).toEqual(whole);
  });

  test("has shares without a shard where there are more tasks than shards", async () => {
    const shard = { index: 9, count: 12 };
    expect(await trainZoo(spec, { ...options, folder: scratch(), shard })).toMatchObject({ shards: 0 });
  });

  test("is not merged while shards are missing or damaged: they are named, with what to run", async () => {
    const folder = await copyOfZoo();
    for (const file of ["manifest.json", "weights.safetensors", "shards/00000.safetensors"]) {
      rmSync(join(folder, file));
    }
    truncateSync(join(folder, "shards/00002.safetensors"), 500);
    const failure = (await mergeZoo(folder).catch((cause: unknown) => cause)) as StoreError;
    expect(failure).toMatchObject({
      code: "zoo/incomplete",
      value: [
        { shard: 0, state: "missing" },
        { shard: 2, state: "truncated" },
      ],
    });
    expect(failure.message).toMatch(/of the 3 shards .* 1 missing \(0\) and 1 damaged \(2\); train them/);
    for (const index of [1, 3]) await trainZoo(spec, { ...options, folder, shard: { index, count: 3 } });
    await mergeZoo(folder);
    expect(hashFolder(folder)).toEqual(hashFolder(await finishedZoo()));
  });

  test("by machines of different kinds is refused, in one folder or in two beside each other", async () => {
    const around = scratch();
    const [folder, other] = [join(around, "a"), join(around, "b")];
    const fma = { ...options, engine: fake("fakeFma") };
    await trainZoo(spec, { ...options, folder, shard: { index: 1, count: 2 } });
    await trainZoo(spec, { ...fma, folder: other, shard: { index: 2, count: 2 } });
    const refusal = { code: "zoo/machines", message: expect.stringContaining("WEIGHTBOOK_SIMD=plain") };
    await expect(mergeZoo(folder)).rejects.toMatchObject(refusal);
    await trainZoo(spec, { ...fma, folder, shard: { index: 2, count: 2 } });
    await expect(mergeZoo(folder)).rejects.toMatchObject(refusal);
    await expect(trainZoo(spec, { ...options, folder })).rejects.toMatchObject(refusal);
    const before = hashFolder(folder);
    await expect(trainZoo(spec, { ...fma, folder, shard: { index: 1, count: 2 } })).rejects.toMatchObject(
      refusal,
    );
    expect(hashFolder(folder)).toEqual(before);
  });

  test("is told what is missing, not of machines, beside another machine's zoo that is whole or lacks the same", async () => {
    const around = scratch();
    const [folder, other] = [join(around, "a"), join(around, "b")];
    const fma = { ...options, engine: fake("fakeFma"), folder: other };
    const first = { index: 1, count: 2 };
    await trainZoo(spec, { ...options, folder, shard: first });
    await trainZoo(spec, { ...fma, shard: first });
    await expect(mergeZoo(folder)).rejects.toMatchObject({ code: "zoo/incomplete" });
    await trainZoo(spec, fma);
    await expect(mergeZoo(folder)).rejects.toMatchObject({ code: "zoo/incomplete" });
  });

  test("of a folder without shards, or of another zoo, is refused", async () => {
    await expect(mergeZoo(scratch())).rejects.toMatchObject({ code: "zoo/none" });
    const folder = await finishedZoo();
    const other = smallSpec({ epochs: 2 });
    const shard = { index: 1, count: 2 };
    await expect(trainZoo(other, { ...options, folder, shard })).rejects.toMatchObject({
      code: "zoo/another",
    });
    const { dataset, engine } = options;
    await expect(mergeZoo(other, { dataset, engine, folder })).rejects.toMatchObject({ code: "zoo/another" });
    expect((await openZoo(folder)).models).toBe(10);
  });
});
