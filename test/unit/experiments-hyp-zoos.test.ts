import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type HypZoosRun, imageSetting, runHypZoos } from "#lib/experiments/index.js";
import { namedZoo, trainZoo } from "#lib/zoo/index.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-hyp-"));
let run: HypZoosRun;

beforeAll(async () => {
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  const small = { trainImages: 160, dataset: "strokes" };
  const drawn = namedZoo("mnist-hyp", "smoke", { models: 24, ...small });
  // One test model with one checkpoint, and nothing that its models differ in: no probe can read anything.
  const nothing = namedZoo("mnist-seed", "smoke", { models: 8, epochs: 1, ...small });
  const zoos = {
    "MNIST-HYP": await trainZoo(drawn, { folder: join(cache, "drawn") }),
    "SVHN-HYP": await trainZoo(nothing, { folder: join(cache, "nothing") }),
  };
  run = await runHypZoos(zoos, { setting: imageSetting("smoke", "hyp") });
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe("Table 6", () => {
  test("leaves a zoo empty that nothing can be read from, and says nothing of it", () => {
    const ofZoo = (table: HypZoosRun["table"], name: string) =>
      table.values.flatMap((row) => row.filter((_, c) => table.columns[c].startsWith(name)));
    for (const table of [run.table, run.extra]) {
      expect(new Set(ofZoo(table, "SVHN-HYP"))).toEqual(new Set([null]));
      expect(ofZoo(table, "MNIST-HYP").some((value) => value !== null)).toBe(true);
    }
    expect(run.claims.length).toBeGreaterThan(0);
    expect(run.claims.filter(({ claim }) => claim.startsWith("SVHN-HYP"))).toEqual([]);
  });

  test("its extra table has an id and a caption of its own", () => {
    expect([run.table.id, run.extra.id]).toEqual(["hyperreps/hyp-zoos", "hyperreps/hyp-zoos-extra"]);
    expect(run.extra.caption).toContain("gradient-boosted trees");
    expect(run.extra.caption).not.toContain(run.table.caption);
  });

  test("every caption says on what it was measured, and with which beta", () => {
    for (const { caption } of [run.table, run.extra]) expect(caption).toContain(run.setting);
    expect(run.setting).toContain("MNIST-HYP: 24 models x 4 epochs, strokes, 160 images");
    expect(run.setting).toContain("beta 0.9");
    expect(run.claims.every(({ setting }) => setting === run.setting)).toBe(true);
  });
});
