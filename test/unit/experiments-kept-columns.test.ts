import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ProbeColumn, probeTable } from "#lib/analysis/probes/probe-table.js";
import { RandomStream } from "#lib/core/random.js";
import { keptColumns } from "#lib/experiments/hyperreps/kept-columns.js";
import { layerStatistics, rawWeights, type ZooSplits, zooSplits } from "#lib/representations/index.js";
import { namedZoo, trainZoo } from "#lib/zoo/index.js";

const targets = { acc: "test_accuracy", act: "activation" };
let folder: string;
let splits: ZooSplits;
/** Fits of each column so far. */
let fits: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weightbook-kept-"));
  const spec = namedZoo("strokes-hyp", "smoke", { models: 40, trainImages: 200 });
  splits ??= zooSplits(await trainZoo(spec, { folder: join(folder, "zoo") }));
  fits = [];
}, 120_000);
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const counted = (column: ProbeColumn): ProbeColumn => ({
  ...column,
  fit: (rows, options) => {
    fits.push(column.name);
    return column.fit(rows, options);
  },
});
const columns = [
  counted({ ...rawWeights(), name: "W" }),
  counted({ ...layerStatistics(), name: "trees", probe: "trees" }),
];
const options = () => ({ id: "test", rng: RandomStream.fromSeed(1), folder: join(folder, "probes") });

describe("columns that are kept", () => {
  test("are those of probeTable, and are made once", async () => {
    const { cells } = await probeTable(splits, columns, targets, { rng: RandomStream.fromSeed(1) });
    const expected = cells.map((row) =>
      row.map(({ target, kind, interval, scores }) => ({ target, kind, interval, scores })),
    );
    fits = [];
    const first = await keptColumns(splits, columns, targets, options());
    const second = await keptColumns(splits, columns, targets, options());
    expect(first).toEqual({ rows: ["acc", "act"], columns: ["W", "trees"], cells: expected });
    expect(second).toEqual(first);
    expect(fits).toEqual(["W", "trees"]);
  });

  test("are made again where anything is another, or a file is damaged", async () => {
    await keptColumns(splits, columns, targets, options());
    const others = [
      () => keptColumns(splits, columns, { acc: "test_accuracy" }, options()),
      () => keptColumns(splits, columns, targets, { ...options(), id: "other" }),
      () => keptColumns(splits, columns, targets, { ...options(), softmax: { tolerance: 1e-3 } }),
      () => keptColumns({ ...splits, train: splits.validation }, columns, targets, options()),
    ];
    for (const other of others) {
      fits = [];
      await other();
      expect(fits).toEqual(["W", "trees"]);
    }
    for (const file of readdirSync(join(folder, "probes"))) {
      writeFileSync(join(folder, "probes", file), "[{");
    }
    fits = [];
    await keptColumns(splits, columns, targets, options());
    expect(fits).toEqual(["W", "trees"]);
  });

  test("that were done before an interrupt stay", async () => {
    const stop = new AbortController();
    const last: ProbeColumn = {
      ...columns[1],
      fit: () => {
        stop.abort();
        stop.signal.throwIfAborted();
        throw new Error("not reached");
      },
    };
    await expect(keptColumns(splits, [columns[0], last], targets, options())).rejects.toThrow();
    fits = [];
    await keptColumns(splits, columns, targets, options());
    expect(fits).toEqual(["trees"]);
  });
});
