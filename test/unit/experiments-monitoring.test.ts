import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import type { ResultTable } from "#lib/core/tables.js";
import {
  type DomainShifts,
  detectors,
  kindsOfShift,
  monitoringSetting,
  noShift,
  openChoices,
  runDomainShifts,
  runForks,
  runIdentification,
  runSensitivity,
  type ShiftedRuns,
  sensitivityTable,
  shapePanels,
  shiftClaims,
  trainShifts,
} from "#lib/experiments/index.js";
import { arrivingLoss } from "#lib/experiments/monitoring/arriving-loss.js";
import { type NamedZooOptions, namedZoo, type TrainedZoo, trainZoo } from "#lib/zoo/index.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-monitoring-"));
const rng = RandomStream.fromSeed(1);
const small = { dataset: "strokes", models: 8, epochs: 16, trainImages: 600, testImages: 100 };
const train = (name: string, changes: NamedZooOptions) =>
  trainZoo(namedZoo("mlp-trajectory", "smoke", { ...small, ...changes }), { folder: join(folder, name) });
const afterEpoch = 11;
let [control, swapped, same] = [] as unknown as [TrainedZoo, TrainedZoo, TrainedZoo];

beforeAll(async () => {
  control = await train("control", {});
  swapped = await train("swapped", {
    shift: { afterEpoch, dataset: "strokes+swap0-1+swap2-3+swap4-5+swap6-7" },
  });
  same = await train("same", { shift: { afterEpoch, dataset: "strokes" } });
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

describe("runs with shifts, trained by kind", () => {
  const setting = { ...monitoringSetting("smoke"), models: 3 };
  const cache = process.env.WEIGHTBOOK_CACHE;
  let runs: Record<string, ShiftedRuns>;
  let shifts: DomainShifts;

  beforeAll(async () => {
    process.env.WEIGHTBOOK_CACHE = join(folder, "cache");
    runs = await trainShifts("mlp", { preset: "smoke", setting, dataset: "strokes" });
    shifts = await runDomainShifts(runs, {
      rng,
      window: setting.window,
      patience: setting.patience,
      images: 50,
    });
  });
  afterAll(() => {
    if (cache === undefined) delete process.env.WEIGHTBOOK_CACHE;
    else process.env.WEIGHTBOOK_CACHE = cache;
  });

  test("share their seeds and, but for what they are trained on, all with their controls", () => {
    expect(Object.keys(runs)).toEqual(["rotated by 45 degrees", "new classes 8 and 9"]);
    for (const { shifted, control } of Object.values(runs)) {
      const { shift, models, ...rest } = shifted.spec;
      expect(rest).toEqual({ ...control.spec, models: undefined, shift: undefined, ...rest });
      expect([shift?.afterEpoch, models]).toEqual([setting.afterEpoch, 3]);
      expect(rest.dataset).toEqual(control.spec.dataset);
    }
    expect(runs["new classes 8 and 9"].control.spec.dataset.name).toBe("strokes+classes0-7");
    expect(runs["new classes 8 and 9"].shifted.spec.shift?.dataset).toBe("strokes");
  });

  test("another set is left out where it is not at hand, and every kind names what it changes", () => {
    const kinds = kindsOfShift("cnn", "laptop");
    expect(kinds.filter(({ isOfData }) => !isOfData).map(({ shift }) => shift)).toEqual([
      { learningRate: 1e-4 },
    ]);
    expect(kinds.map(({ shift }) => shift.dataset).filter(Boolean)).toHaveLength(kinds.length - 1);
    expect(kindsOfShift("cnn", "laptop", "fashion-mnist").map(({ name }) => name)).toContain("mnist");
  });

  test("their claims are the areas' means, undecided where too small", () => {
    const names = Object.keys(runs);
    const options = { rng, kinds: names, net: "MLP" };
    const rows = shiftClaims(shifts, options);
    const mean = (detector: string) =>
      names.reduce((sum, name) => sum + cell(shifts.areas, name, detector)!, 0) / names.length;
    expect(rows.map(({ ours }) => ours)).toEqual(
      [
        mean("step length"),
        mean("turning"),
        mean("smoothness"),
        mean("step length") - mean("training loss"),
        mean("step length") - mean("arriving loss"),
      ].map((value) => expect.closeTo(value, 5)),
    );
    const small = shiftClaims(shifts, { ...options, tooSmall: "too small to judge" });
    expect(new Set(small.map(({ verdict }) => verdict))).toEqual(new Set(["undecided"]));
  });

  test("their shapes are drawn with and without the shift, equal up to it in the seeds that both have", () => {
    const same = {
      shifted: runs["new classes 8 and 9"].shifted,
      control: runs["new classes 8 and 9"].control,
    };
    const [steps] = shapePanels(same, [2, setting.afterEpoch]);
    expect(steps.curves.map(({ epochs }) => epochs)).toEqual([[2, 3, 4, 5, 6], [2, 3, 4, 5, 6]]); // biome-ignore format: pairs
    expect(steps.curves[0].middle).toEqual(steps.curves[1].middle);
  });
});

describe("forks among unnamed checkpoints", () => {
  test("are found with the run and the checkpoint that they left", async () => {
    const table = await runForks(control, { swapped }, { rng, draws: 8 });
    expect(table.rows).toEqual(["swapped", "no fork"]);
    expect(cell(table, "swapped", "parent")).toBe(1);
    expect(cell(table, "swapped", "parent of the last")).toBe(1);
    expect(cell(table, "swapped", "epoch error")).toBeLessThanOrEqual(1);
    expect(cell(table, "swapped", "found")).toBe(1);
    expect(cell(table, "swapped", "near")).toBeGreaterThanOrEqual(0.75);
    expect(cell(table, "no fork", "invented")).toBe(0);
    expect(cell(table, "no fork", "found")).toBeNull();
  });

  test("are of the same seeds", async () => {
    const other = await train("other", { firstSeed: 50, shift: { afterEpoch, learningRate: 0.3 } });
    await expect(runForks(control, { other }, { rng })).rejects.toThrow(/other: its seeds are .*50/);
    await expect(runForks(control, { control }, { rng })).rejects.toThrow("control: it has no shift");
    await expect(runForks(control, { swapped }, { rng, unrelated: 8 })).rejects.toThrow("too few models");
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
