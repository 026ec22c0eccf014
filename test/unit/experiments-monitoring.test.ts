import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import type { ResultTable } from "#lib/core/tables.js";
import {
  detectors,
  noShift,
  openChoices,
  runDomainShifts,
  runForks,
  runIdentification,
  runSensitivity,
  sensitivityTable,
} from "#lib/experiments/index.js";
import { arrivingLoss } from "#lib/experiments/monitoring/arriving-loss.js";
import { type NamedZooOptions, namedZoo, type TrainedZoo, trainZoo } from "#lib/zoo/index.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-monitoring-"));
const rng = RandomStream.fromSeed(1);
const small = { dataset: "strokes", models: 8, epochs: 16, trainImages: 600, testImages: 100 };
const train = (name: string, changes: NamedZooOptions) =>
  trainZoo(namedZoo("mlp-trajectory", "smoke", { ...small, ...changes }), { folder: join(folder, name) });
const afterEpoch = 11;
let [control, swapped, same, faster] = [] as unknown as [TrainedZoo, TrainedZoo, TrainedZoo, TrainedZoo];

beforeAll(async () => {
  control = await train("control", {});
  swapped = await train("swapped", {
    shift: { afterEpoch, dataset: "strokes+swap0-1+swap2-3+swap4-5+swap6-7" },
  });
  same = await train("same", { shift: { afterEpoch, dataset: "strokes" } });
  faster = await train("faster", { shift: { afterEpoch, learningRate: 0.3 } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cell = ({ rows, columns, values }: ResultTable, row: string, column: string) =>
  values[rows.indexOf(row)][columns.indexOf(column)];

describe("the loss on arriving images", () => {
  test("is the training loss of the checkpoint before, of the same images, where nothing changes", async () => {
    const losses = await arrivingLoss(control, { images: 100 });
    const { model, epoch, train_loss: known } = control.facts;
    for (let row = 0; row < model.length; row++) {
      if (epoch[row] === 16) continue;
      expect(losses[model[row]][epoch[row] + 1]).toBeCloseTo(known[row], 5);
    }
    expect(losses[0][1]).toBeNaN();
  });

  test("leaps with the first images of another kind, and is that of the same images where these do not change", async () => {
    const [before, after, copied] = await Promise.all(
      [control, swapped, same].map((zoo) => arrivingLoss(zoo, { images: 600, epochs: [11, 13] })),
    );
    for (let model = 0; model < 8; model++) {
      expect(after[model][11]).toBe(before[model][11]);
      expect(after[model][12]).toBeGreaterThan(before[model][12]);
      expect([...copied[model]]).toEqual([...before[model]]);
      expect([after[model][10], after[model][14]]).toEqual([Number.NaN, Number.NaN]);
    }
  });
});

describe("alarms of a domain shift", () => {
  test("tell runs with a shift from runs without, and nothing from a shift to the same images", async () => {
    const { areas, hits, delays, curves, setting } = await runDomainShifts(
      { "labels swapped": { shifted: swapped, control }, "the same images": { shifted: same, control } },
      { rng, patience: 3, images: 200 },
    );
    expect(areas.columns).toEqual([...detectors]);
    // Half of the ten labels change: the loss leaps, and the next steps lead elsewhere.
    expect(cell(areas, "labels swapped", "arriving loss")).toBe(1);
    expect(cell(areas, "labels swapped", "step length")).toBe(1);
    for (const detector of detectors) expect(cell(areas, "the same images", detector)).toBe(0.5);
    expect(cell(hits, "labels swapped", "arriving loss")).toBe(1);
    expect(cell(delays, "labels swapped", "arriving loss")).toBe(1);
    expect(cell(hits, noShift, "arriving loss")).toBeLessThanOrEqual(1);
    expect(curves("labels swapped", "step length").at(-1)).toMatchObject({ falseAlarms: 1, hits: 1 });
    expect(setting).toContain("shift after epoch 11");
  });

  test("need shifts after one epoch, controls without one, and epochs to wait in", async () => {
    const run = (runs: Parameters<typeof runDomainShifts>[0], patience = 3) =>
      runDomainShifts(runs, { rng, patience });
    await expect(run({ a: { shifted: control, control } })).rejects.toThrow("they shift after: never");
    await expect(run({ a: { shifted: swapped, control: same } })).rejects.toThrow(
      "a: its control has a shift too",
    );
    await expect(run({ a: { shifted: swapped, control } }, 9)).rejects.toThrow(
      "a: epochs is 16; alarms are waited for until epoch 20",
    );
    await expect(run({})).rejects.toThrow("they shift after: no zoo");
  });
});

describe("forks among unnamed checkpoints", () => {
  test("are found with the run and the checkpoint that they left", async () => {
    const table = await runForks(control, { faster }, { rng, draws: 8 });
    expect(table.rows).toEqual(["faster", "no fork"]);
    expect(cell(table, "faster", "found")).toBe(1);
    expect(cell(table, "faster", "near")).toBeGreaterThanOrEqual(0.75);
    expect(cell(table, "no fork", "invented")).toBe(0);
    expect(cell(table, "no fork", "found")).toBeNull();
  });

  test("are of the same seeds", async () => {
    const other = await train("other", { firstSeed: 50, shift: { afterEpoch, learningRate: 0.3 } });
    await expect(runForks(control, { other }, { rng })).rejects.toThrow(/other: its seeds are .*50/);
    await expect(runForks(control, { control }, { rng })).rejects.toThrow("control: it has no shift");
    await expect(runForks(control, { faster }, { rng, unrelated: 8 })).rejects.toThrow("too few models");
  });
});

describe("whose checkpoint is this", () => {
  test("is told by weights unless neurons changed places, and by layer statistics even then", async () => {
    const { accuracy, epochError, setting } = await runIdentification(control, { rng, every: 4 });
    expect(accuracy.columns).toEqual(["W", "svd-50", "svd-10", "s(W)"]);
    for (const variant of ["as saved", "in 8 bits"]) expect(cell(accuracy, variant, "W")).toBe(1);
    expect(cell(accuracy, "neurons in another order", "W")).toBeLessThan(0.6);
    expect(cell(accuracy, "neurons in another order", "s(W)")).toBe(cell(accuracy, "as saved", "s(W)"));
    expect(cell(epochError, "as saved", "W")).toBeLessThan(0.5);
    expect(setting).toContain("every 4th epoch unseen");
  });

  test("needs checkpoints that are known and some that are not", async () => {
    for (const every of [1, 2.5, 16]) {
      await expect(runIdentification(control, { rng, every })).rejects.toThrow(`every is ${every}`);
    }
  });
});

describe("what the papers leave open", () => {
  test("is trained or looked at in another way, and laid beside the published numbers", async () => {
    const asked: NamedZooOptions[] = [];
    const choices = openChoices("mlp", "strokes").filter(({ choice }) =>
      ["all", "SVD", "equal heights"].includes(choice),
    );
    const rows = await runSensitivity("mlp", choices, {
      rng,
      train: async (changes) => {
        asked.push(changes);
        return control;
      },
    });
    expect(asked).toEqual(choices.map(() => ({})));
    const table = sensitivityTable("mlp", rows);
    expect(table[0]).toMatchObject({
      answer: "published",
      "ordered fraction": 0.357,
      "away from published": 0,
    });
    const fraction = (answer: string) => table.find((row) => row.answer === answer)?.["ordered fraction"];
    expect(fraction("in reverse")).toBeLessThan(fraction("mean of both") as number);
    expect(fraction("mean of both")).toBeLessThan(fraction("the defaults") as number);
  });

  test.each(["mlp", "cnn"] as const)(
    "each answer of the %s makes another zoo, or another look at it",
    (net) => {
      const answers = openChoices(net, "mnist");
      const looks = answers.map(({ zoo = {}, centre, ties }) => {
        const spec = namedZoo(`${net}-trajectory`, "laptop", { dataset: "mnist", ...zoo });
        return JSON.stringify({ spec, centre, ties });
      });
      expect(new Set(looks).size).toBe(answers.length);
    },
  );
});
