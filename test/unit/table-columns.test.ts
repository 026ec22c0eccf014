import { describe, expect, test } from "vitest";
import { rowsLedBy, tableColumns, tableValue } from "#lib/core/table-columns.js";
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

describe("one number of a table", () => {
  const published = publishedTable("hyperreps/zoo-factors");

  test("is the published one, or null where nothing is printed", () => {
    expect(tableValue(published, "init", "MNIST-HYP-1-FIX-SEED/W")).toBe(87.7);
    expect(tableValue(published, "init", "MNIST-SEED/W")).toBeNull();
  });

  test("wants a row and a column that the table has", () => {
    expect(() => tableValue(published, "dropout", "MNIST-SEED/W")).toThrow(
      /no row "dropout"; it has eph, acc/,
    );
    expect(() => tableValue(published, "eph", "W")).toThrow(/no column "W"; it has MNIST-SEED\/W/);
  });
});

describe("rows that a column leads", () => {
  const table = {
    id: "t",
    caption: "",
    rowKey: "target",
    rows: ["a", "b", "c", "d"],
    columns: ["X/W", "X/EcD"],
    values: [
      [1, 2],
      [3, 2],
      [2, 2],
      [null, null],
    ],
  };

  test("are counted with ties, without rows that it has no value in", () => {
    expect(rowsLedBy(table, "EcD")).toBe(2);
    expect(rowsLedBy(table, "W")).toBe(2);
    expect(rowsLedBy(table, "X/W")).toBe(2);
  });

  test("want one column of that name", () => {
    expect(() => rowsLedBy(table, "D")).toThrow(/0 columns "D"; it has X\/W, X\/EcD/);
    expect(() => rowsLedBy({ ...table, columns: ["X/W", "Y/W"] }, "W")).toThrow(/2 columns "W"/);
  });
});
