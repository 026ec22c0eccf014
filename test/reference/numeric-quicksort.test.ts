import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quicksortOrder } from "#lib/core/numeric/quicksort.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const { cases } = JSON.parse(readFileSync(join(folder, "argsort.json"), "utf8")) as {
  cases: { values: number[]; order: number[] }[];
};

test("equal values come out in the order in which numpy's default sort leaves them", () => {
  let moved = 0;
  for (const { values, order } of cases) {
    expect(quicksortOrder(values)).toEqual(order);
    const stable = [...values.keys()].sort((a, b) => values[a] - values[b]);
    if (order.some((index, place) => index !== stable[place])) moved++;
  }
  // The lists are long enough for the sort to be unstable.
  expect(moved).toBeGreaterThan(20);
});
