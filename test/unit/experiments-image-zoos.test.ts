import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import {
  finalAccuracy,
  type HypZoosRun,
  hypZooTargets,
  imageSetting,
  publishedTable,
  runHypZoos,
  runTransfer,
  runZooFactors,
  type TransferRun,
  type ZooFactors,
} from "#lib/experiments/index.js";
import { namedZoo, trainZoo, type Zoo } from "#lib/zoo/index.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-image-zoos-"));
const names = ["MNIST-HYP", "FASHION-HYP", "CIFAR10-HYP", "SVHN-HYP"];
let hyp: Record<string, Zoo>;
let table6: HypZoosRun;
let table7: TransferRun;

/** Drawn images stand in for real ones, small zoos for large ones. */
async function smokeZoo(name: Parameters<typeof namedZoo>[0], models: number): Promise<Zoo> {
  const spec = namedZoo(name, "smoke", { models, trainImages: 200, dataset: "strokes" });
  return trainZoo(spec, { folder: join(cache, "zoos", name) });
}

beforeAll(async () => {
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  hyp = {};
  for (const [i, name] of names.entries()) {
    const spec = namedZoo("strokes-hyp", "smoke", { models: 24, trainImages: 200, firstSeed: i });
    hyp[name] = await trainZoo(spec, { folder: join(cache, "zoos", name) });
  }
  const setting = imageSetting("smoke", "hyp");
  table6 = await runHypZoos(hyp, { setting });
  table7 = await runTransfer(hyp, { setting });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe("Table 6", () => {
  test("has the published rows and columns, and those that the paper lacks", () => {
    const published = publishedTable("hyperreps/hyp-zoos");
    expect(table6.table.rows).toEqual(published.rows);
    expect(table6.table.columns).toEqual(published.columns);
    expect(table6.extra.columns.slice(0, 5)).toEqual([
      "MNIST-HYP/sW56",
      "MNIST-HYP/trees on sW",
      "MNIST-HYP/trees on sW56",
      "MNIST-HYP/MI-WD",
      "MNIST-HYP/MI-WD std.",
    ]);
    expect(table6.extra.columns).toHaveLength(20);
    for (const row of [...table6.table.values, ...table6.extra.values]) {
      for (const value of row) expect(value === null || Number.isFinite(value)).toBe(true);
    }
  });

  test("each column is of its own zoo", () => {
    for (const [z, { name, baselines, learned }] of table6.zoos.entries()) {
      expect(name).toBe(names[z]);
      const acc = baselines.cells[Object.keys(hypZooTargets).indexOf("acc")];
      const column = (of: string) => table6.table.columns.indexOf(`${name}/${of}`);
      const row = table6.table.values[table6.table.rows.indexOf("acc")];
      expect(row[column("W")]).toBe(acc[0].interval.value);
      expect(row[column("sW")]).toBe(acc[1].interval.value);
      const probe = learned.runs[0].probes.find(({ target }) => target === "acc")!;
      expect(row[column("EcD")]).toBeCloseTo(probe.interval.value, 9);
    }
  });

  test("its claims say that they are too small to judge, and what was published", () => {
    expect(table6.claims).toHaveLength(28);
    expect(table6.claims.every(({ verdict }) => verdict === "undecided")).toBe(true);
    const accuracy = table6.claims.find(({ claim }) => claim.startsWith("SVHN-HYP: EcD minus sW, accuracy"));
    expect(accuracy?.published).toBeCloseTo(91.1 - 82.1, 6);
    const words = table6.claims.find(({ claim }) => claim.startsWith("MNIST-HYP: W minus EcD"));
    expect(words?.published).toBeCloseTo((94.6 + 76.7) / 2 - (80.6 + 66.4) / 2, 6);
  });
});

describe("Table 7", () => {
  test("has the published rows and columns for the gap, and the same for accuracy and epoch", () => {
    const published = publishedTable("hyperreps/ood-ggap");
    for (const target of ["ggap", "acc", "eph"] as const) {
      expect(table7.tables[target].rows).toEqual(published.rows);
      expect(table7.tables[target].columns).toEqual(published.columns);
      expect(table7.extra[target].columns.slice(0, 7)).toEqual(
        ["sW56", "trees on sW", "trees on sW56", "MI-WD", "MI-WD std.", "EcD", "joint Ec+D"].map(
          (name) => `MNIST-HYP/${name}`,
        ),
      );
    }
    expect(table7.cells).toHaveLength(10 * 3 * 16);
  });

  test("a cell is tau-b of that zoo's test checkpoints as the estimator of the row's zoo ranks them", () => {
    const { ggap } = table7.tables;
    for (const cell of table7.cells) {
      if (cell.target !== "ggap" || cell.representation !== "sW") continue;
      const value = ggap.values[ggap.rows.indexOf(cell.fittedOn)][ggap.columns.indexOf(`${cell.zoo}/sW`)];
      const tau = kendallTau(cell.truth, cell.predictions);
      if (Number.isNaN(tau)) expect(value).toBeNull();
      else expect(value).toBe(tau);
      const { facts } = hyp[cell.zoo];
      const test = facts.split.flatMap((split, row) => (split === "test" ? [row] : []));
      expect(Array.from(cell.truth)).toEqual(test.map((row) => facts.generalization_gap[row]));
    }
  });

  test("counts the published cells in which Ec+D is best, ties included: 9 of 16", () => {
    const share = table7.claims.find(({ claim }) => claim.includes("share of 16 cells"));
    expect(share?.published).toBeCloseTo(9 / 16, 3);
    const column = table7.claims.find(({ claim }) => claim.startsWith("CIFAR10-HYP, Ec+D"));
    expect(column?.published).toBeCloseTo(0.35 - 0.27, 6);
  });
});

test("final checkpoints: one row a test model", async () => {
  const { table } = await finalAccuracy(hyp["CIFAR10-HYP"]);
  expect(table.rows).toEqual(["W", "sW", "sW56", "trees on sW", "trees on sW56"]);
  expect(table.caption).toContain("final checkpoints of 4 test models");
  expect(table.values.every(([, r2]) => r2 !== null && Number.isFinite(r2))).toBe(true);
});

test("final checkpoints: of one test model alone nothing varies, and the table is empty", async () => {
  const spec = namedZoo("strokes-hyp", "smoke", { models: 8, trainImages: 160, epochs: 1 });
  const zoo = await trainZoo(spec, { folder: join(cache, "zoos", "untrained") });
  const { table } = await finalAccuracy(zoo);
  expect(table.caption).toContain("final checkpoints of 1 test models");
  expect(table.values.flat()).toEqual(table.rows.flatMap(() => [null, null]));
});

describe("Table 4", () => {
  let factors: ZooFactors;

  beforeAll(async () => {
    const zoos: Record<string, Zoo> = {};
    for (const name of ["mnist-seed", "mnist-hyp-1-fix-seed", "mnist-hyp-1-rand-seed"] as const) {
      zoos[name.toUpperCase()] = await smokeZoo(name, name === "mnist-seed" ? 12 : 32);
    }
    factors = await runZooFactors(zoos, { setting: imageSetting("smoke", "mnist") });
  });

  test("a zoo of one group has VARc = VAR, one of many less", () => {
    const { values, columns, rows } = factors.variance;
    expect(rows).toEqual(["VAR", "VARc", "Rtr", "Rtes"]);
    expect(columns).toEqual(["MNIST-SEED", "MNIST-HYP-1-FIX-SEED", "MNIST-HYP-1-RAND-SEED"]);
    expect(values[1][0]).toBe(values[0][0]);
    expect(values[1][1]!).toBeLessThan(values[0][1]!);
  });

  test("shows the loss that the paper shows; a zoo of one initialiser has no such target", () => {
    const { columns, rows, values } = factors.probes;
    expect(columns).toEqual(publishedTable("hyperreps/zoo-factors").columns.slice(0, 9));
    expect(values[rows.indexOf("init")].slice(0, 3)).toEqual([null, null, null]);
    expect(values[rows.indexOf("init")][3]).not.toBeNull();
    const learned = factors.zoos[1].cells.find(({ row }) => row === "EcD")!;
    const probe = learned.runs[0].probes.find(({ target }) => target === "init")!;
    expect(values[rows.indexOf("init")][5]).toBeCloseTo(probe.interval.value, 9);
  });

  test("compares fixed seeds with drawn ones, by probes and by clusters", () => {
    const words = factors.claims.map(({ claim }) => claim);
    expect(words.filter((claim) => claim.startsWith("one seed"))).toHaveLength(13);
    const init = factors.claims.find(({ claim }) => claim.startsWith("one seed: initialisation read from W"));
    expect(init?.published).toBeCloseTo(87.7 - 38.3, 6);
    const [seeds, fixed] = factors.zoos;
    expect(seeds.clusters).toBeUndefined();
    expect(fixed.clusters!.points.rows).toBe(fixed.clusters!.init.length);
    for (const { byModel, silhouette } of [fixed.clusters!.byInit, fixed.clusters!.byInitAndActivation]) {
      expect(byModel).toHaveLength(3);
      expect(silhouette.low).toBeLessThanOrEqual(silhouette.value);
      expect(silhouette.high).toBeGreaterThanOrEqual(silhouette.value);
    }
  });
});
