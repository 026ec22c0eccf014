import { describe, expect, test } from "vitest";
import { type FullGrid, thinGrid } from "#lib/zoo/spec/thinning.js";
import type { ModelSpec } from "#lib/zoo/types.js";
import { activationOf, counts, lockStepGroups, modelsOf, spread } from "../helpers/models.js";
import { dropoutSpec, plainSpec } from "../helpers/specs.js";

describe("a grid that is thinned", () => {
  const vary = {
    optimizer: ["sgd", "adam"],
    activation: ["relu", "tanh", "gelu"],
    initializer: ["normal", "uniform", "kaiming-normal"],
    learningRate: [0.1, 0.2, 0.3, 0.4],
    dropout: [0, 0.5],
  };
  const fixed = { kind: "fixed", from: 1, count: 1 } as const;
  const classOf = (m: ModelSpec) => `${m.optimizer.type} ${activationOf(m)}`;

  test("keeps equal shares of its structural classes in multiples of four, and balance in the rest", () => {
    // 144 combinations in 6 classes of 24.
    for (const models of [24, 48, 80, 100, 120, 140]) {
      const kept = modelsOf(dropoutSpec({ models, seeds: fixed, vary }));
      expect(kept).toHaveLength(models);
      const shares = counts(kept, classOf);
      expect(Object.keys(shares)).toHaveLength(6);
      expect(Object.values(shares).every((share) => share % 4 === 0)).toBe(true);
      expect(spread(shares)).toBeLessThanOrEqual(4);
      expect(spread(counts(kept, (m) => m.initializer))).toBeLessThanOrEqual(1);
      expect(spread(counts(kept, (m) => m.optimizer.learningRate))).toBeLessThanOrEqual(1);
      expect(spread(counts(kept, (m) => m.dropout))).toBeLessThanOrEqual(1);
      expect(lockStepGroups(kept)).toBe(models / 4);
    }
  });

  test("keeps the order, no model twice, and the same ones each time", () => {
    const full = modelsOf(dropoutSpec({ models: 144, seeds: fixed, vary }));
    const words = (m: ModelSpec) =>
      JSON.stringify([classOf(m), m.initializer, m.optimizer.learningRate, m.dropout]);
    const places = new Map(full.map((m, place) => [words(m), place]));
    const kept = modelsOf(dropoutSpec({ models: 61, seeds: fixed, vary })).map((m) => places.get(words(m))!);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    const again = modelsOf(dropoutSpec({ models: 61, seeds: fixed, vary })).map((m) => places.get(words(m)));
    expect(again).toEqual(kept);
    const otherSeed = { ...fixed, from: 2 };
    const other = modelsOf(dropoutSpec({ models: 61, seeds: otherSeed, vary })).map((m) =>
      places.get(words(m)),
    );
    expect(other).not.toEqual(kept);
  });

  test("keeps the seeds of a combination together where every class can have one", () => {
    const seeds = { kind: "fixed", from: 1, count: 5 } as const;
    const kept = modelsOf(dropoutSpec({ models: 240, seeds, vary }));
    const combinations = counts(kept, (m) =>
      JSON.stringify([classOf(m), m.initializer, m.optimizer.learningRate, m.dropout]),
    );
    expect(new Set(Object.values(combinations))).toEqual(new Set([5]));
    expect(new Set(Object.values(counts(kept, classOf)))).toEqual(new Set([40]));
  });

  test("shares a few models over the classes where there are too few for whole combinations", () => {
    const seeds = { kind: "fixed", from: 1, count: 100 } as const;
    const kept = modelsOf(dropoutSpec({ models: 48, seeds, vary }));
    expect(new Set(Object.values(counts(kept, classOf)))).toEqual(new Set([8]));
    expect(modelsOf(dropoutSpec({ models: 4, seeds: fixed, vary }))).toHaveLength(4);
  });

  test("of a range of seeds repeats combinations as often as models are wanted", () => {
    const kept = modelsOf(plainSpec({ models: 101, vary: { activation: ["relu", "tanh"] } }));
    expect(spread(counts(kept, activationOf))).toBeLessThanOrEqual(4);
    expect(kept.map(({ seed }) => seed)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  });

  test("fits whatever is wanted, up to all", () => {
    for (let models = 1; models <= 30; models++) {
      const small = {
        activation: ["relu", "tanh", "gelu"],
        learningRate: [1, 2, 3, 4, 5],
        dropout: [0, 0.5],
      };
      const kept = modelsOf(dropoutSpec({ models, seeds: fixed, vary: small }));
      const words = kept.map((m) => JSON.stringify([activationOf(m), m.optimizer.learningRate, m.dropout]));
      expect(new Set(words).size).toBe(models);
    }
  });
});

/** How many models each structural class of a thinned grid keeps. */
function classShares(grid: FullGrid, wanted: number, seed: number): number[] {
  const product = (values: readonly number[]) => values.reduce((all, value) => all * value, 1);
  const shares = new Array<number>(product(grid.structural)).fill(0);
  const kept = thinGrid(grid, wanted, seed);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  for (const model of kept) shares[Math.floor(model / (product(grid.others) * grid.repeats))]++;
  return shares;
}

const gap = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

/** Models by level of each structural factor. */
function levelSums(levels: readonly number[], shares: readonly number[]): number[][] {
  return levels.map((count, factor) => {
    const faster = levels.slice(factor + 1).reduce((all, value) => all * value, 1);
    const sums = new Array<number>(count).fill(0);
    shares.forEach((share, index) => {
      sums[Math.floor(index / faster) % count] += share;
    });
    return sums;
  });
}

describe("the structural classes of a thinned grid", () => {
  const grid = (structural: number[], others: number[], repeats = 1, whole = false): FullGrid => {
    return { structural, others, repeats, whole };
  };

  test.each([
    // Room for four more in every class: units of four.
    [grid([2, 5], [16]), [40, 41, 43, 55, 60, 73, 119, 155], 4],
    [grid([3, 2, 2], [4, 8]), [48, 50, 77, 100, 131, 333], 4],
    // Room for three more, or fewer than four a class: single models.
    [grid([2, 5], [7]), [41, 50, 55, 63, 69], 1],
    [grid([2, 5], [7]), [3, 10, 17, 25, 39], 1],
    [grid([4, 3], [3]), [1, 13, 20, 35], 1],
    // Whole combinations of five models: four of them together, or one where there is no room.
    [grid([2, 3], [24], 5, true), [120, 240, 300, 420], 20],
    [grid([2, 3], [5], 5, true), [125, 130, 135, 145], 5],
  ])("of %j keep equal shares, and so does each structural level", (full, sizes, unit) => {
    for (const wanted of sizes) {
      for (const seed of [1, 2, 3]) {
        const shares = classShares(full, wanted, seed);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(wanted);
        expect(gap(shares)).toBeLessThanOrEqual(unit);
        // One class, at most, has less than a whole unit more.
        const leftOver = wanted % unit;
        expect(shares.filter((share) => share % unit !== 0)).toHaveLength(leftOver === 0 ? 0 : 1);
        const within = leftOver === 0 ? unit : 2 * unit - leftOver;
        for (const sums of levelSums(full.structural, shares)) expect(gap(sums)).toBeLessThanOrEqual(within);
      }
    }
  });

  test("fill groups of four first where they have room for less than four more", () => {
    for (const share of classShares(grid([2, 5], [7]), 55, 1)) expect([5, 6]).toContain(share);
    expect(classShares(grid([2, 5], [7]), 40, 1)).toEqual(new Array(10).fill(4));
  });
});
