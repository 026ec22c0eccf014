import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TreesProbe, treesProbe } from "#lib/analysis/probes/trees.js";
import { binThresholds, binTrainingRows } from "#lib/analysis/trees/bins.js";
import { boostTrees } from "#lib/analysis/trees/boosting.js";
import { crossEntropy, squaredError } from "#lib/analysis/trees/losses.js";
import { treesSettings } from "#lib/analysis/trees/settings.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import type { Points } from "#lib/core/numeric/points.js";
import { RandomStream } from "#lib/core/random.js";

const cols = 5;
const sizes = { train: 300, validation: 80, test: 60 };
const options = { maxIterations: 30, maxLeafNodes: 8, minSamplesLeaf: 5 };
const seeds = fc.integer({ min: 0, max: 1e6 });

function data(seed: number) {
  const rng = RandomStream.fromSeed(seed);
  const split = (rows: number) => {
    const points = { data: Float64Array.from({ length: rows * cols }, () => rng.normal()), rows, cols };
    const values = Float64Array.from({ length: rows }, (_, i) => {
      const [a, b, c] = points.data.subarray(i * cols, i * cols + 3);
      return a * b + Math.abs(c) + 0.1 * rng.normal();
    });
    return { points, values, words: Array.from(values, (v) => (v < 0 ? "low" : v < 1 ? "mid" : "high")) };
  };
  const [train, validation, test] = [split(sizes.train), split(sizes.validation), split(sizes.test)];
  const each = <T>(pick: (part: typeof train) => T) => {
    return { train: pick(train), validation: pick(validation), test: pick(test) };
  };
  return {
    features: each(({ points }): Points => points),
    numbers: { name: "number", values: each(({ values }): ArrayLike<number> => values) },
    words: { name: "word", values: each((part): ArrayLike<string> => part.words) },
  };
}

async function trainLosses(seed: number, kind: "r2" | "accuracy"): Promise<readonly number[]> {
  const { features, numbers, words } = data(seed);
  const settings = treesSettings(options);
  const pacer = new Pacer("test", settings.maxIterations, "iterations", {});
  const thresholds = await binThresholds(features.train, 255, pacer);
  const bins = Int32Array.from(thresholds, ({ length }) => length + 1);
  const rows = await binTrainingRows(features.train, thresholds, pacer);
  const codes = Array.from(words.values.train, (word) => ["low", "mid", "high"].indexOf(word));
  const targets = Float64Array.from(kind === "r2" ? numbers.values.train : codes);
  const loss = kind === "r2" ? squaredError : crossEntropy(3);
  return (await boostTrees({ rows, targets }, undefined, bins, loss, settings, pacer)).trainLosses;
}

describe("boosted trees", () => {
  it.each(["r2", "accuracy"] as const)("more iterations never raise the training loss (%s)", async (kind) => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const losses = await trainLosses(seed, kind);
        expect(losses.length).toBe(options.maxIterations + 1);
        for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
      }),
      { numRuns: 8 },
    );
  });

  // Between the values of the training rows a threshold moves with the transform: new rows are compared at those.
  it("a monotone transform of a feature changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat(cols - 1), async (seed, feature) => {
        const { features, numbers, words } = data(seed);
        const seen = { ...features, validation: features.train, test: features.train };
        const known = { ...numbers, values: repeated(numbers.values.train) };
        const named = { ...words, values: repeated(words.values.train) };
        const transform = (points: Points): Points => {
          const moved = Float64Array.from(points.data, (v, p) =>
            p % cols === feature ? 10 * Math.exp(3 * v) : v,
          );
          return { ...points, data: moved };
        };
        const moved = repeated(transform(features.train));
        const before = await treesProbe(seen, [known, named], options);
        expect(await treesProbe(moved, [known, named], options)).toEqual(before);
      }),
      { numRuns: 6 },
    );
  });

  // At the rows of the training split: two features that part a node's rows alike are equally good, and rounding chooses.
  it("the order of the training rows does not matter beyond rounding", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { features, numbers } = data(seed);
        const points = features.train;
        const values = numbers.values.train;
        const order = RandomStream.fromSeed(seed).permutation(sizes.train);
        const train = { ...points, data: new Float64Array(sizes.train * cols) };
        order.forEach((row, i) => {
          train.data.set(points.data.subarray(row * cols, (row + 1) * cols), i * cols);
        });
        const shuffled = { ...repeated(values), train: Float64Array.from(order, (row) => values[row]) };
        const [before] = await treesProbe(
          repeated(points),
          [{ name: "number", values: repeated(values) }],
          options,
        );
        const moved = { ...repeated(points), train };
        const [after] = await treesProbe(moved, [{ name: "number", values: shuffled }], options);
        const [a, b] = [before, after].map(({ predictions }: TreesProbe) => predictions as Float64Array);
        expect(a).toHaveLength(sizes.train);
        a.forEach((value, i) => {
          expect(Math.abs(value - b[i])).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 6 },
    );
  });
});

function repeated<T>(value: T) {
  return { train: value, validation: value, test: value };
}
