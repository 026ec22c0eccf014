import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StoreError } from "#lib/core/errors.js";
import { canonicalJson, sha256 } from "#lib/core/hash.js";
import type { Progress } from "#lib/core/progress.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { copyOfZoo, fake, hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const spec = smallSpec();
const options = { dataset: noiseData(), engine: fake(), workers: 2 };

function flip(path: string, position: number, mask = 0x10): void {
  const bytes = readFileSync(path);
  bytes[position] ^= mask;
  writeFileSync(path, bytes);
}

const files = [
  "manifest.json",
  "checkpoints.parquet",
  "weights.safetensors",
  "shards/00000.parquet",
  "shards/00002.safetensors",
];

describe("a flipped byte", () => {
  test.each(files)("in %s is found wherever it is, and repaired to equal bits", async (file) => {
    const folder = await copyOfZoo();
    const whole = hashFolder(folder);
    const length = readFileSync(join(folder, file)).length;
    for (const position of [0, 9, length >> 1, length - 1]) {
      flip(join(folder, file), position);
      const failure = await openZoo(folder).catch((cause: unknown) => cause);
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure).toMatchObject({ code: "zoo/damaged", value: file });
      expect((failure as StoreError).message).toContain(join(folder, file));
      expect((failure as StoreError).message).toContain("run the same training again");
      const report = await verifyZoo(folder);
      expect(report.ok).toBe(false);
      const faults = [...report.shards, ...report.files].filter(({ state }) => state === "altered");
      expect(faults.map((fault) => fault.file)).toEqual([file]);
      flip(join(folder, file), position);
    }
    flip(join(folder, file), length >> 1);
    await trainZoo(spec, { ...options, folder });
    expect(hashFolder(folder)).toEqual(whole);
  });

  test("anywhere in a shard of an unfinished zoo is found without a manifest", async () => {
    const folder = await copyOfZoo();
    for (const file of ["manifest.json", "weights.safetensors", "checkpoints.parquet"])
      rmSync(join(folder, file));
    expect((await verifyZoo(folder)).shards.map(({ state }) => state)).toEqual(["ok", "ok", "ok"]);
    const sizes = ["safetensors", "parquet"].map((kind) => {
      const path = join(folder, `shards/00001.${kind}`);
      return { path, length: readFileSync(path).length };
    });
    const spot = fc.record({
      file: fc.constantFrom(...sizes),
      // Half of the flips fall into the header, where a byte matters most.
      part: fc.oneof(
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        fc.double({ min: 0, max: 0.03, noNaN: true }),
      ),
      bit: fc.nat({ max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(spot, async ({ file, part, bit }) => {
        const position = Math.floor(part * file.length);
        flip(file.path, position, 1 << bit);
        try {
          const [first, second, third] = (await verifyZoo(folder)).shards;
          expect([first.state, third.state]).toEqual(["ok", "ok"]);
          expect(second.state).not.toBe("ok");
          expect(file.path.endsWith(second.file ?? "?")).toBe(true);
        } finally {
          flip(file.path, position, 1 << bit);
        }
      }),
      { numRuns: 80 },
    );
  });
});

describe("a zoo with", () => {
  test("a missing shard says so, and only that shard is trained again", async () => {
    const folder = await copyOfZoo();
    const whole = hashFolder(folder);
    rmSync(join(folder, "shards/00001.safetensors"));
    await expect(openZoo(folder)).rejects.toThrow(/00001\.safetensors: it is missing/);
    expect((await verifyZoo(folder)).shards[1]).toMatchObject({
      state: "missing",
      file: "shards/00001.safetensors",
    });
    const seen: Progress[] = [];
    await trainZoo(spec, { ...options, folder, onProgress: (progress) => seen.push(progress) });
    expect(seen[0].done).toBeGreaterThan(6 * 3);
    expect(seen.at(-1)).toMatchObject({ done: 30, total: 30 });
    expect(hashFolder(folder)).toEqual(whole);
  });

  test.each([0, 100, 40000])("a shard cut to %i bytes trains it again", async (length) => {
    const folder = await copyOfZoo();
    const whole = hashFolder(folder);
    rmSync(join(folder, "manifest.json"));
    truncateSync(join(folder, "shards/00000.safetensors"), length);
    expect((await verifyZoo(folder)).shards[0]).toMatchObject({ state: "truncated" });
    await trainZoo(spec, { ...options, folder });
    expect(hashFolder(folder)).toEqual(whole);
  });

  test("a cut table, a missing merged file, or no manifest is completed", async () => {
    const folder = await copyOfZoo();
    const whole = hashFolder(folder);
    truncateSync(join(folder, "shards/00002.parquet"), 50);
    rmSync(join(folder, "weights.safetensors"));
    await expect(openZoo(folder)).rejects.toMatchObject({ code: "zoo/damaged" });
    await trainZoo(spec, { ...options, folder });
    expect(hashFolder(folder)).toEqual(whole);
    rmSync(join(folder, "manifest.json"));
    await expect(openZoo(folder)).rejects.toMatchObject({ code: "zoo/none" });
    // Nothing is missing that needs training: an engine that cannot train does.
    await trainZoo(spec, { ...options, engine: fake("fakeBroken"), folder });
    expect(hashFolder(folder)).toEqual(whole);
  });

  test("shards put in each other's place is found", async () => {
    const folder = await copyOfZoo();
    for (const kind of ["safetensors", "parquet"]) {
      cpSync(join(folder, `shards/00000.${kind}`), join(folder, `shards/00001.${kind}`));
    }
    rmSync(join(folder, "manifest.json"));
    expect((await verifyZoo(folder)).shards.map(({ state }) => state)).toEqual(["ok", "altered", "ok"]);
  });

  test("nothing in it is no zoo", async () => {
    const folder = scratch();
    await expect(openZoo(folder)).rejects.toMatchObject({ code: "zoo/none" });
    await expect(verifyZoo(folder)).rejects.toMatchObject({ code: "zoo/none" });
  });

  test("a format of another version is not touched", async () => {
    const folder = await copyOfZoo();
    const path = join(folder, "manifest.json");
    const content = { ...JSON.parse(readFileSync(path, "utf8")), format: 99, sha256: undefined };
    const signed = { ...content, sha256: sha256(canonicalJson(content)) };
    writeFileSync(path, `${JSON.stringify(JSON.parse(canonicalJson(signed)), null, 2)}\n`);
    await expect(trainZoo(spec, { ...options, folder })).rejects.toMatchObject({ code: "zoo/format" });
  });
});

test("a failing or dying engine fails the training with its cause and leaves no zoo", async () => {
  const folder = scratch();
  await expect(trainZoo(spec, { ...options, engine: fake("fakeBroken"), folder })).rejects.toMatchObject({
    code: "worker/failed",
    message: expect.stringMatching(/training mlp-trajectory failed in a worker: cannot train seed/),
    cause: { name: "RangeError" },
  });
  await expect(trainZoo(spec, { ...options, engine: fake("fakeDying"), folder })).rejects.toMatchObject({
    code: "worker/crashed",
  });
  await expect(openZoo(folder)).rejects.toMatchObject({ code: "zoo/none" });
});
