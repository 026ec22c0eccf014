import { existsSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import type { HyperConfig } from "#lib/representations/hyper/config.js";
import type { HyperModel } from "#lib/representations/hyper/model.js";
import { freshStall } from "#lib/representations/hyper/schedule.js";
import { HyperTrainer } from "#lib/representations/hyper/trainer.js";
import { checkpointFile, runTraining, snapshotFiles } from "#lib/representations/hyper/training.js";
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
