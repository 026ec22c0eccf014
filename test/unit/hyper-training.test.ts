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
import type { HyperModel } from "#lib/representations/hyper/model.js";
import { freshStall } from "#lib/representations/hyper/schedule.js";
import { HyperTrainer } from "#lib/representations/hyper/trainer.js";
import {
  checkpointFile,
  modelFile,
  runTraining,
  snapshotFiles,
  type TrainingTask,
  type TrainingWatch,
} from "#lib/representations/hyper/training.js";
import { type HyperTraining, trainHyperRepresentations } from "#lib/representations/index.js";
import { scratchFolder, tinyConfig, tinySetup, tinyTask, train, validation } from "../helpers/hyper.js";

beforeAll(() => selectBackend({ backend: "wasm" }));

/** Everything but what a clock tells. */
function essence({ values, step, curve, scale }: HyperModel) {
  return { values: [...values], step, scale, curve: curve.map(({ seconds: _, ...point }) => point) };
}

/** Runs a training and aborts it after `steps` steps; the checkpoint stays. */
async function aborted(task: TrainingTask, steps: number, watch: TrainingWatch = {}): Promise<void> {
  const controller = new AbortController();
  const onStep = (step: number) => step === steps && controller.abort();
  const running = runTraining(task, { ...watch, onStep, signal: controller.signal });
  await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
}

const everything: Partial<HyperConfig> = {
  steps: 60,
  evaluations: 30,
  snapshots: 4,
  dropout: 0.2,
  learningRate: 0.1,
  normalise: "layers",
  schedule: { kind: "plateau", factor: 0.5, patience: 1 },
  earlyStopping: { patience: 6 },
};

describe("a training that is stopped and gone on with", () => {
  const settings: [string, Partial<HyperConfig>][] = [
    ["EcD, plain", {}],
    ["early stopping, plateau, snapshots, dropout and scale", everything],
    ["Ec, cosine", { loss: "Ec", schedule: { kind: "cosine", warmup: 0.25 } }],
    ["Ec+D by FF, noise", { loss: "Ec+D", architecture: "FF", augmentations: { permutation: true, erasing: null, noise: 0.1 } }],
    ["ED by weights", { loss: "ED", architecture: "AttW+t", steps: 6, evaluations: 2 }],
  ]; // biome-ignore format: one setting a line

  test.each(settings)("ends with the bits of an unbroken one: %s", async (_name, fields) => {
    const whole = tinyTask(fields);
    const unbroken = await runTraining(whole);
    const task = tinyTask(fields);
    for (const steps of [1, 2, 5]) {
      await aborted(task, steps);
      expect(existsSync(checkpointFile(task.folder))).toBe(true);
    }
    const heard: number[] = [];
    const resumed = await runTraining(task, { onStep: (step) => heard.push(step) });
    expect(heard[0]).toBe(6);
    expect(essence(resumed)).toEqual(essence(unbroken));
    expect(existsSync(checkpointFile(task.folder))).toBe(false);
    const snapshots = (folder: string) => snapshotFiles(folder).map((file) => file.slice(folder.length));
    expect(snapshots(task.folder)).toEqual(snapshots(whole.folder));
    expect(readdirSync(task.folder).sort()).toEqual(["model.safetensors", "snapshots"]);
  });

  test("also between the best evaluation and the end, and after the rate was reduced", async () => {
    const unbroken = await runTraining(tinyTask(everything));
    const last = unbroken.curve.at(-1)!;
    expect(unbroken.step).toBeLessThan(last.step - 4);
    expect(last.step).toBeLessThan(everything.steps!);
    const reduced = unbroken.curve.find(({ learningRate }) => learningRate < everything.learningRate!)!;
    for (const steps of [unbroken.step + 1, reduced.step + 1, last.step - 1]) {
      const task = tinyTask(everything);
      await aborted(task, steps);
      expect(essence(await runTraining(task))).toEqual(essence(unbroken));
    }
  });

  test("also in an evaluation, which is made up for first", async () => {
    const fields = { earlyStopping: { patience: 9 }, snapshots: 4 };
    const unbroken = await runTraining(tinyTask(fields));
    const task = tinyTask(fields);
    for (const steps of [3, 6, 12]) await aborted(task, steps);
    const points: number[] = [];
    const steps: number[] = [];
    const resumed = await runTraining(task, {
      onStep: (step) => steps.push(step),
      onPoint: ({ step }) => points.push(step),
    });
    expect([steps, points]).toEqual([[], [12]]);
    expect(essence(resumed)).toEqual(essence(unbroken));
    expect(snapshotFiles(task.folder)).toHaveLength(4);
  });
});

describe("seeds", () => {
  const trainings = [1, 1, 2].map((seed, i): HyperTraining => {
    return { name: `t${i}`, config: tinyConfig(i === 1 ? { evaluations: 2 } : {}), seed, train, validation };
  });
  const bits = (models: readonly { model: HyperModel }[]) => models.map(({ model }) => [...model.values]);

  test("decide all bits, with one worker and with two; evaluations decide none", async () => {
    const [alone, together] = [
      await trainHyperRepresentations(trainings, { folder: scratchFolder(), workers: 1 }),
      await trainHyperRepresentations(trainings, { folder: scratchFolder(), workers: 2 }),
    ];
    expect(bits(together)).toEqual(bits(alone));
    const [first, again, other] = bits(alone);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    // And the bits are those of this thread.
    const here = await runTraining(tinyTask());
    expect([...here.values]).toEqual(first);
    expect(alone.map(({ name, dimensions }) => [name, dimensions])).toEqual([["t0", 4], ["t1", 4], ["t2", 4]]); // biome-ignore format: pairs
  });

  test("equal trainings of one call are done once", async () => {
    const folder = scratchFolder();
    const twice = [trainings[0], { ...trainings[0], name: "again" }];
    const points: string[] = [];
    const [a, b] = await trainHyperRepresentations(twice, {
      folder,
      onPoint: ({ name }) => points.push(name),
    });
    expect(b.model).toBe(a.model);
    expect([a.name, b.name]).toEqual(["t0", "again"]);
    expect(new Set(points)).toEqual(new Set(["t0"]));
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("and rows, seed and configuration decide the folder", async () => {
    const folder = scratchFolder();
    const other = {
      ...trainings[0],
      train: { ...train, weights: { ...train.weights, data: train.weights.data.map((w) => w + 1) } },
    };
    await trainHyperRepresentations([...trainings, other], { folder });
    expect(readdirSync(folder)).toHaveLength(4);
  });
});

describe("early stopping", () => {
  test("returns the parameters of the best evaluation", async () => {
    const fields: Partial<HyperConfig> = {
      steps: 120,
      evaluations: 120,
      loss: "ED",
      learningRate: 0.05,
      views: "identical",
    };
    const stopped = await runTraining(tinyTask({ ...fields, earlyStopping: { patience: 5 } }));
    const { step, curve, values } = stopped;
    expect(curve.length).toBeLessThan(120);
    expect(curve.at(-1)!.step).toBe(step + 5);
    const losses = curve.map(({ validationLoss }) => validationLoss);
    // A fall of less than a ten-thousandth counts as none.
    expect(curve.find((point) => point.step === step)!.validationLoss).toBeLessThanOrEqual(
      Math.min(...losses) * 1.0002,
    );
    const short = await runTraining(tinyTask({ ...fields, steps: step, evaluations: 1 }));
    expect([...values]).toEqual([...short.values]);
  });

  test("keeps the best also where it never stops", async () => {
    const fields: Partial<HyperConfig> = { steps: 30, evaluations: 30, learningRate: 0.5, loss: "ED" };
    const { step, curve } = await runTraining(tinyTask({ ...fields, earlyStopping: { patience: 100 } }));
    const best = Math.min(...curve.map(({ validationLoss }) => validationLoss));
    expect(curve.find(({ validationLoss }) => validationLoss === best)!.step).toBe(step);
    expect(step).toBeLessThan(30);
    const last = await runTraining(tinyTask(fields));
    expect(last.step).toBe(30);
  });
});

describe("the learning of a tiny zoo", () => {
  test("lowers the loss and raises the reconstruction's R2", async () => {
    const fields = { steps: 150, evaluations: 10, loss: "ED", latent: 6, learningRate: 0.01 } as const;
    const plain = { augmentations: { permutation: false, erasing: null, noise: 0 } };
    const { curve } = await runTraining(tinyTask({ ...fields, ...plain }));
    expect(curve.map(({ step }) => step)).toEqual([15, 30, 45, 60, 75, 90, 105, 120, 135, 150]);
    expect(curve.at(-1)!.trainLoss).toBeLessThan(0.7 * curve[0].trainLoss);
    expect(curve.at(-1)!.validationLoss).toBeLessThan(0.8 * curve[0].validationLoss);
    expect(curve.at(-1)!.validationR2!).toBeGreaterThan(curve[0].validationR2!);
    // 30 rows in batches of 8 make 3 steps an epoch.
    expect(curve[0].epoch).toBe(5);
  });

  test("has no R2 for Ec, and the mean of the steps' losses for trainLoss", async () => {
    const { curve } = await runTraining(tinyTask({ loss: "Ec", steps: 6, evaluations: 2 }));
    expect(curve.map(({ validationR2 }) => validationR2)).toEqual([null, null]);
    const trainer = new HyperTrainer(tinySetup({ loss: "Ec", steps: 6, evaluations: 2 }), train.weights);
    const losses: number[] = [];
    for (let step = 0; step < 6; step++) losses.push(await trainer.step(step, freshStall));
    trainer.dispose();
    expect(curve[0].trainLoss).toBeCloseTo((losses[0] + losses[1] + losses[2]) / 3, 10);
    expect(curve[1].trainLoss).toBeCloseTo((losses[3] + losses[4] + losses[5]) / 3, 10);
  });

  test("runs with fewer rows than a batch, and with one", async () => {
    const one = { data: train.weights.data.slice(0, 100), rows: 1, cols: 100 };
    const { step, curve } = await runTraining({ ...tinyTask({ batch: 500 }), train: one, validation: one });
    expect(step).toBe(12);
    // One row does not vary: there is nothing to explain.
    expect(curve.at(-1)!.validationR2).toBeNull();
  });
});

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
