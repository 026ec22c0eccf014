import { describe, expect, test } from "vitest";
import type { Matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import {
  differenceClaim,
  reconstructionScores,
  type SeedScores,
  scorePercent,
  seedDifference,
  seedInterval,
} from "#lib/experiments/index.js";
import { reconstructionR2 } from "#lib/representations/hyper/reconstruction.js";
import { normalMatrix } from "../helpers/weight-rows.js";

const rng = () => RandomStream.fromSeed(4);
/** Rows of five models, four each. */
const model = Int32Array.from({ length: 20 }, (_, row) => 10 + Math.floor(row / 4));
const truth = normalMatrix(20, 6, rng().split("truth"));

function guess(seed: number, error: number): Matrix {
  const own = rng().split("guess", seed);
  return { ...truth, data: truth.data.map((value) => value + own.normal(0, error)) };
}

const scored = (seed: number, error: number) => reconstructionScores(model, truth, guess(seed, error));
const good: SeedScores = [[scored(1, 0.2)], [scored(2, 0.3)]];
const poor: SeedScores = [[scored(3, 0.6)], [scored(4, 0.9)]];

describe("scores of reconstructions", () => {
  test("of all models together are reconstructionR2's, in percent", () => {
    for (const error of [0, 0.3, 2]) {
      const expected = 100 * reconstructionR2(truth, guess(1, error));
      expect(scorePercent(scored(1, error))).toBeCloseTo(expected, 9);
    }
  });

  test("are kept model by model, in whatever order rows come", () => {
    const { scores } = scored(1, 0.5);
    expect([...scores.models]).toEqual([10, 11, 12, 13, 14]);
    expect([...scores.counts]).toEqual([24, 24, 24, 24, 24]);
    const order = RandomStream.fromSeed(9).permutation(20);
    const shuffled = (m: Matrix): Matrix => ({
      ...m,
      data: Float32Array.from({ length: 120 }, (_, p) => m.data[order[Math.floor(p / 6)] * 6 + (p % 6)]),
    });
    const other = reconstructionScores(
      Int32Array.from(order, (row) => model[row]),
      shuffled(truth),
      shuffled(guess(1, 0.5)),
    );
    expect(scorePercent(other)).toBeCloseTo(scorePercent({ scores }), 9);
  });
});

describe("a difference over seeds", () => {
  test("is the difference of the means", () => {
    const mean = (side: SeedScores) => (scorePercent(side[0][0]) + scorePercent(side[1][0])) / 2;
    const interval = seedDifference(good, poor, rng());
    expect(interval.value).toBeCloseTo(mean(good) - mean(poor), 9);
    expect(seedInterval(good, rng()).value).toBeCloseTo(mean(good), 9);
    expect(interval.low).toBeLessThan(interval.value);
    expect(interval.high).toBeGreaterThan(interval.value);
    expect(seedDifference(good, poor, rng())).toEqual(interval);
  });

  test("has the spread of a plain resampling of models, jointly, and of seeds, side by side", () => {
    const draw = rng().split("plain");
    const r2 = (side: SeedScores, seed: number, sample: number[]) => {
      const { scores } = side[seed][0];
      if (scores.kind !== "r2") throw new Error("not an R2");
      const sum = (of: Float64Array) => sample.reduce((total, m) => total + of[m], 0);
      return 100 * (1 - sum(scores.residuals) / sum(scores.squares));
    };
    const differences = Array.from({ length: 20_000 }, () => {
      const sample = Array.from({ length: 5 }, () => draw.integer(5));
      const side = (scores: SeedScores) =>
        (r2(scores, draw.integer(2), sample) + r2(scores, draw.integer(2), sample)) / 2;
      return side(good) - side(poor);
    }).sort((a, b) => a - b);
    const { low, high } = seedDifference(good, poor, rng());
    const width = differences[19_500] - differences[500];
    expect(Math.abs(low - differences[500])).toBeLessThan(0.06 * width);
    expect(Math.abs(high - differences[19_500])).toBeLessThan(0.06 * width);
  });

  test("of equal sides is 0; of one seed each it is 0 in every resample", () => {
    expect(seedDifference(good, good, rng()).value).toBe(0);
    const one = [good[0]];
    expect(seedDifference(one, one, rng())).toEqual({ value: 0, low: 0, high: 0 });
    // Two seeds on a side differ, which the interval shows.
    expect(seedDifference(good, good, rng()).high).toBeGreaterThan(0);
  });

  test("is refused for scores of other models", () => {
    const fewer = reconstructionScores(model.slice(0, 16), { ...truth, rows: 16, data: truth.data.slice(0, 96) }, { ...truth, rows: 16, data: truth.data.slice(0, 96) }); // biome-ignore format: one call
    const refusal = expect.objectContaining({ name: "SpecError", code: "probe/models" });
    expect(() => seedDifference(good, [[fewer]], rng())).toThrow(refusal);
    expect(() => seedDifference(good, [], rng())).toThrow(expect.objectContaining({ name: "SpecError" }));
  });
});

describe("a claim of a difference", () => {
  const claim = {
    claim: "good minus poor",
    source: "Table 1 (2021)",
    higher: good,
    lower: poor,
    published: 1.23456,
    setting: "here",
  };

  test("holds, fails or is left open by its interval", () => {
    expect(differenceClaim(claim, rng())).toMatchObject({
      claim: "good minus poor (> 0)",
      published: 1.23,
      verdict: "holds",
    });
    expect(differenceClaim({ ...claim, higher: poor, lower: good }, rng()).verdict).toBe("fails");
    expect(differenceClaim({ ...claim, lower: good }, rng()).verdict).toBe("undecided");
  });

  test("is undecided where the run is too small to judge, and says so", () => {
    const row = differenceClaim({ ...claim, tooSmall: "too small to judge" }, rng());
    expect(row).toMatchObject({ claim: "good minus poor; too small to judge (> 0)", verdict: "undecided" });
  });
});
