import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import type { ScoreRow } from "#lib/core/tables.js";
import {
  type Ablation,
  publishedTable,
  runArchitectures,
  runAugmentations,
  runLong,
  runLosses,
  runTetrisProbes,
  runVariants,
  seedSpread,
  type TetrisSetting,
  tetrisSetting,
  variantClaim,
} from "#lib/experiments/index.js";
import { permutedRows } from "#lib/representations/hyper/views.js";
import { zooSplits } from "#lib/representations/index.js";
import { namedZoo, type TrainedZoo, trainZoo } from "#lib/zoo/index.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-hyperreps-"));
const smoke = tetrisSetting("smoke");
/** Two seeds, as at larger presets. */
const setting: TetrisSetting = { ...smoke, seeds: 2, steps: { ...smoke.steps, long: 6 } };
let zoo: TrainedZoo;
let augmented: Ablation;
let losses: Ablation;
let architectures: Ablation;

beforeAll(async () => {
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  zoo = await trainZoo(namedZoo("tetris-seed", "smoke", { models: 20 }), { folder: join(cache, "zoo") });
  augmented = await runAugmentations(zoo, { setting });
  losses = await runLosses(zoo, { setting });
  architectures = await runArchitectures(zoo, { setting });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

function trainings(): string[] {
  return readdirSync(join(cache, "trainings"));
}

/** Rows of a claim's table, before its words. */
function published(id: string, row: string, column: string): number {
  const { rows, columns, values } = publishedTable(id);
  return values[rows.indexOf(row)][columns.indexOf(column)]!;
}

function expectSmall(claims: readonly ScoreRow[]): void {
  for (const { claim, verdict, source, setting: text } of claims) {
    expect(verdict).toBe("undecided");
    expect(claim).toMatch(/too small to judge \(> 0\)$/);
    expect(source).toMatch(/^Table [1235] \(2021\)$/);
    expect(text).toContain("2 seeds");
  }
  expect(new Set(claims.map(({ claim }) => claim)).size).toBe(claims.length);
}

function expectIntervals({
  values,
  low,
  high,
}: {
  values: readonly (readonly (number | null)[])[];
  low?: typeof values;
  high?: typeof values;
}): void {
  values.flat().forEach((value, i) => {
    const [least, most] = [low!.flat()[i], high!.flat()[i]];
    if (value === null || least === null || most === null) return;
    expect(least).toBeLessThanOrEqual(most);
  });
}

test("variants differ from the reference where they say so, from as many seeds as asked for", async () => {
  const given = { "more steps": { steps: 6 }, "without tanh": { tanh: false } };
  const { cells, table, setting: text } = await runVariants(zoo, given, { setting, seeds: 2 });
  expect(table.rows).toEqual(["more steps", "without tanh"]);
  expect(table.columns).toEqual(["rec", "eph", "acc", "ggap"]);
  expect(
    cells.map(({ runs }) => runs.map(({ representation }) => representation.model.config.steps)),
  ).toEqual([
    [6, 6],
    [setting.steps.augmentations, setting.steps.augmentations],
  ]);
  expect(cells[1].runs[0].representation.model.config.tanh).toBe(false);
  expect(text).toContain("6 steps of");
  expect(text).toContain("2 seeds");
  const single = await runVariants(zoo, { "without tanh": { tanh: false } }, { setting });
  expect(single.cells[0].runs).toHaveLength(1);
  const claim = variantClaim({ cells, table, setting: text }, "EcD", "more steps", "without tanh");
  const [more, without] = table.values.map(([rec]) => rec!);
  expect(claim.claim).toBe("EcD: more steps minus without tanh, reconstruction R2 (> 0)");
  expect(claim.ours).toBeCloseTo(more - without, 3);
  expect(() => variantClaim({ cells, table, setting: text }, "EcD", "tanh", "more steps")).toThrow(
    'no reconstruction of a variant "tanh"; there are more steps, without tanh',
  );
});

describe("Table 3", () => {
  test("has the published rows and columns, each with the reconstruction of its own training", () => {
    const { table, cells } = augmented;
    const { rows, columns } = publishedTable("hyperreps/augmentations");
    expect([table.id, table.rows, table.columns]).toEqual(["hyperreps/augmentations", rows, columns]);
    expect(table.values.flat().every((value) => Number.isFinite(value))).toBe(true);
    expect(cells).toHaveLength(rows.length * columns.length);
    for (const { row, column, runs } of cells) {
      expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
      const { config } = runs[0].representation.model;
      expect(config.loss).toBe(row);
      const { permutation, erasing, noise } = config.augmentations;
      expect([permutation, erasing !== null, noise > 0]).toEqual(
        ["P", "E", "N"].map((letter) => column!.includes(letter)),
      );
      expect(runs[0].probes).toEqual([]);
    }
    expectIntervals(table);
  });

  test("shows the mean over seeds of the R2 of the permuted test rows", async () => {
    const [cell] = augmented.cells;
    const { test: rows } = zooSplits(zoo);
    const permuted = permutedRows(rows, RandomStream.fromSeed(0).split("permuted test rows"));
    const scores: number[] = [];
    for (const { representation } of cell.runs) {
      const { data } = await representation.reconstruct({ ...rows, weights: permuted });
      const { cols } = permuted;
      const means = Array.from(
        { length: cols },
        (_, j) => permuted.data.reduce((sum, w, p) => (p % cols === j ? sum + w : sum), 0) / permuted.rows,
      );
      const errors = data.reduce((sum, w, p) => sum + (w - permuted.data[p]) ** 2, 0);
      scores.push(
        100 * (1 - errors / permuted.data.reduce((sum, w, p) => sum + (w - means[p % cols]) ** 2, 0)),
      );
    }
    expect(augmented.table.values[0][0]).toBeCloseTo((scores[0] + scores[1]) / 2, 3);
  });

  test("claims carry the published differences, and are undecided at this size", () => {
    expectSmall(augmented.claims);
    expect(augmented.claims).toHaveLength(9);
    const claim = augmented.claims.find((row) => row.claim.startsWith("EcD: permutation minus none"))!;
    const difference =
      published("hyperreps/augmentations", "EcD", "P") - published("hyperreps/augmentations", "EcD", "none");
    expect(claim.published).toBeCloseTo(difference, 2);
    const { values, columns, rows } = augmented.table;
    const of = (column: string) => values[rows.indexOf("EcD")][columns.indexOf(column)]!;
    expect(claim.ours).toBeCloseTo(of("P") - of("none"), 3);
    expect(claim.difference).toBeCloseTo(claim.ours! - difference, 2);
  });
});

describe("Tables 1 and 2", () => {
  test("have the published rows and columns, and the gap", () => {
    for (const { table } of [losses, architectures]) {
      const { rows, columns } = publishedTable(table.id);
      expect(table.rows).toEqual(rows);
      expect(table.columns.filter((column) => column !== "ggap")).toEqual(columns);
      expect(table.columns).toContain("ggap");
      expectIntervals(table);
    }
    const of = (row: string, column: string) =>
      losses.table.values[losses.table.rows.indexOf(row)][losses.table.columns.indexOf(column)];
    // Ec has no decoder that was trained.
    expect(of("Ec", "rec")).toBeNull();
    for (const row of ["ED", "EcD", "Ec+D"]) expect(of(row, "rec")).not.toBeNull();
    for (const row of losses.table.rows) expect(of(row, "acc")).not.toBeNull();
  });

  test("are of the loss or the architecture that a row names", () => {
    for (const { row, runs } of losses.cells) expect(runs[1].representation.model.config.loss).toBe(row);
    for (const { row, runs } of architectures.cells) {
      const { architecture, loss, steps } = runs[0].representation.model.config;
      expect([architecture, loss]).toEqual([row, "EcD"]);
      expect(steps).toBe(setting.steps.architectures[architecture]);
    }
  });

  test("claims carry the published differences, and are undecided at this size", () => {
    expectSmall([...losses.claims, ...architectures.claims]);
    const byText = (claims: readonly ScoreRow[], text: string) =>
      claims.find(({ claim }) => claim.startsWith(text))!;
    const acc = (row: string) => published("hyperreps/ssl-losses", row, "acc");
    expect(byText(losses.claims, "EcD minus ED, accuracy").published).toBeCloseTo(acc("EcD") - acc("ED"), 2);
    const rec = (id: string, row: string) => published(id, row, "rec");
    expect(byText(losses.claims, "ED minus EcD, reconstruction").published).toBeCloseTo(
      rec("hyperreps/ssl-losses", "ED") - rec("hyperreps/ssl-losses", "EcD"),
      2,
    );
    const architecture = (row: string) => rec("hyperreps/architectures", row);
    expect(byText(architectures.claims, "AttN+t minus FF").published).toBeCloseTo(
      architecture("AttN+t") - architecture("FF"),
      2,
    );
  });

  test("the spread of seeds has a line for each cell", () => {
    const lines = seedSpread([...losses.cells, augmented.cells[0]]);
    expect(lines.map(({ cell }) => cell)).toEqual([...losses.table.rows, "ED, none"]);
    expect(lines[0]["reconstruction, by seed"]).toBeNull();
    expect(lines[1]["reconstruction, by seed"]).toMatch(/^-?[\d.]+ \/ -?[\d.]+$/);
    expect(lines[1]["accuracy, by seed"]).toMatch(/ \/ /);
  });
});

describe("Table 5", () => {
  test("has the published rows and columns, EcD beside the baselines, and its claims", async () => {
    const shares: number[] = [];
    const { table, baselines, learned, claims } = await runTetrisProbes(zoo, "tetris-seed", {
      setting,
      onProgress: ({ done, total }) => shares.push(done / total),
    });
    const { rows, columns } = publishedTable("hyperreps/tetris-seed");
    expect([...table.rows].sort()).toEqual([...rows].sort());
    expect([...table.columns].sort()).toEqual([...columns].sort());
    const r = table.rows.indexOf("acc");
    const at = (column: string) => table.values[r][table.columns.indexOf(column)];
    expect(at("W")).toBe(baselines.table.values[r][baselines.table.columns.indexOf("W")]);
    const accuracies = learned.runs.map(
      ({ probes }) => probes.find(({ target }) => target === "acc")!.interval.value,
    );
    expect(at("EcD")).toBeCloseTo((accuracies[0] + accuracies[1]) / 2, 8);
    expectSmall(claims);
    expect(claims.find(({ claim }) => claim.includes("EcD minus sW, accuracy"))!.published).toBeCloseTo(
      published("hyperreps/tetris-seed", "acc", "EcD") - published("hyperreps/tetris-seed", "acc", "sW"),
      2,
    );
    expect(shares.at(-1)).toBe(1);
  });
});

describe("the long run", () => {
  test("has a curve of its snapshots for ED and for EcD, whose ends are the model's", async () => {
    const runs = await runLong(zoo, { setting });
    expect(runs.map(({ loss }) => loss)).toEqual(["ED", "EcD"]);
    for (const { curve, representation } of runs) {
      expect(curve.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(curve.every(({ reconstruction, accuracy }) => Number.isFinite(reconstruction + accuracy))).toBe(
        true,
      );
      const seconds = curve.map((point) => point.seconds);
      expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
      expect(representation.model.step).toBe(6);
    }
  });
});

describe("experiments", () => {
  test("open what was trained before, and give the same tables", async () => {
    const before = trainings().map(
      (name) => statSync(join(cache, "trainings", name, "model.safetensors")).mtimeMs,
    );
    const again = await runLosses(zoo, { setting });
    expect(again.table).toEqual(losses.table);
    expect(again.claims).toEqual(losses.claims);
    expect(
      trainings().map((name) => statSync(join(cache, "trainings", name, "model.safetensors")).mtimeMs),
    ).toEqual(before);
  });

  test("refuse unknown options, and stop", async () => {
    for (const run of [runAugmentations, runLosses, runArchitectures, runLong])
      await expect(run(zoo, { setting, seeds: 3 } as never)).rejects.toMatchObject({
        code: "options/unknown",
      });
    const signal = AbortSignal.abort();
    await expect(runLosses(zoo, { setting, signal, firstSeed: 9 })).rejects.toMatchObject({
      name: "InterruptedError",
    });
    await expect(runTetrisProbes(zoo, "tetris-seed", { setting, signal })).rejects.toMatchObject({
      name: "InterruptedError",
    });
  });
});
