import { describe, expect, it } from "vitest";
import { groupVariance, tauDifference, tauInterval, transferScores } from "#lib/analysis/index.js";
import type { TransferRepresentation } from "#lib/analysis/probes/transfer.js";
import { matrix } from "#lib/core/matrix.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import { silhouettes } from "#lib/core/numeric/silhouette.js";
import { RandomStream } from "#lib/core/random.js";
import { rawWeights } from "#lib/representations/raw.js";
import type { ZooRows, ZooSplits } from "#lib/representations/zoo-rows.js";

const rng = () => RandomStream.fromSeed(3);
const layout = {
  tensors: [{ layer: 0, name: "kernel", shape: [1, 3], offset: 0 }],
  parameters: 3,
} as const;

/** Rows of three weights whose gap is `sign` times the first weight, four checkpoints a model. */
function rows(models: number, sign: number, seed: number): ZooRows {
  const stream = RandomStream.fromSeed(seed);
  const count = models * 4;
  const data = Float32Array.from({ length: count * 3 }, () => stream.normal());
  const facts = {
    model: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 4)),
    gap: Float64Array.from({ length: count }, (_, i) => sign * data[3 * i]),
    word: Array.from({ length: count }, (_, i) => (i % 2 ? "a" : "b")),
  };
  return { weights: matrix(count, 3, data), layout, facts: facts as unknown as ZooRows["facts"] };
}

function splits(sign: number, seed: number): ZooSplits {
  return { train: rows(20, sign, seed), validation: rows(6, sign, seed + 1), test: rows(8, sign, seed + 2) };
}

const raw: TransferRepresentation = {
  name: "W",
  fit: (_zoo, { train }, options) => rawWeights().fit(train, { rng: options.rng }),
};

describe("transferScores", () => {
  it("fits on each zoo and reads every zoo: an estimator of a mirrored zoo ranks in reverse", async () => {
    const zoos = { plain: splits(1, 10), mirrored: splits(-1, 20) };
    const cells = await transferScores(zoos, [raw], { ggap: "gap" }, { rng: rng(), rounds: 50 });
    const found = cells.map(({ fittedOn, zoo, interval }) => [
      fittedOn,
      zoo,
      Math.round(interval.value * 100) / 100,
    ]);
    expect(found).toEqual([
      ["plain", "plain", 1],
      ["plain", "mirrored", -1],
      ["mirrored", "plain", -1],
      ["mirrored", "mirrored", 1],
    ]); // biome-ignore format: one cell a line
  });

  it("refuses words and an empty list in one sentence", async () => {
    const zoos = { plain: splits(1, 10) };
    await expect(transferScores(zoos, [raw], { act: "word" }, { rng: rng() })).rejects.toThrow(
      "act is a column of words, which have no ranks",
    );
    await expect(transferScores({}, [raw], { ggap: "gap" }, { rng: rng() })).rejects.toThrow("got no zoo");
  });

  it("stops when it is told to", async () => {
    const stopped = transferScores({ plain: splits(1, 10) }, [raw], { ggap: "gap" }, {
      rng: rng(),
      signal: AbortSignal.abort(),
    }); // biome-ignore format: one call
    await expect(stopped).rejects.toThrow("was interrupted");
  });
});

describe("rank correlations with their intervals", () => {
  const model = Int32Array.from({ length: 30 }, (_, i) => Math.floor(i / 5));
  const stream = RandomStream.fromSeed(8);
  const truth = Float64Array.from({ length: 30 }, () => stream.normal());
  const noisy = (deviation: number) => truth.map((value) => value + stream.normal(0, deviation));

  it("the value is tau-b of all rows, inside its interval; models are resampled whole", () => {
    const predictions = noisy(1);
    const { value, low, high } = tauInterval({ model, truth, predictions }, { rng: rng(), rounds: 300 });
    expect(value).toBe(kendallTau(truth, predictions));
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    const single = { model: new Int32Array(30), truth, predictions };
    const whole = tauInterval(single, { rng: rng(), rounds: 20 });
    expect([whole.low, whole.high]).toEqual([value, value]);
  });

  it("a difference is paired: of a prediction with itself it is nothing, in every resample", () => {
    const rows = { model, truth, predictions: noisy(1) };
    expect(tauDifference(rows, rows, { rng: rng(), rounds: 100 })).toEqual({ value: 0, low: 0, high: 0 });
    const better = tauDifference({ ...rows, predictions: noisy(0.01) }, rows, { rng: rng(), rounds: 300 });
    expect(better.low).toBeGreaterThan(0);
  });

  it("refuses rows that do not belong together", () => {
    const rows = { model, truth, predictions: noisy(1) };
    const other = { ...rows, model: model.map((m) => m + 1) };
    expect(() => tauDifference(rows, other, { rng: rng() })).toThrow("compare probes of one zoo and split");
    expect(() => tauInterval({ ...rows, truth: truth.slice(1) }, { rng: rng() })).toThrow("29 true");
  });
});

describe("groupVariance", () => {
  const weights = matrix(4, 2, Float32Array.of(0, 10, 2, 10, 100, 10, 104, 10));

  it("is the mean variance of the weights, over all rows and within groups", () => {
    const { overall, within, groups } = groupVariance(weights, ["a", "a", "b", "b"]);
    // Variances of the first weight: 1 and 4 within the groups, of the second 0.
    expect(within).toBeCloseTo((1 + 4) / 2 / 2, 12);
    const mean = 206 / 4;
    const first = [0, 2, 100, 104].reduce((sum, value) => sum + (value - mean) ** 2 / 4, 0);
    expect(overall).toBeCloseTo(first / 2, 9);
    expect(groups).toBe(2);
  });

  it("refuses groups that are not one a row", () => {
    expect(() => groupVariance(weights, ["a"])).toThrow("give a group a row");
  });
});

describe("silhouettes", () => {
  it("are near 1 for groups far apart, 0 for groups that are one and where a point is alone", async () => {
    const far = { data: Float64Array.of(0, 0.1, 50, 50.1), rows: 4, cols: 1 };
    const found = await silhouettes(far, ["a", "a", "b", "b"]);
    expect(Math.min(...found)).toBeGreaterThan(0.99);
    const same = { data: Float64Array.of(1, 1, 1, 1), rows: 4, cols: 1 };
    expect(Array.from(await silhouettes(same, ["a", "a", "b", "b"]))).toEqual([0, 0, 0, 0]);
    const alone = { data: Float64Array.of(0, 1), rows: 2, cols: 1 };
    expect(Array.from(await silhouettes(alone, ["a", "b"]))).toEqual([0, 0]);
  });

  it("need two groups", async () => {
    const points = { data: Float64Array.of(0, 1), rows: 2, cols: 1 };
    await expect(silhouettes(points, ["a", "a"])).rejects.toThrow("of two groups at least");
  });
});
