import { describe, expect, it } from "vitest";
import { meanScoreDifference, r2ByModel } from "#lib/analysis/probes/model-scores.js";
import { probeFeatures } from "#lib/analysis/probes/probe-features.js";
import { ridgeProbe } from "#lib/analysis/probes/ridge.js";
import { softmaxProbe } from "#lib/analysis/probes/softmax.js";
import { standardised } from "#lib/analysis/probes/splits.js";
import { InterruptedError } from "#lib/core/errors.js";
import type { Matrix } from "#lib/core/matrix.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import { r2Score } from "#lib/core/numeric/scores.js";
import { RandomStream } from "#lib/core/random.js";

const rng = RandomStream.fromSeed(0);

function features(rows: number, cols = 3): Matrix {
  return { data: Float32Array.from({ length: rows * cols }, () => rng.normal()), rows, cols };
}
const all = { train: features(20), validation: features(8), test: features(8) };

function ramp(rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => i);
}
const numbers = { train: ramp(20), validation: ramp(8), test: ramp(8) };
const words = (rows: number) => Array.from({ length: rows }, (_, i) => (i % 2 ? "tanh" : "relu"));
const classes = { train: words(20), validation: words(8), test: words(8) };

describe("a ridge probe refuses", () => {
  const probe = (values: object, points = all) =>
    ridgeProbe(points, [{ name: "acc", values: { ...numbers, ...values } }]);

  it.each(["train", "validation", "test"])("a target with one value in the %s split", async (split) => {
    const values = { [split]: new Float64Array(split === "train" ? 20 : 8).fill(0.25) };
    await expect(probe(values)).rejects.toMatchObject({ code: "probe/constant-target", value: 0.25 });
    await expect(probe(values)).rejects.toThrow(
      new RegExp(`acc: every row of the ${split} split has the value 0.25.*leave this target out`),
    );
  });

  it("NaN targets, naming the row", async () => {
    const validation = ramp(8).fill(Number.NaN, 5, 6);
    await expect(probe({ validation })).rejects.toMatchObject({ code: "probe/nan-target", value: 5 });
  });

  it("NaN features, naming the row", async () => {
    const test = features(8);
    test.data[7] = Number.NaN;
    await expect(probe({}, { ...all, test })).rejects.toMatchObject({ code: "points/not-finite", value: 2 });
  });

  it("other numbers of rows or columns, and empty splits", async () => {
    await expect(probe({ test: ramp(9) })).rejects.toMatchObject({ code: "probe/rows", value: 9 });
    const narrow = { ...all, test: features(8, 2) };
    await expect(probe({}, narrow)).rejects.toMatchObject({ code: "probe/columns" });
    const empty = { ...all, validation: features(0) };
    await expect(probe({}, empty)).rejects.toMatchObject({ code: "probe/empty", value: "validation" });
  });

  it("penalties that are not positive, and unknown options", async () => {
    const target = { name: "acc", values: numbers };
    for (const alphas of [[], [0], [-1], [Number.NaN]]) {
      await expect(ridgeProbe(all, [target], { alphas })).rejects.toMatchObject({ code: "probe/strength" });
    }
    await expect(ridgeProbe(all, [target], { alpha: 1 } as never)).rejects.toThrow(/no option "alpha"/);
  });
});

describe("a softmax probe", () => {
  const probe = (values: object) => softmaxProbe(all, { name: "act", values: { ...classes, ...values } });

  it("refuses one class in the train split", async () => {
    const train = Array.from({ length: 20 }, () => "tanh");
    await expect(probe({ train })).rejects.toMatchObject({ code: "probe/constant-target", value: "tanh" });
  });

  it("counts a class that the train split lacks as missed", async () => {
    const { testScore, classes: known } = await probe({ test: Array.from({ length: 8 }, () => "gelu") });
    expect(known).toEqual(["relu", "tanh"]);
    expect(testScore).toBe(0);
  });

  it("refuses epochs of the published optimiser that are not positive", async () => {
    const adam = { epochs: 0, rng };
    const run = softmaxProbe(all, { name: "act", values: classes }, { adam });
    await expect(run).rejects.toMatchObject({ code: "probe/adam" });
  });
});

describe("probing features", () => {
  const columns = (rows: number, model: number) => ({
    model: Int32Array.from({ length: rows }, (_, i) => model + (i % 4)),
    epoch: Int32Array.from({ length: rows }, (_, i) => i),
    loss: Array.from({ length: rows }, () => "mse"),
  });
  const facts = { train: columns(20, 0), validation: columns(8, 10), test: columns(8, 20) };

  it("names the columns that there are, and refuses a constant column of words", async () => {
    const missing = probeFeatures(all, facts, { acc: "accuracy" }, { rng });
    await expect(missing).rejects.toMatchObject({ code: "probe/target", value: "accuracy" });
    await expect(missing).rejects.toThrow(/it has model, epoch, loss/);
    const constant = probeFeatures(all, facts, { eph: "epoch", loss: "loss" }, { rng });
    await expect(constant).rejects.toMatchObject({ code: "probe/constant-target", value: "mse" });
  });

  it("standardised has no NaN for a constant column", () => {
    const flat = { ...all, train: { ...all.train, data: all.train.data.map((x, p) => (p % 3 ? x : 0.1)) } };
    expect(standardised(flat).train.data.every(Number.isFinite)).toBe(true);
  });
});

it("scores of other models are not paired, and lengths have to agree", () => {
  const scores = r2ByModel([0, 0, 1, 1], [1, 2, 3, 4], [1, 2, 3, 3]);
  const other = r2ByModel([0, 0, 2, 2], [1, 2, 3, 4], [1, 2, 3, 3]);
  expect(() => meanScoreDifference([{ scores }], [{ scores: other }], { rng })).toThrow(/cannot be paired/);
  expect(() => meanScoreDifference([], [{ scores }], { rng })).toThrow(/at least one of each/);
  expect(() => r2Score([1, 2], [1])).toThrow(/2 true values but 1/);
  expect(() => kendallTau([1, 2], [1])).toThrow(/2 and 1 values/);
});

describe("a long probe stops within a second of the signal", () => {
  const [rows, cols] = [20_000, 300];
  const big = { train: features(rows, cols), validation: features(500, cols), test: features(500, cols) };
  const few = { validation: words(500), test: words(500) };
  const target = { name: "act", values: { train: words(rows), ...few } };
  const ramps = { train: ramp(rows), validation: ramp(500), test: ramp(500) };
  const long = RandomStream.fromSeed(1);
  it.each([
    ["ridge", (signal: AbortSignal) => ridgeProbe(big, [{ name: "acc", values: ramps }], { signal })],
    ["softmax", (signal: AbortSignal) => softmaxProbe(big, target, { signal, tolerance: 1e-12 })],
    [
      "adam",
      (signal: AbortSignal) => softmaxProbe(big, target, { signal, adam: { epochs: 1e6, rng: long } }),
    ],
  ])("%s", async (_, run) => {
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 50);
    await expect(run(controller.signal)).rejects.toBeInstanceOf(InterruptedError);
    expect(performance.now() - aborted).toBeLessThan(1000);
  });
});
