import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { formatCsvRecord, readCsv } from "#lib/zoo/interop/csv.js";
import { guessColumn, readTable } from "#lib/zoo/interop/table.js";
import { scratchFolder } from "../helpers/interop.js";

async function records(path: string): Promise<[number, readonly string[]][]> {
  const found: [number, readonly string[]][] = [];
  await readCsv(path, (names) => {
    found.push([1, names]);
    return (fields, line) => found.push([line, fields]);
  });
  return found;
}

test("quotes, quoted commas and line breaks, blank lines and carriage returns", async () => {
  const path = join(scratchFolder(), "a.csv");
  writeFileSync(path, '\uFEFFa,b,c\r\n1,"x,""y""",\r\n\r\n"two\nlines",,"last"');
  expect(await records(path)).toEqual([
    [1, ["a", "b", "c"]],
    [2, ["1", 'x,"y"', ""]],
    [4, ["two\nlines", "", "last"]],
  ]);
});

test("records that do not end where pieces of the file do, with gzip and without", async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => [
    String(i),
    i % 7 === 0 ? `é,"${i}"\n` : "x".repeat(i % 40),
  ]);
  const text = ["n,text\n", ...rows.map(formatCsvRecord)].join("");
  const folder = scratchFolder();
  writeFileSync(join(folder, "a.csv"), text);
  writeFileSync(join(folder, "a.csv.gz"), gzipSync(text));
  for (const name of ["a.csv", "a.csv.gz"]) {
    const [, ...found] = await records(join(folder, name));
    expect(found.map(([, fields]) => fields)).toEqual(rows);
  }
});

test("columns are of the narrowest kind that holds them", () => {
  expect(guessColumn(["1", "-2"])).toEqual(Int32Array.of(1, -2));
  expect(guessColumn(["1", ""])).toEqual(Float64Array.of(1, Number.NaN));
  expect(guessColumn(["1e-3", "inf"])).toEqual(Float64Array.of(1e-3, Number.POSITIVE_INFINITY));
  expect(guessColumn(["3000000000"])).toEqual(Float64Array.of(3e9));
  expect(guessColumn(["True", "false"])).toEqual([true, false]);
  expect(guessColumn(["", ""])).toEqual(["", ""]);
  expect(guessColumn(["1", "one"])).toEqual(["1", "one"]);
});

test("pandas' unnamed index is left out, and numbers are read where they are asked for", async () => {
  const path = join(scratchFolder(), "a.csv");
  writeFileSync(path, ",loss,name\n0,nan,a\n1,2.5,b\n");
  const table = await readTable(path, { required: ["loss"], numbers: ["loss"] });
  expect(table.rows).toBe(2);
  expect(table.numbers.loss).toEqual(Float64Array.of(Number.NaN, 2.5));
  expect(Object.keys(table.texts)).toEqual(["name"]);
});
