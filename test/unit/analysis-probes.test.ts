import { describe, expect, it } from "vitest";
import {
  accuracyByModel,
  meanScoreDifference,
  r2ByModel,
  scoreDifference,
  scoreInterval,
} from "#lib/analysis/probes/model-scores.js";
import { probeTable } from "#lib/analysis/probes/probe-table.js";
import { ridgeAlphas } from "#lib/analysis/probes/ridge.js";
import { publishedTargets } from "#lib/analysis/probes/targets.js";
import { claimVerdict } from "#lib/analysis/verdict.js";
import { bootstrapInterval } from "#lib/core/numeric/bootstrap.js";
import { accuracyScore, f1Scores, r2Score } from "#lib/core/numeric/scores.js";
import { RandomStream } from "#lib/core/random.js";
import { checkedRepresentation } from "#lib/representations/checks.js";
import { rawWeights } from "#lib/representations/raw.js";
import { zooSplits } from "#lib/representations/zoo-rows.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { finishedZoo } from "../helpers/zoo.js";

describe("scores", () => {
  it("R2 takes the evaluated values' own mean and is NaN where they are constant", () => {
    expect(r2Score([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(r2Score([1, 2, 3], [2, 2, 2])).toBe(0);
    expect(r2Score([1, 2, 3], [3, 2, 1])).toBe(-3);
    expect(r2Score([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBeNaN();
    expect(r2Score([], [])).toBeNaN();
  });

  it("accuracy and F1; a class neither present nor predicted has 0", () => {
    const [truth, predicted] = [
      ["a", "a", "b", "c"],
      ["a", "b", "b", "b"],
    ];
    expect(accuracyScore(truth, predicted)).toBe(0.5);
    expect(f1Scores(truth, predicted, ["a", "b", "c", "d"])).toEqual([2 / 3, 0.5, 0, 0]);
  });
});

it("the released grid of penalties", () => {
  expect(ridgeAlphas).toEqual([
    1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000,
  ]);
});

/** Rows of models of different lengths, in no order, with true values far from zero. */
function rowsOf(seed: number) {
  const rng = RandomStream.fromSeed(seed);
  const model = Int32Array.from({ length: 120 }, (_, i) => 7 * (i % (i < 60 ? 12 : 5)));
  const truth = Float64Array.from(model, (m) => 1000 + m / 40 + rng.normal());
  const predicted = truth.map((value) => value + rng.normal());
  return { model, truth, predicted };
}

describe("the bootstrap over models", () => {
  const { model, truth, predicted } = rowsOf(1);
  const models = [...new Set(model)];
  const rows = models.map((m) => Array.from(model.keys()).filter((i) => model[i] === m));
  const options = () => ({ rng: RandomStream.fromSeed(5), rounds: 200 });

  it("of R2 is the one that takes the rows themselves", () => {
    const naive = bootstrapInterval(
      rows,
      (sample) => {
        const chosen = sample.flat();
        return (
          100 *
          r2Score(
            chosen.map((i) => truth[i]),
            chosen.map((i) => predicted[i]),
          )
        );
      },
      options(),
    );
    const own = scoreInterval(r2ByModel(model, truth, predicted), options());
    for (const end of ["value", "low", "high"] as const) expect(own[end]).toBeCloseTo(naive[end], 9);
    expect(own.high - own.low).toBeGreaterThan(1);
  });

  it("of accuracy is the one that takes the rows themselves", () => {
    const words = Array.from(truth, (value) => String(Math.round(value)));
    const guesses = Array.from(predicted, (value) => String(Math.round(value)));
    const statistic = (sample: readonly number[][]) => {
      const chosen = sample.flat();
      const hits = chosen.filter((i) => words[i] === guesses[i]).length;
      return (100 * hits) / chosen.length;
    };
    const naive = bootstrapInterval(rows, statistic, options());
    expect(scoreInterval(accuracyByModel(model, words, guesses), options())).toEqual(naive);
  });

  it("pairs what it compares: a small, steady gain holds where the scores' own intervals overlap", () => {
    const better = {
      scores: r2ByModel(
        model,
        truth,
        predicted.map((p, i) => p + (truth[i] - p) * 0.1),
      ),
    };
    const worse = { scores: r2ByModel(model, truth, predicted) };
    const own = [better, worse].map(({ scores }) => scoreInterval(scores, options()));
    expect(own[0].low).toBeLessThan(own[1].high);
    const difference = scoreDifference(better, worse, options());
    expect(difference.value).toBeCloseTo(own[0].value - own[1].value, 10);
    expect(claimVerdict(difference, { relation: ">", bound: 0 })).toBe("holds");
    const mean = meanScoreDifference([better, worse], [worse], options());
    expect(mean.value).toBeCloseTo(difference.value / 2, 10);
    expect(mean.low).toBeCloseTo(difference.low / 2, 10);
  });
});

describe("a probe table", () => {
  const rng = RandomStream.fromSeed(3);

  it("fits each representation once on each zoo, and holds scores, intervals and predictions", async () => {
    const splits = zooSplits(await openZoo(await finishedZoo()));
    let fits = 0;
    const firstTwo = checkedRepresentation("first-2", async () => {
      fits++;
      const transform = async ({ weights: { data, rows, cols } }: typeof splits.test) => {
        const kept = Float32Array.from({ length: 2 * rows }, (_, p) => data[(p >> 1) * cols + (p % 2)]);
        return { data: kept, rows, cols: 2 };
      };
      return { dimensions: 2, transform: transform as never };
    });
    const targets = { eph: publishedTargets.eph, late: "late" };
    const late = (rows: typeof splits.test) => ({
      ...rows,
      facts: { ...rows.facts, late: Array.from(rows.facts.epoch, (epoch) => (epoch > 1 ? "yes" : "no")) },
    });
    const zoo = { train: late(splits.train), validation: late(splits.validation), test: late(splits.test) };
    const { table, cells } = await probeTable({ a: zoo, b: zoo }, [rawWeights(), firstTwo], targets, {
      rng,
      id: "t",
    });
    expect(fits).toBe(2);
    expect(table).toMatchObject({
      id: "t",
      rowKey: "target",
      rows: ["eph", "late"],
      columns: ["a/W", "a/first-2", "b/W", "b/first-2"],
    });
    expect(cells.map((row) => row.map(({ kind }) => kind))[0]).toEqual(["r2", "r2", "r2", "r2"]);
    cells.forEach((row, r) => {
      row.forEach(({ interval, truth, predictions, probe, kind }, c) => {
        expect(table.values[r][c]).toBe(interval.value);
        expect(interval.value).toBeCloseTo(100 * probe.testScore, 9);
        expect(truth).toHaveLength(splits.test.weights.rows);
        expect(predictions).toHaveLength(splits.test.weights.rows);
        const own =
          kind === "r2"
            ? r2Score(truth as number[], predictions as number[])
            : accuracyScore(truth as string[], predictions as string[]);
        expect(own).toBeCloseTo(probe.testScore, 12);
      });
      expect(row[0].interval.value).toBe(row[2].interval.value);
    });
    const one = await probeTable(zoo, [rawWeights()], targets, { rng });
    expect(one.table.columns).toEqual(["W"]);
    expect(one.table.values[0][0]).toBe(table.values[0][0]);
    const trees = { ...rawWeights(), name: "W, trees", probe: "trees" } as const;
    const both = await probeTable(zoo, [rawWeights(), trees], targets, { rng, trees: { minSamplesLeaf: 2 } });
    expect(both.table.columns).toEqual(["W", "W, trees"]);
    expect(both.table.values[0][0]).toBe(table.values[0][0]);
    expect(both.cells.map((row) => row.map(({ probe }) => "iterations" in probe))).toEqual([
      [false, true],
      [false, true],
    ]);
    await expect(probeTable(zoo, [rawWeights(), rawWeights()], targets, { rng })).rejects.toMatchObject({
      code: "probe/names",
    });
  });
});
