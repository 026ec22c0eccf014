import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { measure, syntheticZoo } from "../helpers/big-zoo.js";
import { copyOfZoo, finishedZoo, scratch } from "../helpers/zoo.js";

describe("a zoo read piece by piece", () => {
  test("gives the rows of its matrix, whatever the size of the pieces", async () => {
    const zoo = await openZoo(await finishedZoo());
    for (const rows of [undefined, 1, 7, 30, 1000]) {
      let next = 0;
      for await (const { first, weights } of zoo.chunks(rows === undefined ? {} : { rows })) {
        expect(first).toBe(next);
        next += weights.rows;
        expect(weights.data).toEqual(zoo.weights.data.subarray(first * 2160, next * 2160));
        if (rows !== undefined && next < 30) expect(weights.rows).toBe(rows);
      }
      expect(next).toBe(30);
    }
    await expect(zoo.chunks({ rows: 0 })[Symbol.asyncIterator]().next()).rejects.toThrow(/rows is 0/);
  });

  test("selects the same rows from disk as from memory, in any order", async () => {
    const rows = [29, 3, 4, 5, 0, 0];
    const fromDisk = (await openZoo(await finishedZoo())).select(rows);
    const loaded = await openZoo(await finishedZoo());
    expect(loaded.weights.rows).toBe(30);
    expect(fromDisk).toEqual(loaded.select(rows));
    expect(fromDisk.weights.data.subarray(0, 2160)).toEqual(loaded.weightsOf(29));
  });

  test("says so when its file was altered after it was opened", async () => {
    const folder = await copyOfZoo();
    const zoo = await openZoo(folder);
    truncateSync(join(folder, "weights.safetensors"), 100_000);
    const altered = { code: "zoo/damaged", message: expect.stringContaining("altered since it was opened") };
    expect(() => zoo.weights).toThrow(expect.objectContaining(altered));
    expect(() => zoo.weightsOf(2)).toThrow(expect.objectContaining(altered));
    await expect(zoo.vectors()[Symbol.asyncIterator]().next()).rejects.toMatchObject(altered);
  });
});

test("a zoo of 300 MB is merged, opened and read in the memory of a fraction of it", async () => {
  const folder = scratch();
  // 700 models x 50 checkpoints x 2160 weights.
  const { bytes, rows, merging } = await syntheticZoo(folder, 700);
  expect(bytes).toBeGreaterThan(300e6);
  const idle = await measure("idle", folder);
  const reading = await measure("read", folder);
  expect(reading).toMatchObject({ rows, wrong: 0 });
  expect(reading.peakMiB - idle.peakMiB).toBeLessThan(150);
  expect(merging.peakMiB - idle.peakMiB).toBeLessThan(150);
});
