import { describe, expect, it } from "vitest";
import { probeFeatures } from "#lib/analysis/probes/probe-features.js";
import { probeTable } from "#lib/analysis/probes/probe-table.js";
import { treesProbe } from "#lib/analysis/probes/trees.js";
import { treesSettings } from "#lib/analysis/trees/settings.js";
import { InterruptedError } from "#lib/core/errors.js";
import type { Matrix } from "#lib/core/matrix.js";
import type { Progress } from "#lib/core/progress.js";
import { RandomStream } from "#lib/core/random.js";
import { layerStatistics } from "#lib/representations/layer-statistics.js";

const rng = RandomStream.fromSeed("trees");
const cols = 4;

function features(rows: number, width = cols): Matrix {
  return { data: Float32Array.from({ length: rows * width }, () => rng.normal()), rows, cols: width };
}
const all = { train: features(400), validation: features(150), test: features(150) };
type Split = keyof typeof all;

function ofSplits<T>(map: (points: Matrix, split: Split) => T): Record<Split, T> {
  return {
    train: map(all.train, "train"),
    validation: map(all.validation, "validation"),
    test: map(all.test, "test"),
  };
}
/** A product: no linear function of the features tells anything about it. */
const product = ({ data, rows }: Matrix) =>
  Float64Array.from({ length: rows }, (_, i) => data[i * cols] * data[i * cols + 1]);
const numbers = { name: "acc", values: ofSplits(product) };
const sign = (points: Matrix) => Array.from(product(points), (value) => (value > 0 ? "tanh" : "relu"));
const words = { name: "act", values: ofSplits(sign) };

describe("a trees probe", () => {
  it("reads what no linear probe can, numbers and words, and repeats to the bit", async () => {
    const probes = await treesProbe(all, [numbers, words]);
    const [number, word] = probes;
    expect(number.testScore).toBeGreaterThan(0.7);
    expect(word.testScore).toBeGreaterThan(0.85);
    expect(word.classes).toEqual(["relu", "tanh"]);
    expect(number.classes).toBeUndefined();
    expect([number.target, word.target]).toEqual(["acc", "act"]);
    expect(number.predictions.length).toBe(150);
    expect(await treesProbe(all, [numbers, words])).toEqual(probes);
  });

  it("chooses the iterations on the validation split, whatever the test split says", async () => {
    const [probe] = await treesProbe(all, [numbers], { maxIterations: 400, patience: 10 });
    const [longer] = await treesProbe(all, [numbers], { maxIterations: 400, patience: 400 });
    expect(probe.iterations).toBeLessThan(400);
    expect(longer.validationScore).toBeGreaterThanOrEqual(probe.validationScore);
    const reversed = {
      ...numbers,
      values: { ...numbers.values, test: numbers.values.test.slice().reverse() },
    };
    const [other] = await treesProbe(all, [reversed], { maxIterations: 400, patience: 10 });
    expect([other.iterations, other.predictions]).toEqual([probe.iterations, probe.predictions]);
    // Noise: nothing beats the baseline for long.
    const noise = {
      name: "noise",
      values: ofSplits(({ rows }) => Float64Array.from({ length: rows }, () => rng.normal())),
    };
    const [none] = await treesProbe(all, [noise], { patience: 5 });
    expect(none.iterations).toBeLessThan(10);
  });

  it("says the mean where there are too few rows for a leaf", async () => {
    const few = { data: all.train.data.slice(0, 39 * cols), rows: 39, cols };
    const values = { ...numbers.values, train: numbers.values.train.slice(0, 39) };
    const [probe] = await treesProbe({ ...all, train: few }, [{ ...numbers, values }]);
    const mean = values.train.reduce((sum, value) => sum + value / 39, 0);
    expect(probe.iterations).toBe(0);
    for (const value of probe.predictions) expect(value).toBeCloseTo(mean, 12);
  });

  it("tells more than two classes, counts an unknown one as missed, and passes over constant features", async () => {
    const thirds = ofSplits((points) =>
      Array.from(product(points), (v) => (v < -0.3 ? "a" : v < 0.3 ? "b" : "c")),
    );
    const [probe] = await treesProbe(all, [{ name: "init", values: thirds }]);
    expect(probe.testScore).toBeGreaterThan(0.75);
    const unknown = {
      ...thirds,
      validation: thirds.validation.map(() => "d"),
      test: thirds.test.map(() => "d"),
    };
    const [missed] = await treesProbe(all, [{ name: "init", values: unknown }]);
    expect([missed.testScore, missed.validationScore, missed.iterations]).toEqual([0, 0, 0]);
    const flat = ofSplits(({ rows }) => ({ data: new Float32Array(rows * 2).fill(3), rows, cols: 2 }));
    const [constant] = await treesProbe(flat, [numbers]);
    expect(constant.iterations).toBe(0);
  });

  it("reports its iterations up to their end, and stops within a second of the signal", async () => {
    const reports: Progress[] = [];
    await treesProbe(all, [numbers], { maxIterations: 30, onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)).toMatchObject({ label: "boosting trees", done: 30, total: 30 });
    const wide = { train: features(20_000, 300), validation: features(150, 300), test: features(150, 300) };
    const ramp = { ...numbers.values, train: Float64Array.from({ length: 20_000 }, (_, i) => i % 997) };
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 1500);
    const long = treesProbe(wide, [{ name: "acc", values: ramp }], {
      maxIterations: 1e6,
      patience: 1e6,
      signal: controller.signal,
    });
    await expect(long).rejects.toBeInstanceOf(InterruptedError);
    expect(performance.now() - aborted).toBeLessThan(1000);
  });
});

describe("a trees probe refuses", () => {
  it.each([
    { learningRate: 0 },
    { learningRate: 1.5 },
    { maxIterations: 0 },
    { patience: 0.5 },
    { maxLeafNodes: 1 },
    { minSamplesLeaf: Number.NaN },
    { l2: -1 },
    { maxBins: 256 },
  ])("%o, naming the setting", async (options) => {
    const [name, value] = Object.entries(options)[0];
    await expect(treesProbe(all, [numbers], options)).rejects.toMatchObject({
      code: "trees/settings",
      value,
    });
    expect(() => treesSettings(options)).toThrow(new RegExp(`${name} is ${value}; give`));
  });

  it("unknown options, constant targets, NaN in features and targets", async () => {
    await expect(treesProbe(all, [numbers], { depth: 3 } as never)).rejects.toThrow(/no option "depth"/);
    const flat = { ...numbers, values: { ...numbers.values, test: new Float64Array(150) } };
    await expect(treesProbe(all, [flat])).rejects.toMatchObject({ code: "probe/constant-target" });
    const one = { ...words, values: { ...words.values, train: words.values.train.map(() => "tanh") } };
    await expect(treesProbe(all, [one])).rejects.toMatchObject({
      code: "probe/constant-target",
      value: "tanh",
    });
    const holes = {
      ...numbers,
      values: { ...numbers.values, validation: new Float64Array(150).fill(Number.NaN) },
    };
    await expect(treesProbe(all, [holes])).rejects.toMatchObject({ code: "probe/nan-target", value: 0 });
    const test = { ...all.test, data: all.test.data.slice().fill(Number.NaN, 9, 10) };
    await expect(treesProbe({ ...all, test }, [numbers])).rejects.toMatchObject({
      code: "points/not-finite",
      value: 2,
    });
  });
});

describe("probing with trees", () => {
  const facts = ofSplits((points, split) => ({
    model: Int32Array.from({ length: points.rows }, (_, i) => i >> 1),
    acc: numbers.values[split],
    act: words.values[split],
  }));
  const targets = { acc: "acc", act: "act" };

  it("gives the cells of the trees probe in ridge's and softmax's place", async () => {
    const cells = await probeFeatures(all, facts, targets, {
      rng,
      probe: "trees",
      trees: { maxIterations: 50 },
    });
    const probes = await treesProbe(all, [numbers, words], { maxIterations: 50 });
    expect(cells.map(({ probe }) => probe)).toEqual(probes);
    expect(cells.map(({ kind }) => kind)).toEqual(["r2", "accuracy"]);
    const linear = await probeFeatures(all, facts, targets, { rng });
    expect(cells[0].interval.value).toBeCloseTo(100 * probes[0].testScore, 9);
    expect(linear[0].interval.value).toBeLessThan(20);
  });

  it("refuses a probe that there is not", async () => {
    const run = probeFeatures(all, facts, targets, { rng, probe: "forest" as never });
    await expect(run).rejects.toMatchObject({ code: "probe/kind", value: "forest" });
    const column = { ...layerStatistics(), probe: "forest" as never };
    await expect(probeTable({}, [column], targets, { rng })).rejects.toMatchObject({ code: "probe/kind" });
    const settings = { rng, trees: { l2: -1 } };
    const early = probeTable({}, [layerStatistics()], targets, settings);
    await expect(early).rejects.toMatchObject({ code: "trees/settings", value: -1 });
  });
});
