import { describe, expect, test } from "vitest";
import { groupVariance, varianceDifference, varianceInterval, zooVariance } from "#lib/analysis/index.js";
import { matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import { type MadeModel, madeZoo } from "../helpers/made-zoo.js";

const rng = () => RandomStream.fromSeed(5);

/** Models whose weights lie about the mean of their initialiser, `within` away; four checkpoints each. */
function models(count: number, within: number, seed = 1): MadeModel[] {
  const stream = RandomStream.fromSeed(seed);
  return Array.from({ length: count }, (_, i) => {
    const centre = i % 2 ? 3 : -3;
    const own = Array.from({ length: 5 }, () => stream.normal(centre, within));
    const rows = Array.from({ length: 4 }, () => own.map((weight) => weight + stream.normal(0, 0.1)));
    return { rows, init: i % 2 ? "uniform" : "normal" };
  });
}

describe("groupVariance", () => {
  test("leaves groups of one row out of the mean, and counts them", () => {
    const weights = matrix(3, 1, Float32Array.of(1, 3, 100));
    const found = groupVariance(weights, ["a", "a", "b"]);
    expect(found).toMatchObject({ within: 1, groups: 1, single: 1 });
    expect(groupVariance(matrix(1, 1, Float32Array.of(7)), ["a"])).toEqual({
      overall: 0,
      within: Number.NaN,
      groups: 0,
      single: 1,
    });
  });

  test("is averaged over the groups, not over their rows", () => {
    const weights = matrix(6, 1, Float32Array.of(0, 2, 0, 4, 0, 4));
    // Variances 1 (of two rows) and 4 (of four).
    expect(groupVariance(weights, ["a", "a", "b", "b", "b", "b"]).within).toBeCloseTo(2.5, 12);
  });

  test("of balanced groups is VAR less the variance of the groups' means, so never above it", () => {
    const stream = rng();
    const data = Float32Array.from({ length: 60 }, () => stream.normal());
    const groups = Array.from({ length: 20 }, (_, i) => `${i % 4}`);
    const weights = matrix(20, 3, data);
    const { overall, within } = groupVariance(weights, groups);
    const means = [0, 1, 2, 3].map((g) =>
      [0, 1, 2].map((j) => {
        const rows = [0, 1, 2, 3, 4].map((k) => data[(4 * k + g) * 3 + j]);
        return rows.reduce((sum, value) => sum + value / 5, 0);
      }),
    );
    const between = groupVariance(
      matrix(4, 3, Float32Array.from(means.flat())),
      means.map(() => "all"),
    );
    expect(overall - within).toBeCloseTo(between.overall, 6);
    expect(within).toBeLessThan(overall);
  });

  test("keeps its digits far from zero", () => {
    const weights = matrix(2, 1, Float64Array.of(1e7, 1e7 + 2) as unknown as Float32Array);
    expect(groupVariance(weights, ["a", "a"]).overall).toBeCloseTo(1, 6);
  });
});

describe("the variance of a zoo", () => {
  test("is groupVariance of its weights, by initialiser and activation, read piece by piece", async () => {
    const made = models(9, 1).map((model, i) => ({ ...model, activation: i % 3 ? "tanh" : "relu" }));
    const zoo = await madeZoo(made);
    const groups = zoo.facts.init.map((init, i) => `${init}, ${zoo.facts.activation[i]}`);
    const expected = groupVariance(zoo.weights, groups);
    const found = await zooVariance(zoo);
    expect(found.overall).toBeCloseTo(expected.overall, 12);
    expect(found.within).toBeCloseTo(expected.within, 12);
    expect(found).toMatchObject({ groups: 4, single: 0, diverged: 0 });
    const chunks = zoo.chunks.bind(zoo);
    const inPieces = Object.assign(Object.create(zoo), { chunks: () => chunks({ rows: 3 }) });
    expect(await zooVariance(inPieces)).toEqual(found);
  });

  test("is that of the models that did not diverge, and tells how many did", async () => {
    const sound = models(8, 1);
    const lost = { rows: Array.from({ length: 4 }, () => Array(5).fill(Number.NaN)), init: "normal" };
    const zoo = await madeZoo([...sound.slice(0, 3), { ...lost, isDiverged: true }, ...sound.slice(3)]);
    const found = await zooVariance(zoo);
    const expected = await zooVariance(await madeZoo(sound));
    expect(found).toEqual({ ...expected, diverged: 1 });
    expect(Number.isFinite(found.within)).toBe(true);
    const none = await madeZoo([{ ...lost, isDiverged: true }]);
    await expect(zooVariance(none)).rejects.toThrow("all 1 models of made diverged");
  });

  test("stops when it is told to", async () => {
    const stopped = zooVariance(await madeZoo(models(4, 1)), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow("the variance of made was interrupted");
  });
});

describe("intervals of a zoo's variance", () => {
  test("hold the value; of models that are alike they are a point", async () => {
    const found = await zooVariance(await madeZoo(models(40, 1)));
    for (const kind of ["overall", "within"] as const) {
      const { value, low, high } = varianceInterval(found, kind, { rng: rng(), rounds: 500 });
      expect(value).toBe(found[kind]);
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
    const alike = await zooVariance(await madeZoo(Array(6).fill({ rows: [[0], [2]] })));
    expect(varianceInterval(alike, "within", { rng: rng(), rounds: 20 })).toEqual({
      value: 1,
      low: 1,
      high: 1,
    });
  });

  test("cover the population's variance in most draws of 40 models", async () => {
    const hits = [];
    for (let seed = 0; seed < 40; seed++) {
      const { low, high } = varianceInterval(
        await zooVariance(await madeZoo(models(40, 1, seed))),
        "within",
        {
          rng: rng(),
          rounds: 300,
        },
      );
      // Of models 1, of checkpoints about them .01, less the share of each group's own mean.
      hits.push(low <= 1.01 && high >= 1.01);
    }
    expect(hits.filter(Boolean).length).toBeGreaterThanOrEqual(32);
  });

  test("a difference draws each zoo's models for themselves and has its sign", async () => {
    const [tight, wide] = await Promise.all(
      [0.3, 1].map(async (w) => zooVariance(await madeZoo(models(40, w)))),
    );
    const found = varianceDifference(wide, tight, "within", { rng: rng(), rounds: 300 });
    expect(found.value).toBe(wide.within - tight.within);
    expect(found.low).toBeGreaterThan(0);
    const itself = varianceDifference(wide, wide, "within", { rng: rng(), rounds: 300 });
    expect(itself.value).toBe(0);
    expect(itself.low).toBeLessThan(0);
    expect(itself.high).toBeGreaterThan(0);
  });
});
