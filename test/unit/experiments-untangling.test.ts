import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import type { ResultTable } from "#lib/core/tables.js";
import {
  allModels,
  describeModels,
  type Embeddings,
  type MiwdSetting,
  matchedRange,
  miwdSetting,
  modelParts,
  runEmbeddings,
  runSelections,
  runUntangling,
  spreadTable,
  type Untangling,
} from "#lib/experiments/index.js";
import { untanglingClaims } from "#lib/experiments/miwd/untangling-claims.js";
import { windowedHistogram } from "#lib/representations/index.js";
import { namedZoo, type TrainedZoo, trainZoo } from "#lib/zoo/index.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-untangling-"));
const setting: MiwdSetting = { ...miwdSetting("smoke"), sizes: [16, 64] };
const rng = () => RandomStream.fromSeed(3);
let zoo: TrainedZoo;
let found: Untangling;
let embedded: Embeddings;

beforeAll(async () => {
  const small = { dataset: "strokes", models: 40, epochs: 1, trainImages: 100, testImages: 50 };
  zoo = await trainZoo(namedZoo("nws", "smoke", small), { folder: join(folder, "zoo") });
  found = await runUntangling(zoo, { setting, rng: rng() });
  embedded = await runEmbeddings(found, { rng: rng(), tooSmall: "too small to judge" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cell = ({ rows, columns, values }: ResultTable, row: string, column: string) =>
  values[rows.indexOf(row)][columns.indexOf(column)];

describe("the parts of a zoo", () => {
  test("are last checkpoints: so many of each four models to judge, the others to fit on", async () => {
    const { fitted, evaluated, facts } = await modelParts(zoo, 1, rng());
    expect([fitted.count, evaluated.count]).toEqual([30, 10]);
    expect([...facts.model].map((model) => Math.floor(model / 4))).toEqual([...Array(10).keys()]);
    const models = [...fitted.rows, ...evaluated.rows].map((row) => zoo.facts.model[row]);
    expect(new Set(models).size).toBe(40);
    for (const row of [...fitted.rows, ...evaluated.rows]) expect(zoo.facts.epoch[row]).toBe(1);
  });

  test("leave out diverged models, and refuse a zoo without models for one of them", async () => {
    const lost: TrainedZoo = Object.create(zoo, { diverged: { value: [0, 1, 2, 3, 9] } });
    const { fitted, evaluated, diverged } = await modelParts(lost, 1, rng());
    expect([fitted.count, evaluated.count, diverged]).toEqual([26, 9, 5]);
    // A weight beyond all use, in the middle of the last vector.
    async function* vectors() {
      for await (const { row, vector } of zoo.vectors()) {
        const isLast = row === zoo.facts.model.length - 1;
        yield { row, vector: isLast ? vector.map((weight, i) => (i === 500 ? -1001 : weight)) : vector };
      }
    }
    const wild: TrainedZoo = Object.create(zoo, { vectors: { value: vectors } });
    const parts = await modelParts(wild, 2, rng());
    expect([parts.fitted.count + parts.evaluated.count, parts.exploded]).toEqual([39, 1]);
    await expect(modelParts(zoo, 4, rng())).rejects.toThrow(/0 models to fit on and 40 to evaluate/);
  });
});

describe("all models", () => {
  test("are described without any kept aside, and cut into selections in their own plane", async () => {
    const lost: TrainedZoo = Object.create(zoo, { diverged: { value: [0, 9] } });
    const described = await describeModels(lost, { rng: rng(), size: 64 });
    expect(described.representations.map(({ name }) => name)).toEqual(["MI-WD 64", "MI-WD standardised 64"]);
    expect([...described.parts.facts.model]).toEqual([...Array(40).keys()].filter((m) => m !== 0 && m !== 9));
    for (const { points } of described.representations) expect([points.rows, points.cols]).toEqual([38, 64]);
    const { points, clusters } = await runSelections(described, { clusters: 4, rng: rng() });
    expect([points.rows, points.cols, clusters.length]).toEqual([38, 2, 38]);
    const none: TrainedZoo = Object.create(zoo, { diverged: { value: [...Array(40).keys()] } });
    expect(() => allModels(none)).toThrow(/all 40 models diverged/);
  });

  test("reach as far as their initialisers made them", () => {
    const parts = allModels(zoo);
    const table = spreadTable(zoo, parts);
    expect(table.map(({ initialiser }) => initialiser)).toEqual([...new Set(parts.facts.init)].sort());
    expect(table.reduce((sum, { models }) => sum + models, 0)).toBe(parts.evaluated.count);
    for (const spread of table) expect(spread["5th percentile"]).toBeLessThan(spread["95th percentile"]);
    const normal = table.find(({ initialiser }) => initialiser.startsWith("normal"))!;
    // Weights of N(0, 1): 1.645 deviations, and a quarter within 5/16 of zero.
    expect(normal["95th percentile"]).toBeGreaterThan(1.4);
    expect(normal["95th percentile"]).toBeLessThan(1.8);
    expect(Math.abs(normal["in the two middle bins"] - 24.5)).toBeLessThan(4);
    expect(normal["the same, standardised"]).toBeCloseTo(normal["in the two middle bins"], -1);
  });
});

describe("untangling", () => {
  test("judges every representation on the same models and folds", () => {
    expect(found.tasks.length).toBeGreaterThan(1);
    for (const { results, labels, rows, hits } of found.tasks) {
      expect(results).toHaveLength(13);
      expect(rows).toHaveLength(labels.length);
      for (const { folds } of results) expect(folds).toEqual(results[0].folds);
      results.forEach(({ predictions }, r) => {
        expect(hits[r]).toEqual(predictions.map((predicted, i) => predicted === labels[i]));
      });
    }
  });

  test("the matched range reaches to the mean of the fitting models' 5th and 95th percentiles", async () => {
    const [low, high] = await matchedRange(found.parts.fitted);
    expect(low).toBe(-high);
    let sum = 0;
    for (const row of found.parts.fitted.rows) {
      const sorted = Array.from(zoo.weightsOf(row)).sort((a, b) => a - b);
      // Nearest ranks; the function interpolates.
      sum += sorted[Math.round(0.95 * (sorted.length - 1))] - sorted[Math.round(0.05 * (sorted.length - 1))];
    }
    expect(Math.abs(high - sum / found.parts.fitted.count / 2)).toBeLessThan(0.02);
    const place = found.representations.findIndex(({ name }) => name === "MI-WD matched 64");
    const descriptor = windowedHistogram(zoo.weightsOf(found.parts.evaluated.rows[0]), {
      windows: 8,
      bins: 8,
      range: [low, high],
    });
    expect(found.representations[place].points.data.slice(0, 64)).toEqual(descriptor);
  });

  test("has no more principal components than fitting models allow, and says so", () => {
    expect(found.accuracy.rows).toContain("PCA 16");
    expect(found.accuracy.rows).toContain("PCA 19 of 64");
  });

  test("leaves out tasks of one class: all images are strokes", () => {
    expect(found.tasks.map(({ name }) => name)).not.toContain("data set");
    expect(found.accuracy.columns).not.toContain("data set");
  });

  test("tables say accuracy, deviation of folds, and the commonest class", () => {
    const [task] = found.tasks;
    const share = (hits: readonly boolean[]) => (100 * hits.filter(Boolean).length) / hits.length;
    expect(cell(found.accuracy, "MI-WD 64", task.name)).toBeCloseTo(share(task.hits[1]), 10);
    expect(cell(found.accuracy, "commonest class", task.name)).toBeCloseTo(100 * task.commonest, 10);
    expect(cell(found.deviation, "MI-WD 64", task.name)).toBeCloseTo(100 * task.results[1].deviation, 10);
    const halves = ["fewer", "more"].map((half) => {
      const wanted = task.hits[1].filter((_, i) => task.isLarger[i] === (half === "more"));
      return [cell(found.halves, "MI-WD 64", `${task.name}, ${half} weights`), share(wanted)];
    });
    for (const [told, counted] of halves) expect(told).toBeCloseTo(counted as number, 10);
  });

  test("is the same from the same stream", async () => {
    const again = await runUntangling(zoo, { setting, rng: rng() });
    expect(again.accuracy).toEqual(found.accuracy);
    expect(again.claims).toEqual(found.claims);
  });

  test("claims compare each descriptor with the baseline that is best, model by model", () => {
    const { tasks, representations } = found;
    const told = (kinds: readonly string[]) =>
      tasks.map((task) => ({
        ...task,
        hits: representations.map(({ kind }) =>
          task.labels.map((_, i) => kinds.includes(kind) || i % 2 === 0),
        ),
      }));
    const judge = (kinds: readonly string[]) =>
      untanglingClaims(told(kinds), representations, { setting: {}, text: "", rng: rng() });
    const winning = judge(["MI-WD"]);
    expect(winning).toHaveLength(3 * tasks.length);
    expect(winning[0]).toMatchObject({
      ours: 50,
      verdict: "holds",
      claim: expect.stringMatching(/^.*MI-WD 64/),
    });
    // The standardised one is no better than any baseline.
    expect(winning[tasks.length]).toMatchObject({ ours: 0, verdict: "fails" });
    expect(judge(["PCA"])[0]).toMatchObject({ ours: -50, verdict: "fails" });
    for (const { verdict } of found.claims) expect(verdict).toBe("undecided");
  });
});

describe("embeddings", () => {
  test("have a silhouette for each representation at the largest size, and claims against each baseline", () => {
    const names = embedded.embeddings.map(({ name }) => name);
    expect(names).toEqual([
      "MI-WD 64",
      "MI-WD standardised 64",
      "MI-WD matched 64",
      "raw 64",
      "PCA 19 of 64",
      "random projection 64",
      "global statistics 16",
      "global statistics 16, scaled",
    ]);
    expect(embedded.claims).toHaveLength(15);
    for (const { clusters } of embedded.embeddings) {
      expect(clusters.points.rows).toBe(found.parts.evaluated.count);
      expect(clusters.init).toEqual(embedded.embeddings[0].clusters.init);
    }
    const { value } = embedded.embeddings[0].clusters.byInit.silhouette;
    expect(cell(embedded.silhouettes, "MI-WD 64", "all models")).toBe(value);
    const [first] = embedded.claims;
    const own = embedded.embeddings.map(({ clusters }) => clusters.byInit.silhouette.value);
    expect(first.claim).toMatch(/MI-WD 64 minus raw 64/);
    expect(first.ours).toBeCloseTo(own[0] - own[3], 4);
  });

  test("refuse models of one initialiser", async () => {
    const facts = { ...found.parts.facts, init: found.parts.facts.init.map(() => "normal") };
    const one = { ...found, parts: { ...found.parts, facts } };
    await expect(runEmbeddings(one, { rng: rng() })).rejects.toMatchObject({ code: "miwd/initialisers" });
  });
});
