import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BackendError, InterruptedError, SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { namedZoo } from "#lib/zoo/named.js";
import { structureKey, zooModels } from "#lib/zoo/spec/models.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { stackedEngine } from "#lib/zoo/stacked/reference.js";
import { specLayouts } from "#lib/zoo/store/layouts.js";
import { planShards } from "#lib/zoo/store/plan.js";
import { planCalls, runCalls } from "#lib/zoo/training/calls.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { byStructure, groupJob, trainModels } from "#lib/zoo/training/train-models.js";
import type { GroupJob, TrainingEngine } from "#lib/zoo/types.js";
import { noiseData, scratch, smallSpec } from "../helpers/zoo.js";

/** Models of a zoo that differ in structure, and noise to train them on. */
function mixedZoo(models: number) {
  const spec = namedZoo("mnist-hyp", "smoke", { models, epochs: 1, trainImages: 160, testImages: 16 });
  const rng = RandomStream.fromSeed(1);
  const { size } = spec.dataset;
  const images = (count: number) => ({
    images: Uint8Array.from({ length: count * size * size }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, () => rng.integer(10)),
    count,
    height: size,
    width: size,
  });
  const shared = { train: images(160), test: images(16), input: { scale: 1 / 255, shift: 0 } };
  const setup = {
    common: { loss: spec.loss, epochs: 1, checkpoints: [0, 1], earlyStopping: null },
    images: new Map([[spec.dataset.name, shared]]),
  };
  return { models: zooModels(spec), setup };
}

/** An engine that notes how many models it is given at once. */
function counting(engine: TrainingEngine, counts: number[]): TrainingEngine {
  const train = (job: GroupJob, ...rest: [((epoch: number, models?: number) => void)?]) => {
    counts.push(job.models.length);
    return engine.train(job, ...rest);
  };
  return { ...engine, version: engine.version, train };
}

test("models of one structure train together though others stand between them; order and bits stay", async () => {
  const { models, setup } = mixedZoo(64);
  const structures = new Set(models.map(structureKey)).size;
  // Neighbours differ, or the test shows nothing.
  const runs = models.filter((model, i) => i === 0 || structureKey(model) !== structureKey(models[i - 1]));
  expect(runs.length).toBeGreaterThan(2 * structures);
  const first = models.slice(0, 24);
  for (const engine of [laneEngine, await makeStackedEngine({ backend: "wasm" })]) {
    const counts: number[] = [];
    let epochs = 0;
    const report = (trained: number) => {
      epochs += trained;
    };
    const together = await trainModels(counting(engine, counts), first, setup, { report });
    expect(counts).toHaveLength(new Set(first.map(structureKey)).size);
    expect(epochs).toBe(24);
    let offset = 0;
    for (const [i, model] of first.entries()) {
      const alone = await trainModels(engine, [model], setup, { report: () => {} });
      expect(together.facts[i]).toEqual(alone.facts[0]);
      const { length } = alone.weights;
      expect(together.weights.subarray(offset, offset + length)).toEqual(alone.weights);
      offset += length;
    }
    expect(offset).toBe(together.weights.length);
  }
}, 60_000);

test.each(["mnist-hyp", "mlp-trajectory", "tetris-hyp"] as const)(
  "%s: a call has no more models of a structure than train at once on a GPU, and hardly fewer",
  (name) => {
    const spec = namedZoo(name, "paper");
    const layouts = specLayouts(spec);
    const identity = { spec, layouts, key: "", engine: "", data: { name: "noise", hash: "" } };
    const shards = planShards(spec, layouts);
    const bound = 150;
    const sizes = { modelsPerCall: 4096, atOnce: () => bound };
    const calls = planCalls(shards, identity, sizes, 1);
    expect(calls.flat()).toEqual(shards);
    const largest = calls.map((call) => {
      const models = zooModels(spec).slice(call[0].from, call[call.length - 1].to + 1);
      return Math.max(...[...byStructure(models).values()].map(({ length }) => length));
    });
    const shard = Math.max(...shards.map(({ from, to }) => to - from + 1));
    expect(Math.max(...largest)).toBeLessThanOrEqual(Math.max(bound, shard));
    for (const count of largest.slice(0, -1)) expect(count).toBeGreaterThan(bound - shard);
  },
);

test("the stacked engine says how many models train at once, and really trains so many", async () => {
  const { models, setup } = mixedZoo(64);
  const [group] = [...byStructure(models).values()].sort((a, b) => b.length - a.length);
  const job = groupJob(group, setup);
  const memory = 24 * 2 ** 20;
  const engine = await makeStackedEngine({ backend: "wasm", memory });
  const most = engine.modelsAtOnce!(job);
  expect(most).toBeLessThan(group.length);
  const parts: number[] = [];
  await engine.train(job, (_epoch, count) => parts.push(count!));
  expect(Math.max(...parts)).toBeLessThanOrEqual(most);
  expect(parts).toHaveLength(Math.ceil(group.length / most));
  const narrow = await makeStackedEngine({ backend: "wasm", models: 2 });
  expect(narrow.modelsAtOnce!(job)).toBe(2);
  const tight = await makeStackedEngine({ backend: "wasm", memory: 1000 });
  expect(() => tight.modelsAtOnce!(job)).toThrow("the stacked engine has 1 MiB");
});

test("shards are on disk as soon as the models that train at once are done", async () => {
  const folder = scratch();
  const epochs = 100;
  const spec = smallSpec({ epochs, checkpoints: [epochs] });
  const controller = new AbortController();
  const engine = {
    module: new URL("../helpers/device-engine.mjs", import.meta.url).href,
    name: "deviceEngine",
    options: { backend: "wasm", models: 4 },
  };
  const onProgress = ({ done }: { done: number }) => {
    if (done > 4 * epochs) controller.abort();
  };
  const options = { dataset: noiseData(), engine, folder, signal: controller.signal, onProgress };
  await expect(trainZoo(spec, options)).rejects.toThrow(InterruptedError);
  // The first shard's four models, of ten.
  expect(readdirSync(join(folder, "shards")).filter((file) => file.endsWith(".safetensors")).length).toBe(1);
});

test.each([
  ["without memory", { backend: "wasm", memory: 1000 }, SpecError, "stacked/memory"],
  ["without its backend", { backend: "node-gpu" }, BackendError, "backend/unavailable"],
] as const)("the stacked engine %s in a worker fails as itself", async (_, options, type, code) => {
  const { models, setup } = mixedZoo(4);
  const engine = stackedEngine(options);
  const ignore = { onReport: () => {}, onResult: async () => {}, signal: undefined };
  const calls = runCalls([models], { ...setup, engine }, "worker", {
    label: "training",
    workers: 1,
    ...ignore,
  });
  const failure = await calls.catch((cause: unknown) => cause);
  expect(failure).toBeInstanceOf(type);
  expect(failure).toMatchObject({ code });
});

test("a network that does not fit is refused before workers start", async () => {
  const options = { dataset: noiseData(), engine: stackedEngine({ backend: "wasm", memory: 1000 }) };
  await expect(trainZoo(smallSpec(), { ...options, folder: scratch() })).rejects.toMatchObject({
    name: "SpecError",
    code: "stacked/memory",
  });
});
