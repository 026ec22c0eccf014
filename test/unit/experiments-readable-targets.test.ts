import { describe, expect, test } from "vitest";
import { readableTargets } from "#lib/experiments/hyperreps/readable-targets.js";
import type { ZooSplits } from "#lib/representations/zoo-rows.js";

type Column = readonly number[] | readonly string[];

/** Splits whose facts are one column, called x. */
function splits(train: Column, validation: Column, test: Column): ZooSplits {
  const rows = (x: Column) => ({
    facts: { x: typeof x[0] === "number" ? Float64Array.from(x as number[]) : x },
  });
  return { train: rows(train), validation: rows(validation), test: rows(test) } as unknown as ZooSplits;
}

const isReadable = (of: ZooSplits) => Object.keys(readableTargets(of, { name: "x" })).length === 1;

describe("a probe can read", () => {
  test("numbers that vary in every split", () => {
    expect(isReadable(splits([1, 2], [1, 2], [1, 2]))).toBe(true);
    expect(isReadable(splits([1, 1], [1, 2], [1, 2]))).toBe(false);
    expect(isReadable(splits([1, 2], [2, 2], [1, 2]))).toBe(false);
    expect(isReadable(splits([1, 2], [1, 2], [2, 2]))).toBe(false);
  });

  test("numbers that are finite in every split: NaN differs from itself, but tells nothing", () => {
    const none = Number.NaN;
    expect(isReadable(splits([none, none], [none, none], [none, none]))).toBe(false);
    expect(isReadable(splits([1, 2], [1, 2], [1, none]))).toBe(false);
    expect(isReadable(splits([1, 2, none], [1, 2], [1, 2]))).toBe(false);
    expect(isReadable(splits([1, 2], [1, Number.POSITIVE_INFINITY], [1, 2]))).toBe(false);
  });

  test("words that vary in the training split; no column that there is not", () => {
    expect(isReadable(splits(["a", "b"], ["a", "a"], ["a", "a"]))).toBe(true);
    expect(isReadable(splits(["a", "a"], ["a", "b"], ["a", "b"]))).toBe(false);
    expect(readableTargets(splits([1, 2], [1, 2], [1, 2]), { other: "y" })).toEqual({});
  });
});
