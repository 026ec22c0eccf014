import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ResultTable } from "#lib/core/tables.js";
import { publishedTable } from "#lib/experiments/index.js";

const folder = new URL("../../data/published/", import.meta.url);
const tables = readdirSync(fileURLToPath(folder)).flatMap((file) => {
  const { tables: own = [] } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
    tables?: ResultTable[];
  };
  return own;
});

describe("published tables", () => {
  test("have an id each, and a number or none for every row and column", () => {
    expect(new Set(tables.map(({ id }) => id)).size).toBe(tables.length);
    for (const { id, rows, columns, values } of tables) {
      const { caption, paperTable, source } = publishedTable(id);
      for (const text of [caption, paperTable, source]) expect(text, id).toMatch(/\S/);
      expect(
        values.map((row) => row.length),
        id,
      ).toEqual(rows.map(() => columns.length));
      for (const value of values.flat()) expect(value === null || Number.isFinite(value), id).toBe(true);
    }
  });

  test("of later work: statistics rank final checkpoints worst, though well", () => {
    const { rows, values } = publishedTable("literature/final-accuracy");
    expect(rows[0]).toContain("statistics");
    const taus = values.map(([cifar]) => cifar!);
    expect(taus[0]).toBe(0.915);
    expect(Math.min(...taus)).toBe(taus[0]);
    expect(Math.max(...taus)).toBe(0.935);
  });
});
