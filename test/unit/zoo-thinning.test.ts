import { describe, expect, test } from "vitest";
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
