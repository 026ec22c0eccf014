import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import type { HyperConfig } from "#lib/representations/hyper/config.js";
import { fittedHyper } from "#lib/representations/hyper/hyper-representation.js";
import { freshStall } from "#lib/representations/hyper/schedule.js";
import { HyperTrainer } from "#lib/representations/hyper/trainer.js";
import { checkpointFile, modelFile, runTraining } from "#lib/representations/hyper/training.js";
import { type HyperTraining, trainHyperRepresentations } from "#lib/representations/index.js";
import {
  aborted,
  essence,
  everything,
  scratchFolder,
  tinyConfig,
  tinySetup,
  tinyTask,
  train,
  validation,
} from "../helpers/hyper.js";

beforeAll(() => selectBackend({ backend: "wasm" }));

describe("what a folder holds", () => {
  const training: HyperTraining = {
    name: "EcD",
    config: tinyConfig({ snapshots: 3 }),
    seed: 1,
    train,
    validation,
  };

  async function trained(folder: string) {
    const points: number[] = [];
    const [representation] = await trainHyperRepresentations([training], {
      folder,
      onPoint: (_, { step }) => points.push(step),
    });
    return { representation, points, place: join(folder, readdirSync(folder)[0]) };
  }

  test("is opened, not trained again", async () => {
    const folder = scratchFolder();
    const first = await trained(folder);
    const { mtimeMs } = statSync(modelFile(first.place));
    expect(first.points).toEqual([3, 6, 9, 12]);
    const again = await trained(folder);
    expect(again.points).toEqual([]);
    expect(statSync(modelFile(first.place)).mtimeMs).toBe(mtimeMs);
    expect(again.representation.model).toEqual(first.representation.model);
    expect(again.representation.snapshots.map((file) => file.slice(first.place.length))).toEqual([
      "/snapshots/step-0000004.safetensors",
      "/snapshots/step-0000008.safetensors",
      "/snapshots/step-0000012.safetensors",
    ]);
  });

  const damages: [string, (file: string) => void][] = [
    ["truncated", (file) => truncateSync(file, 3000)],
    ["emptied", (file) => writeFileSync(file, "")],
    ["overwritten", (file) => writeFileSync(file, "something else altogether")],
    ["altered in one byte", (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 7] ^= 16;
      writeFileSync(file, bytes);
    }],
    ["of another version", (file) => writeFileSync(file, readFileSync(file, "latin1").replace("hyper-representation 1", "hyper-representation 9"), "latin1")],
    ["of an unknown configuration", (file) => writeFileSync(file, readFileSync(file, "latin1").replace("temperature", "temperament"), "latin1")],
  ]; // biome-ignore format: one damage a line

  test.each(damages)("is trained again where the model was %s", async (_how, damage) => {
    const task = tinyTask();
    const first = await runTraining(task);
    damage(modelFile(task.folder));
    const heard: number[] = [];
    const again = await runTraining(task, { onStep: (step) => heard.push(step) });
    expect(heard).toHaveLength(12);
    expect(essence(again)).toEqual(essence(first));
    expect(essence(await runTraining(task))).toEqual(essence(first));
  });

  test.each(damages.slice(0, 4))("is begun anew where the checkpoint was %s", async (_how, damage) => {
    const unbroken = await runTraining(tinyTask());
    const task = tinyTask();
    await aborted(task, 5);
    damage(checkpointFile(task.folder));
    const heard: number[] = [];
    const resumed = await runTraining(task, { onStep: (step) => heard.push(step) });
    expect(heard[0]).toBe(1);
    expect(essence(resumed)).toEqual(essence(unbroken));
  });

  test("counts what is there already as done", async () => {
    const folder = scratchFolder();
    const { place } = await trained(folder);
    const task = { ...tinyTask({ snapshots: 3 }), folder: place };
    rmSync(modelFile(place));
    await aborted(task, 7);
    const shares: number[] = [];
    const onProgress = ({ done }: { done: number }) => shares.push(done);
    await trainHyperRepresentations([training], { folder, onProgress });
    expect(shares[0]).toBe(7);
    expect(shares.at(-1)).toBe(12);
  });
});

describe("a training that diverges", () => {
  test("is a DataError that names it, its step and what to lower", async () => {
    const config = tinyConfig({ learningRate: 1e30, steps: 50, loss: "ED", architecture: "FF" });
    const trainings = [{ name: "too fast", config, seed: 4, train, validation }];
    const folder = scratchFolder();
    const failed = trainHyperRepresentations(trainings, { folder });
    await expect(failed).rejects.toMatchObject({ name: "DataError", code: "hyper/diverged" });
    await expect(failed).rejects.toThrow(
      /^too fast \(seed 4\): .* diverged at step \d+: its loss is \w+; lower learningRate \(1e\+30\)/,
    );
    expect(existsSync(modelFile(join(folder, readdirSync(folder)[0])))).toBe(false);
  });

  test.each(["ED", "EcD"] as const)("with a learning rate of 1e6 (%s)", async (loss) => {
    const training = runTraining(tinyTask({ learningRate: 1e6, steps: 200, loss }));
    await expect(training).rejects.toMatchObject({ name: "DataError", code: "hyper/diverged" });
  });

  test("also when only the last step does it, which no further loss would tell", async () => {
    const task = tinyTask({ learningRate: 1e38, steps: 1, evaluations: 1, loss: "ED", architecture: "FF" });
    await expect(runTraining(task)).rejects.toMatchObject({ code: "hyper/diverged", value: 1 });
  });
});

describe("memory", () => {
  const count = () => {
    const { numTensors, numBytes } = tensorflow().memory();
    return { numTensors, numBytes };
  };

  test("does not grow over 50 steps, and is free at the end", async () => {
    const before = count();
    const trainer = new HyperTrainer(tinySetup({ dropout: 0.1 }), train.weights);
    for (let step = 0; step < 3; step++) await trainer.step(step, freshStall);
    const early = count();
    for (let step = 3; step < 53; step++) await trainer.step(step, freshStall);
    expect(count()).toEqual(early);
    trainer.dispose();
    expect(count()).toEqual(before);
  });

  test("is free after a training, whether it ends, is stopped, goes on, or diverges", async () => {
    const before = count();
    const task = tinyTask(everything);
    await aborted(task, 7);
    expect(count()).toEqual(before);
    await runTraining(task);
    expect(count()).toEqual(before);
    await runTraining(tinyTask({ learningRate: 1e30, steps: 50, architecture: "FF", loss: "ED" })).catch(
      () => {},
    );
    expect(count()).toEqual(before);
  });

  test("is free after transform and reconstruct, also when they are stopped", async () => {
    const model = await runTraining(tinyTask());
    const representation = fittedHyper("EcD", model);
    const before = count();
    await representation.transform(train);
    await representation.reconstruct(train);
    expect(count()).toEqual(before);
    for (const work of [representation.transform, representation.reconstruct]) {
      await expect(work(train, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        name: "InterruptedError",
      });
      const many = { ...train, weights: { data: new Float32Array(60_000 * 100), rows: 60_000, cols: 100 } };
      const controller = new AbortController();
      const running = work(many, { signal: controller.signal, onProgress: () => controller.abort() });
      await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
    }
    expect(count()).toEqual(before);
  });
});

describe("an abort", () => {
  const long = { steps: 1_000_000, evaluations: 1 };

  async function secondsToStop(
    start: (signal: AbortSignal) => Promise<unknown>,
    after: number,
  ): Promise<number> {
    const controller = new AbortController();
    let at = 0;
    setTimeout(() => {
      at = performance.now();
      controller.abort();
    }, after);
    await expect(start(controller.signal)).rejects.toMatchObject({ name: "InterruptedError" });
    return (performance.now() - at) / 1000;
  }

  test("stops a training on the main thread within a second, and keeps a checkpoint", async () => {
    const task = tinyTask(long);
    expect(await secondsToStop((signal) => runTraining(task, { signal }), 300)).toBeLessThan(1);
    expect(existsSync(checkpointFile(task.folder))).toBe(true);
  });

  test("stops workers within a second, and what they go on with has the bits of an unbroken training", async () => {
    const folder = scratchFolder();
    const training = (config: Partial<HyperConfig>) => ({
      name: "t",
      config: tinyConfig(config),
      seed: 1,
      train,
      validation,
    });
    const run = (signal?: AbortSignal) =>
      trainHyperRepresentations([training(long), training({ steps: 100 })], {
        folder,
        workers: 2,
        ...(signal ? { signal } : {}),
      });
    expect(await secondsToStop(run, 1500)).toBeLessThan(1);
    const [resumed] = await trainHyperRepresentations([training({ steps: 100 })], { folder });
    expect(essence(resumed.model)).toEqual(essence(await runTraining(tinyTask({ steps: 100 }))));
  });

  test("before the start starts nothing", async () => {
    const folder = scratchFolder();
    const training = { name: "t", config: tinyConfig(), seed: 1, train, validation };
    const running = trainHyperRepresentations([training], { folder, signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
    expect(readdirSync(folder)).toEqual([]);
  });
});
