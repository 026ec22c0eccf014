import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { zooVariance } from "#lib/analysis/index.js";
import { trainingSetting, zoosSetting } from "#lib/experiments/hyperreps/hyper-setting.js";
import { imageSetting, runZooFactors, type ZooFactors } from "#lib/experiments/index.js";
import { namedZoo, trainZoo, type Zoo } from "#lib/zoo/index.js";
import { withDiverged } from "../helpers/made-zoo.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-factors-"));
const setting = imageSetting("smoke", "mnist");
const fixed = "MNIST-HYP-1-FIX-SEED";
const lost = [0, 1];

/** Small zoos on drawn images. */
function smokeZoo(
  name: Parameters<typeof namedZoo>[0],
  options: Parameters<typeof namedZoo>[2],
): Promise<Zoo> {
  const spec = namedZoo(name, "smoke", { trainImages: 200, dataset: "strokes", ...options });
  return trainZoo(spec, { folder: join(cache, "zoos", `${name}-${options?.models}`) });
}

let zoos: Record<string, Zoo>;
let factors: ZooFactors;
beforeAll(async () => {
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  const seeds = await smokeZoo("mnist-hyp-1-fix-seed", { models: 32 });
  zoos = {
    [fixed]: await withDiverged(seeds, lost),
    "FASHION-SEED": await smokeZoo("fashion-seed", { models: 12 }),
    "STROKES-HYP": await smokeZoo("mnist-hyp-1-rand-seed", { models: 8, epochs: 1 }),
  };
  factors = await runZooFactors(zoos, { setting });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const cell = ({ rows, columns, values }: ZooFactors["extra"], row: string, column: string) =>
  values[rows.indexOf(row)][columns.indexOf(column)];

describe("zoos with diverged models", () => {
  test("have the variances of the others, and the setting says how many are left out", async () => {
    const { overall, within } = await zooVariance(zoos[fixed]);
    expect(cell(factors.variance, "VAR", fixed)).toBe(overall);
    expect(cell(factors.variance, "VARc", fixed)).toBe(within);
    expect(factors.setting).toContain(`without diverged models (2 of ${fixed})`);
  });

  test("VAR and VARc have intervals", () => {
    const { low, values, high } = factors.variance;
    for (const row of [0, 1]) {
      expect(low![row][0]!).toBeLessThan(values[row][0]!);
      expect(high![row][0]!).toBeGreaterThan(values[row][0]!);
    }
  });
});

describe("what Table 4 lacks", () => {
  test("has columns of its own, beside both losses of every zoo", () => {
    expect(factors.variance.columns).toEqual([fixed]);
    expect(factors.probes.columns).toEqual([`${fixed}/W`, `${fixed}/sW`, `${fixed}/EcD`]);
    expect(factors.extra.columns).toEqual([
      ...[`${fixed}/EcD`, `${fixed}/Ec+D`],
      ...["W", "sW", "EcD", "Ec+D"].map((column) => `FASHION-SEED/${column}`),
      ...["W", "sW", "EcD", "Ec+D"].map((column) => `STROKES-HYP/${column}`),
    ]);
    expect(factors.extra.rows).toEqual(["VAR", "VARc", "Rtr", "Rtes", "eph", "acc", "ggap", "init"]);
  });

  test("shows each number where it belongs", async () => {
    const { overall } = await zooVariance(zoos["FASHION-SEED"]);
    const row = (name: string) =>
      ["W", "sW", "EcD", "Ec+D"].map((column) => cell(factors.extra, name, `FASHION-SEED/${column}`));
    expect(row("VAR")).toEqual([overall, null, null, null]);
    for (const name of ["Rtr", "Rtes"]) {
      expect(row(name).map((value) => value === null)).toEqual([true, true, false, false]);
    }
    expect(row("acc").every((value) => value !== null)).toBe(true);
    // One initialiser: nothing to read.
    expect(row("init")).toEqual([null, null, null, null]);
    for (const target of ["acc", "init"]) {
      expect(cell(factors.extra, target, `${fixed}/EcD`)).toBeCloseTo(
        cell(factors.probes, target, `${fixed}/EcD`)!,
        9,
      );
    }
    const learned = factors.zoos[0].cells.find((candidate) => candidate.row === "Ec+D")!;
    const probe = learned.runs[0].probes.find(({ target }) => target === "acc")!;
    expect(cell(factors.extra, "acc", `${fixed}/Ec+D`)).toBeCloseTo(probe.interval.value, 9);
    expect(cell(factors.extra, "Rtes", `${fixed}/Ec+D`)).toBe(cell(factors.variance, "Rtes", fixed));
  });

  test("has an id and a caption of its own, and every caption says on what it was measured", () => {
    const { variance, probes, extra } = factors;
    expect(extra.id).toBe("hyperreps/zoo-factors-extra");
    for (const { caption } of [variance, probes, extra]) expect(caption).toContain(factors.setting);
    expect(new Set([variance, probes, extra].map(({ id }) => id)).size).toBe(3);
    expect(new Set([variance, probes, extra].map(({ caption }) => caption)).size).toBe(3);
  });
});

test("a zoo too small to be read leaves its cells empty", () => {
  const row = (name: string) =>
    ["W", "sW", "EcD", "Ec+D"].map((column) => cell(factors.extra, name, `STROKES-HYP/${column}`));
  for (const target of ["eph", "acc", "ggap"]) expect(row(target)).toEqual([null, null, null, null]);
  expect(row("Rtr").slice(2).every(Number.isFinite)).toBe(true);
  expect(factors.zoos[2].clusters).toBeUndefined();
  expect(factors.claims.filter(({ claim }) => claim.startsWith("STROKES-HYP"))).toEqual([]);
});

describe("the setting", () => {
  const zoo = (fields: object) =>
    ({
      kind: "trained",
      models: 5,
      data: { name: "mnist" },
      spec: { epochs: 2, dataset: { trainImages: 6000 }, vary: {} },
      ...fields,
    }) as unknown as Zoo;

  test("names zoos that are alike together, and what stands in for which images", () => {
    const strokes = zoo({ data: { name: "strokes", standsInFor: "svhn" } });
    expect(zoosSetting({ A: zoo({}), B: strokes, C: zoo({}) })).toBe(
      "A, C: 5 seeds x 2 epochs, mnist, 6,000 images; B: 5 seeds x 2 epochs, strokes in place of svhn, 6,000 images",
    );
  });

  test("names beta where a loss has one", () => {
    const { config } = setting;
    expect(trainingSetting(setting, 3, ["EcD"])).toContain(`, beta ${config.beta}, 3 steps`);
    expect(trainingSetting(setting, 3, ["ED", "Ec+D"])).toContain("beta");
    expect(trainingSetting(setting, 3, ["ED", "Ec"])).not.toContain("beta");
    expect(factors.setting).toContain(`beta ${config.beta}`);
  });
});
