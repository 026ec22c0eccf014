import { describe, expect, it } from "vitest";
import { claimVerdict } from "#lib/analysis/verdict.js";
import { bootstrapInterval, quantile } from "#lib/core/numeric/bootstrap.js";
import { RandomStream } from "#lib/core/random.js";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("bootstrap", () => {
  it("interval of a mean has the width of the normal one, and repeats with its seed", () => {
    const rng = RandomStream.fromSeed(3);
    const values = Array.from({ length: 400 }, () => rng.normal(5, 2));
    const interval = bootstrapInterval(values, mean, { rng: RandomStream.fromSeed(1) });
    const half = 1.96 * (2 / Math.sqrt(400));
    expect(interval.value).toBe(mean(values));
    expect(interval.high - interval.low).toBeGreaterThan(2 * half * 0.85);
    expect(interval.high - interval.low).toBeLessThan(2 * half * 1.15);
    expect(bootstrapInterval(values, mean, { rng: RandomStream.fromSeed(1) })).toEqual(interval);
    expect(() => bootstrapInterval([], mean, { rng })).toThrow(/at least one unit/);
  });

  it("quantiles interpolate", () => {
    expect(quantile([0, 1, 2, 3], 0.5)).toBe(1.5);
    expect(quantile([0, 10], 0.025)).toBeCloseTo(0.25, 12);
  });
});

describe("verdicts", () => {
  it.each([
    [0.4, 0.6, ">", 0.3, "holds"],
    [0.4, 0.6, ">", 0.5, "undecided"],
    [0.4, 0.6, ">", 0.7, "fails"],
    [0.4, 0.6, "<", 0.7, "holds"],
    [0.4, 0.6, "<=", 0.6, "holds"],
    [0.4, 0.6, ">", 0.6, "fails"],
    [1, 1, ">=", 1, "holds"],
    [1, 1, "<", 1, "fails"],
    [Number.NaN, 1, ">", 0, "undecided"],
  ] as const)("of [%d, %d] %s %d is %s", (low, high, relation, bound, verdict) => {
    expect(claimVerdict({ low, high }, { relation, bound })).toBe(verdict);
  });
});
