import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DataError, SpecError } from "#lib/core/errors.js";
import { findSource, loadSourceOrStrokes } from "#lib/datasets/index.js";
import { checkTransferMemory } from "#lib/experiments/hyperreps/transfer-trainings.js";
import {
  finalAccuracy,
  imageSetting,
  openHypZoos,
  publishedTable,
  runHypZoos,
  runTransfer,
  standIns,
  type TransferRun,
  zooSetting,
} from "#lib/experiments/index.js";
import { exportZoo, namedZoo, type TrainedZoo, trainZoo, type Zoo } from "#lib/zoo/index.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-transfer-"));
const setting = imageSetting("smoke", "hyp");
const targets = ["ggap", "acc", "eph"] as const;
/** Names of the zoos, with folder and data set as the published ones have them. */
const published = [
  ["MNIST-HYP", "mnist", "mnist"],
  ["FASHION-HYP", "fashion_mnist", "fashion_mnist"],
  ["CIFAR10-HYP", "cifar10-hyp", "cifar10"],
  ["SVHN-HYP", "svhn_cropped", "svhn_cropped"],
] as const;
let ours: Record<string, Zoo>;
let run: TransferRun;

/** Small zoos, as large as openHypZoos takes them at smoke; in the last strokes stand in for SVHN. */
beforeAll(async () => {
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  vi.stubEnv("WEIGHTBOOK_DATA", "");
  ours = {};
  const size = { models: 16, trainImages: 200 };
  for (const [i, [name]] of published.slice(0, 3).entries()) {
    const spec = namedZoo("strokes-hyp", "smoke", { ...size, firstSeed: i });
    ours[name] = await trainZoo(spec, { folder: join(cache, "zoos", name) });
  }
  const svhn = findSource("svhn-gs");
  const absent = { ...svhn, forms: svhn.forms.map((form) => ({ ...form, mirrors: [] })) };
  const dataset = await loadSourceOrStrokes(absent, { trainImages: 200, testImages: 100 });
  const folder = join(cache, "zoos", "SVHN-HYP");
  ours["SVHN-HYP"] = await trainZoo(namedZoo("svhn-hyp", "smoke", size), { folder, dataset });
  run = await runTransfer(ours, { setting });
}, 300_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe("captions and names of Table 7", () => {
  test("say which images were stood in for, in every table", async () => {
    const tables = targets.flatMap((target) => [run.tables[target], run.extra[target]]);
    const { table } = await finalAccuracy(ours["SVHN-HYP"]);
    for (const { caption } of [...tables, table]) expect(caption).toContain("strokes in place of svhn-gs");
    for (const { caption } of tables) expect(caption).toContain(run.setting);
    expect(table.caption).toContain(`svhn-hyp (${zooSetting(ours["SVHN-HYP"])}), final checkpoints of`);
    expect(standIns(Object.values(ours))).toBe("strokes in place of svhn-gs");
    expect(standIns([ours["MNIST-HYP"]])).toBe("");
  });

  test("say what the joint representation has seen, wherever it is shown", () => {
    for (const target of targets) {
      const note = "joint Ec+D was trained on the training weights, never the facts, of all these zoos";
      expect(run.extra[target].caption).toContain(note);
      expect(run.extra[target].columns).toContain("SVHN-HYP/joint Ec+D");
      expect(run.tables[target].caption).not.toContain("joint");
    }
  });

  test("name the target; no two tables have one id", () => {
    const id = (target: (typeof targets)[number]) => [run.tables[target].id, run.extra[target].id];
    expect(targets.flatMap(id)).toEqual([
      "hyperreps/ood-ggap",
      "hyperreps/ood-ggap-extra",
      "hyperreps/ood-acc",
      "hyperreps/ood-acc-extra",
      "hyperreps/ood-eph",
      "hyperreps/ood-eph-extra",
    ]);
    expect(run.tables.ggap.caption).toContain(publishedTable("hyperreps/ood-ggap").caption);
    expect(run.extra.acc.caption).toContain("Kendall's tau of the predicted test accuracy");
    expect(run.tables.eph.caption).toContain("Kendall's tau of the predicted epoch");
  });
});

/** The zoo with one column of its facts the same everywhere. */
function withConstant(zoo: Zoo, column: string): Zoo {
  const select: Zoo["select"] = (rows) => {
    const { weights, facts } = zoo.select(rows);
    return { weights, facts: { ...facts, [column]: new Float64Array(weights.rows).fill(0.25) } };
  };
  return Object.create(zoo, { select: { value: select } }) as TrainedZoo;
}

test("a target that a zoo does not vary leaves that zoo's cells empty, and the others as they are", async () => {
  const zoos = { ...ours, "FASHION-HYP": withConstant(ours["FASHION-HYP"], "generalization_gap") };
  const { tables, extra, claims } = await runTransfer(zoos, { setting });
  for (const [found, whole] of [
    [tables.ggap, run.tables.ggap],
    [extra.ggap, run.extra.ggap],
  ]) {
    const isFashion = (row: string, column: string) =>
      row === "FASHION-HYP" || column.startsWith("FASHION-HYP/");
    const wanted = whole.rows.map((row, r) =>
      whole.columns.map((column, c) => (isFashion(row, column) ? null : whole.values[r][c])),
    );
    expect(found.values).toEqual(wanted);
    expect(wanted.flat().some((value) => value !== null)).toBe(true);
  }
  for (const target of ["acc", "eph"] as const) {
    expect(tables[target].values).toEqual(run.tables[target].values);
    expect(extra[target].values).toEqual(run.extra[target].values);
  }
  expect(claims.map(({ claim }) => claim).join()).toContain("share of 9 cells");
});

describe("memory", () => {
  test("weights beyond the limit are refused before anything is trained", async () => {
    const empty = join(cache, "empty");
    vi.stubEnv("WEIGHTBOOK_CACHE", empty);
    const refused = runTransfer(ours, { setting, maxBytes: 1e6 });
    await expect(refused).rejects.toThrow(SpecError);
    await expect(refused).rejects.toMatchObject({ code: "transfer/memory" });
    expect(existsSync(empty)).toBe(false);
    vi.stubEnv("WEIGHTBOOK_CACHE", cache);
  });

  test("four zoos of paper are more than 3 GB, those of laptop are not; the sentence names a size that fits", () => {
    const sized = (models: number): Record<string, Zoo> => {
      const split = Array.from({ length: 9 * models }, (_, i) => (i % 20 < 17 ? "train" : "test"));
      const zoo = {
        facts: { split },
        models,
        epochs: Array.from({ length: 9 }),
        layout: { parameters: 4970 },
      };
      return Object.fromEntries(published.map(([name]) => [name, zoo as unknown as Zoo]));
    };
    const check = (models: number, rows: { models?: number; checkpoints?: number } = {}) => {
      checkTransferMemory(sized(models), { ...setting, rows }, 3e9);
    };
    expect(() => check(1000)).not.toThrow();
    expect(() => check(30_000)).toThrow(
      /^runTransfer would hold about 39\.7 GB of the weights of 4 zoos of up to 30,000 models at a time, more than 3\.0 GB; give a setting whose rows are of 2,265 models or fewer/,
    );
    expect(() => check(30_000, { models: 2265 })).not.toThrow();
    expect(() => check(30_000, { models: 2300 })).toThrow(SpecError);
    expect(() => check(6000, { checkpoints: 3 })).not.toThrow();
  });
});

/** Writes a zoo of ours as Unterthiner et al. published theirs, with metrics.csv unpacked. */
async function writePublished(zoo: Zoo, folder: string, dataset: string): Promise<void> {
  await exportZoo(zoo, folder, "unterthiner");
  const packed = join(folder, "metrics.csv.gz");
  const metrics = gunzipSync(readFileSync(packed)).toString();
  expect(metrics.split(",strokes,")).toHaveLength(1 + zoo.facts.model.length);
  writeFileSync(join(folder, "metrics.csv"), metrics.replaceAll(",strokes,", `,${dataset},`));
  rmSync(packed);
}

describe("published zoos in place of ours", () => {
  const zooDir = join(cache, "published");
  const imports = () => readdirSync(join(cache, "zoos")).filter((name) => name.includes("-imported-"));
  let imported: Record<string, Zoo>;

  beforeAll(async () => {
    mkdirSync(zooDir);
    for (const [name, folder, dataset] of published) {
      await writePublished(ours[name], join(zooDir, folder), dataset);
    }
    imported = await openHypZoos({ preset: "smoke", zooDir });
  });

  test("are found by their own folders' names, and have our splits", () => {
    expect(Object.keys(imported)).toEqual(published.map(([name]) => name));
    for (const [name] of published) {
      expect(imported[name].kind).toBe("imported");
      expect(imported[name].facts.split).toEqual(ours[name].facts.split);
    }
    expect(zooSetting(imported["CIFAR10-HYP"])).toBe("16 models, cifar10");
  });

  // To the last digit: weights are float32 in both, the facts' numbers are written out in full, their l2 penalty is half
  // our weight decay exactly, and other names of initialisers part the models the same way.
  test("give the same Table 7, to the last digit", async () => {
    const theirs = await runTransfer(imported, { setting });
    for (const target of targets) {
      for (const part of ["values", "low", "high"] as const) {
        expect(theirs.tables[target][part]).toEqual(run.tables[target][part]);
        expect(theirs.extra[target][part]).toEqual(run.extra[target][part]);
      }
    }
    const known = run.tables.acc.values.flat().filter((value) => value !== null);
    expect(new Set(known).size).toBeGreaterThan(10);
    expect(theirs.setting).toContain("16 models, svhn;");
  }, 300_000);

  test("give the same columns of weights and statistics in Table 6, to the last digit", async () => {
    const [mine, theirs] = [await runHypZoos(ours, { setting }), await runHypZoos(imported, { setting })];
    for (const part of ["values", "low", "high"] as const) {
      const plain = (run: typeof mine) =>
        run.table.columns.flatMap((column, c) =>
          column.endsWith("/EcD") ? [] : [run.table[part]!.map((row) => row[c])],
        );
      expect(plain(theirs)).toEqual(plain(mine));
      expect(theirs.extra[part]).toEqual(mine.extra[part]);
    }
  }, 300_000);

  test("are imported once, and again when any of their files changes", async () => {
    expect(imports()).toHaveLength(4);
    await openHypZoos({ preset: "smoke", zooDir });
    expect(imports()).toHaveLength(4);
    for (const [i, file] of ["weights.npy", "metrics.csv", "layout.csv"].entries()) {
      utimesSync(join(zooDir, "mnist", file), 1e9, 1e9 + i);
      await openHypZoos({ preset: "smoke", zooDir });
      expect(imports()).toHaveLength(5 + i);
    }
  });

  test("a folder that holds another data set is refused by name, and leaves nothing behind", async () => {
    const swapped = join(cache, "swapped");
    mkdirSync(swapped);
    for (const [, folder] of published.slice(1)) {
      mkdirSync(join(swapped, folder));
      for (const file of readdirSync(join(zooDir, folder))) {
        copyFileSync(join(zooDir, folder, file), join(swapped, folder, file));
      }
    }
    renameSync(join(swapped, "fashion_mnist"), join(swapped, "mnist"));
    const before = imports();
    const refused = openHypZoos({ preset: "smoke", zooDir: swapped });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(
      `${join(swapped, "mnist")} holds models of fashion-mnist and not of mnist, of which MNIST-HYP is`,
    );
    expect(imports()).toEqual(before);
  });

  test("a folder that is not there is named", async () => {
    const nothing = join(cache, "nothing");
    await expect(openHypZoos({ preset: "smoke", zooDir: nothing })).rejects.toThrow(
      `${nothing} has no folder mnist-hyp or mnist; put each published zoo`,
    );
  });
});
