import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ordersOf, scoreForks, scoreOrders, versionLog } from "#lib/analysis/index.js";
import { RandomStream } from "#lib/core/random.js";
import { publishedTable, runVersionLog } from "#lib/experiments/index.js";
import { namedZoo, type TrainedZoo, trainZoo } from "#lib/zoo/index.js";
import { asPoints } from "../helpers/made-runs.js";
import { trainedForks } from "../helpers/trained-forks.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-version-log-"));
const rng = RandomStream.fromSeed(1);
let [cnn, mlp] = [] as unknown as [TrainedZoo, TrainedZoo];

beforeAll(async () => {
  const small = { dataset: "strokes", models: 8, epochs: 16, trainImages: 400, testImages: 100 };
  cnn = await trainZoo(namedZoo("cnn-trajectory", "smoke", { ...small, learningRate: 0.003 }), {
    folder: join(folder, "cnn"),
  });
  mlp = await trainZoo(namedZoo("mlp-trajectory", "smoke", small), { folder: join(folder, "mlp") });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("shuffled checkpoints of a trained zoo", () => {
  test("are sorted into their runs, and into an order at least as good as merge heights'", async () => {
    // The CNNs' in full weight space.
    const published = Number(publishedTable("trajectories/cnn").values[0][2]);
    for (const zoo of [cnn, mlp]) {
      const { table, draws } = await runVersionLog(zoo, { rng, checkpoints: 8, draws: 30 });
      expect(table.rows).toEqual([
        "every checkpoint, merge heights",
        "every checkpoint, version log",
        "every 2 epochs, merge heights",
        "every 2 epochs, version log",
      ]);
      expect(Object.keys(draws)).toEqual(table.rows);
      const value = (row: number, column: string) => table.values[row][table.columns.indexOf(column)] ?? -1;
      for (const row of [1, 3]) {
        expect(value(row, "groupsExact")).toBe(1);
        expect(value(row, "orderedFraction")).toBeGreaterThanOrEqual(value(row - 1, "orderedFraction"));
        expect(value(row, "orderedFraction")).toBeGreaterThanOrEqual(published);
      }
      table.values.flat().forEach((cell, i) => {
        expect(table.low?.flat()[i]).toBeLessThanOrEqual(cell ?? -1);
        expect(table.high?.flat()[i]).toBeGreaterThanOrEqual(cell ?? 2);
      });
    }
  });

  test("equal seeds give equal tables, and the models are those asked for", async () => {
    const options = { checkpoints: 5, draws: 3, every: [1], models: [0, 2, 4, 5] };
    const once = await runVersionLog(cnn, { ...options, rng: RandomStream.fromSeed(2) });
    const again = await runVersionLog(cnn, { ...options, rng: RandomStream.fromSeed(2) });
    expect(again).toEqual(once);
    expect(once.setting).toBe("8 seeds x 16 epochs, strokes, 400 images");
  });

  test("too few models or epochs are refused", async () => {
    await expect(runVersionLog(cnn, { rng, runs: 5 })).rejects.toThrow(/0 of 4 models with 20 checkpoints/);
    await expect(runVersionLog(cnn, { rng, checkpoints: 4, runs: 5 })).rejects.toThrow(/a draw takes 5/);
    await expect(runVersionLog(cnn, { rng, drawn: 5 } as never)).rejects.toThrow(/no option "drawn"/);
  });

  test("the work stops at a signal", async () => {
    const stopped = new AbortController();
    const stopping = runVersionLog(cnn, {
      ...{ rng, checkpoints: 5, signal: stopped.signal },
      onProgress: () => stopped.abort(),
    });
    await expect(stopping).rejects.toMatchObject({ code: "interrupted" });
  });
});

test("trainings that went on with other labels are forks of their parent, at its checkpoint to within one", async () => {
  const trained = await trainedForks(3, 14, [3, 6, 9, 11]);
  const rows = trained.flatMap(({ parent, child, from }, i) => [
    ...parent.map((weights, epoch) => ({ weights, epoch, run: 2 * i })),
    ...child.map((weights, k) => ({ weights, epoch: from + 1 + k, run: 2 * i + 1 })),
  ]);
  const shuffled = Array.from(rng.split("forks").permutation(rows.length), (place) => rows[place]);
  const truth = { run: shuffled.map(({ run }) => run), epoch: shuffled.map(({ epoch }) => epoch) };
  const log = await versionLog(asPoints(shuffled.map(({ weights }) => weights)));
  expect(log.families).toBe(4);
  expect(scoreOrders(ordersOf(log), truth)).toEqual({
    groupsExact: 1,
    orderedFraction: 1,
    tau: 1,
    forwards: 1,
  });
  const forks = trained.map(({ from }, i) => ({ run: 2 * i + 1, parent: 2 * i, epoch: from }));
  expect(scoreForks(log, truth, forks)).toMatchObject({
    found: 1,
    parent: 1,
    nearCheckpoint: 1,
    invented: 0,
  });
});
