import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderLog } from "#lib/analysis/index.js";
import { writeNpy } from "#lib/core/npy.js";
import type { Progress } from "#lib/core/progress.js";
import { writeCheckpoint, writeCheckpoints } from "../helpers/checkpoint-folder.js";
import { float32Bytes, scratchFolder, writeTensors } from "../helpers/interop.js";
import { falling, RunMaker } from "../helpers/made-runs.js";

const maker = new RunMaker(21);
const run = maker.run(falling(8));
const other = maker.run(falling(6));

test("weights that do not fit into memory are folded, and the log stays the same", async () => {
  const folder = scratchFolder();
  const wide = new RunMaker(22, 20_000);
  const main = wide.run(falling(8));
  const names = writeCheckpoints(folder, [
    ...main,
    ...wide.walk(main[4], falling(4, 4)),
    ...wide.run(falling(5)),
  ]);
  const whole = await folderLog(folder);
  expect(whole.layouts[0].foldedTo).toBeNull();
  const folded = await folderLog(folder, { memory: names.length * 4 * 6000 });
  expect(folded.layouts[0].foldedTo).toBe(6000);
  const runs = ({ log }: typeof whole) => log.runs.map(({ checkpoints }) => Array.from(checkpoints));
  expect(runs(folded)).toEqual(runs(whole));
  const [, exact] = whole.log.runs;
  expect(folded.log.runs[1].fork?.checkpoint).toBe(exact.fork?.checkpoint);
  // Twice the deviation of a distance in 6000 places, 0.9 percent.
  expect((folded.log.runs[1].fork?.distance ?? 0) / (exact.fork?.distance ?? 1)).toBeCloseTo(1, 1);
});

test("the order in which a file stores its tensors means nothing, and counters are left out", async () => {
  const folder = scratchFolder();
  // Every second file is turned round.
  const names = writeCheckpoints(folder, run);
  const { files, log } = await folderLog(folder);
  expect(Array.from(log.runs[0].checkpoints, (row) => files[row])).toEqual(names);
});

test("a layout of which no file can be read leaves the others as they are", async () => {
  const folder = scratchFolder();
  writeCheckpoints(folder, run);
  writeNpy(join(folder, "a.npy"), Float32Array.of(1, Number.POSITIVE_INFINITY));
  writeNpy(join(folder, "b.npy"), Int32Array.of(1, 2));
  mkdirSync(join(folder, "c.npy"));
  writeTensors(join(folder, "d.safetensors"), [
    { name: "n", dtype: "I64", shape: [1], data: new Uint8Array(8) },
  ]);
  writeTensors(join(folder, "e.safetensors"), [
    { name: "n", dtype: "F32", shape: [0], data: float32Bytes() },
  ]);
  const { log, layouts, layoutOfFamily, skipped } = await folderLog(folder);
  expect(log.runs).toHaveLength(1);
  expect([layouts.length, layoutOfFamily]).toEqual([1, [0]]);
  const reasons = Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]));
  expect(Object.keys(reasons).sort()).toEqual(["a.npy", "b.npy", "d.safetensors", "e.safetensors"]);
  expect(reasons["a.npy"]).toMatch(/holds Infinity/);
  expect(reasons["b.npy"]).toMatch(/whole numbers/);
  expect(reasons["d.safetensors"]).toMatch(/no real numbers/);
});

test("half precision is read, and equal weights of it are copies", async () => {
  const folder = scratchFolder();
  const half = (values: number[]) => Uint8Array.from(values.flatMap((value) => [0, value]));
  for (const [i, values] of [
    [60, 64],
    [61, 64],
    [62, 65],
    [60, 64],
  ].entries()) {
    const tensor = { name: "w", dtype: "F16" as const, shape: [2], data: half(values) };
    writeTensors(join(folder, `${i}.safetensors`), [tensor]);
  }
  const { log, files } = await folderLog(folder);
  expect(log.copies.map((rows) => Array.from(rows, (row) => files[row]))).toEqual([
    ["0.safetensors", "3.safetensors"],
  ]);
});

test("it reports its progress to the end, and stops at a signal while it reads", async () => {
  const folder = scratchFolder();
  writeCheckpoints(folder, [...run, ...other]);
  const shares: number[] = [];
  await folderLog(folder, { onProgress: ({ done, total }: Progress) => shares.push(done / total) });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  const stopped = new AbortController();
  const stopping = folderLog(folder, { signal: stopped.signal, onProgress: () => stopped.abort() });
  await expect(stopping).rejects.toMatchObject({ code: "interrupted" });
});

test("wrong options and too few files are refused", async () => {
  const folder = scratchFolder();
  writeCheckpoint(join(folder, "a.safetensors"), run[0]);
  writeFileSync(join(folder, "b.safetensors"), "");
  await expect(folderLog(folder)).rejects.toMatchObject({ code: "version-log/few" });
  await expect(folderLog(folder, { run: 2 } as object)).rejects.toThrow(/no option "run"/);
  await expect(folderLog(join(folder, "none"))).rejects.toMatchObject({ code: "weights/folder" });
});
