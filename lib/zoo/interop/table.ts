import { DataError } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import type { Column } from "../store/parquet.js";
import { type OnRecord, readCsv } from "./csv.js";

/** A table read from a CSV file: some columns as numbers, NaN where there is none, the others as texts. */
export interface TextTable {
  readonly path: string;
  readonly rows: number;
  /** Line of the file on which each row starts. */
  readonly lines: Int32Array;
  /** Equal texts share their memory. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly numbers: Readonly<Record<string, Float64Array>>;
}

/** What `readTable` is to look for, and what stops it. */
export interface TableColumns extends StopOptions {
  /** Columns that must be there. */
  readonly required?: readonly string[];
  /** Columns that hold numbers, where they are there. */
  readonly numbers?: readonly string[];
}

/**
 * Reads a CSV file whole, without the unnamed column in which pandas writes its index. Numbers are kept as such and
 * equal texts once, so that a table of many rows needs little more memory than its numbers.
 * @throws DataError "csv/columns" naming the columns that are missing, "csv/number" naming the line of a text that
 *   is no number where one must be; and as readCsv
 */
export async function readTable(path: string, columns: TableColumns = {}): Promise<TextTable> {
  const texts: Record<string, string[]> = Object.create(null);
  const numbers: Record<string, number[]> = Object.create(null);
  const lines: number[] = [];
  const begin = (header: readonly string[]): OnRecord => {
    checkColumns(path, header, columns.required ?? []);
    const pool = new TextPool();
    const takers = header.flatMap((name, index) => {
      if (name === "" || name === "Unnamed: 0") return [];
      if (!columns.numbers?.includes(name)) {
        const kept: string[] = [];
        texts[name] = kept;
        return [(fields: readonly string[]) => kept.push(pool.share(fields[index]))];
      }
      const kept: number[] = [];
      numbers[name] = kept;
      return [
        (fields: readonly string[], line: number) =>
          kept.push(parseNumber(fields[index]) ?? refuseNumber(path, line, name, fields[index])),
      ];
    });
    return (fields, line) => {
      lines.push(line);
      for (const take of takers) take(fields, line);
    };
  };
  await readCsv(path, begin, { signal: columns.signal });
  const typed = Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]);
  return {
    path,
    rows: lines.length,
    lines: Int32Array.from(lines),
    texts,
    numbers: Object.fromEntries(typed) as Record<string, Float64Array>,
  };
}

function refuseNumber(path: string, line: number, name: string, text: string): never {
  throw new DataError("csv/number", `${path}, line ${line}: ${name} is "${text}"; it must be a number`, {
    value: text,
  });
}

/** Throws DataError "csv/columns" when a header lacks a column. */
function checkColumns(path: string, header: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !header.includes(name));
  if (missing.length === 0) return;
  throw new DataError(
    "csv/columns",
    `${path}, line 1: there is no column ${missing.join(", ")}; it has ${header.join(", ")}`,
    { value: missing },
  );
}

/** Keeps one copy of each text. The copy is detached from the piece of the file it was cut from, which it would keep. */
class TextPool {
  private readonly known = new Map<string, string>();

  share(text: string): string {
    const found = this.known.get(text);
    if (found !== undefined) return found;
    const copy = Buffer.from(text).toString();
    this.known.set(copy, copy);
    return copy;
  }
}

/** Spellings of a number that is not there. */
const missing = new Set(["", "nan", "NaN", "None", "null", "NA", "N/A"]);

/** The number that a text says, NaN for a missing one, undefined when it says none. */
function parseNumber(text: string): number | undefined {
  if (missing.has(text.trim())) return Number.NaN;
  const value = Number(text.replace(/^([+-]?)inf(inity)?$/i, "$1Infinity"));
  return Number.isNaN(value) ? undefined : value;
}

/**
 * A column of the narrowest kind that holds all its texts: truth values, whole numbers of 32 bits, real numbers
 * (blanks are NaN), else texts.
 */
export function guessColumn(texts: readonly string[]): Column {
  const distinct = new Map([...new Set(texts)].map((text) => [text, parseNumber(text)]));
  if (distinct.size > 0 && [...distinct.keys()].every((text) => /^(true|false)$/i.test(text))) {
    return texts.map((text) => text.toLowerCase() === "true");
  }
  const numbers = [...distinct.values()];
  if (numbers.includes(undefined) || numbers.every(Number.isNaN)) return texts;
  const value = (text: string) => distinct.get(text) ?? Number.NaN;
  const isWhole = numbers.every((number) => Object.is(number, (number ?? 0) | 0));
  return isWhole ? Int32Array.from(texts, value) : Float64Array.from(texts, value);
}
