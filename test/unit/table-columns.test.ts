import { describe, expect, test } from "vitest";
import { tableColumns } from "#lib/core/table-columns.js";
import { publishedTable } from "#lib/experiments/index.js";

describe("columns of one group", () => {
  const published = publishedTable("hyperreps/hyp-zoos");

  test("are the group's, with their values and intervals", () => {
    const low = published.values.map((row) => row.map((value) => (value ?? 0) - 1));
    const part = tableColumns({ ...published, low }, "CIFAR10-HYP");
    expect(part.columns.length).toBe(3);
    for (const [r] of part.rows.entries()) {
      for (const [c, column] of part.columns.entries()) {
        expect(column).toMatch(/^CIFAR10-HYP\//);
        const place = published.columns.indexOf(column);
        expect(part.values[r][c]).toBe(published.values[r][place]);
        expect(part.low?.[r][c]).toBe(low[r][place]);
      }
    }
    expect(part.high).toBeUndefined();
  });

  test("refuse a group by the first letters of another, and name those that there are", () => {
    expect(() => tableColumns(published, "CIFAR10")).toThrow(/no columns of "CIFAR10"; it has .*MNIST-HYP/);
  });
});
