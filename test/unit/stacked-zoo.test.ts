import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { InterruptedError } from "#lib/core/errors.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import { stackedEngine } from "#lib/zoo/stacked/reference.js";
import { specLayouts } from "#lib/zoo/store/layouts.js";
import { planShards } from "#lib/zoo/store/plan.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { planCalls } from "#lib/zoo/training/calls.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { relativeDifference } from "../helpers/stacked.js";
import { hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const wasm = stackedEngine({ backend: "wasm" });
const inMain = {
  module: new URL("../helpers/main-thread-engine.mjs", import.meta.url).href,
  name: "mainThreadEngine",
  options: { backend: "wasm" },
};
const dataset = noiseData();

test("a zoo of the stacked engine is whole, has a key of its own and the CPU engine's weights", async () => {
  const zoo = await trainZoo(smallSpec(), { dataset, engine: wasm, workers: 2, folder: scratch() });
  expect((await verifyZoo(zoo.folder)).ok).toBe(true);
  const plain = await trainZoo(smallSpec(), { dataset, workers: 2, folder: scratch() });
  expect(zoo.key).not.toBe(plain.key);
  expect(zoo.weights.rows).toBe(plain.weights.rows);
  expect(relativeDifference(zoo.weights.data, plain.weights.data)).toBeLessThan(1e-5);
  const other = { dataset, engine: stackedEngine({ backend: "cpu" }), folder: zoo.folder };
  await expect(trainZoo(smallSpec(), other)).rejects.toMatchObject({ code: "zoo/another" });
});

test("bits depend neither on workers, nor on calls, nor on the thread; lost shards are trained again", async () => {
  const { folder } = await trainZoo(smallSpec(), { dataset, engine: wasm, workers: 1, folder: scratch() });
  const whole = hashFolder(folder);
  const reports: number[] = [];
  const onProgress = ({ done }: { done: number }) => reports.push(done);
  const again = await trainZoo(smallSpec(), { dataset, engine: inMain, folder: scratch(), onProgress });
  expect(hashFolder(again.folder)).toEqual(whole);
  // Every model-epoch is counted once, several shards being trained at once.
  expect(reports.at(-1)).toBe(30);
  expect(tensorflow().memory().numTensors).toBe(0);
  rmSync(join(folder, "shards/00001.safetensors"));
  rmSync(join(folder, "manifest.json"));
  await trainZoo(smallSpec(), { dataset, engine: wasm, workers: 3, folder });
  expect(hashFolder(folder)).toEqual(whole);
});

test("an abort in the main thread ends within a second, keeps finished shards and leaves no tensor", async () => {
  const folder = scratch();
  const controller = new AbortController();
  const spec = smallSpec({ epochs: 100_000, checkpoints: [100_000] });
  let aborted = 0;
  setTimeout(() => {
    aborted = performance.now();
    controller.abort();
  }, 500);
  const training = trainZoo(spec, { dataset, engine: inMain, folder, signal: controller.signal });
  await expect(training).rejects.toThrow(InterruptedError);
  expect(performance.now() - aborted).toBeLessThan(1000);
  expect(tensorflow().memory().numTensors).toBe(0);
});

test("an engine can be named", async () => {
  const zoo = await trainZoo(smallSpec(), { dataset, engine: "stacked", workers: 1, folder: scratch() });
  expect((await verifyZoo(zoo.folder)).ok).toBe(true);
  const unknown = trainZoo(smallSpec(), { dataset, engine: "quantum" as "stacked" });
  await expect(unknown).rejects.toThrow('engine "quantum" is unknown');
});

test("calls join neighbouring shards up to what the engine asks for, and leave every worker some", () => {
  const spec = parseZooSpec(smallSpec({ models: 64 }));
  const identity = {
    spec,
    layouts: specLayouts(spec),
    key: "",
    engine: "",
    data: { name: "noise", hash: "" },
  };
  const shards = planShards(spec, identity.layouts);
  const sizes = (some: typeof shards, modelsPerCall: number | undefined, workers: number) =>
    planCalls(some, identity, { modelsPerCall }, workers).map((call) =>
      call.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    );
  expect(shards).toHaveLength(16);
  expect(sizes(shards, undefined, 1)).toEqual(new Array(16).fill(4));
  expect(sizes(shards, 24, 1)).toEqual([24, 24, 16]);
  expect(sizes(shards, 4096, 1)).toEqual([64]);
  expect(sizes(shards, 4096, 4)).toEqual([16, 16, 16, 16]);
  // A gap parts them.
  expect(sizes([...shards.slice(0, 2), ...shards.slice(5, 7)], 4096, 1)).toEqual([8, 8]);
});
