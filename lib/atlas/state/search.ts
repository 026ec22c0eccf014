import { type AtlasData, cellText, columnOf, type DecodedColumn } from "../data/decoded.js";
import type { Members } from "./members.js";

type Test = (model: number) => boolean;

/** What was looked for, or why it cannot be. */
export type Search = { readonly matches: Test } | { readonly problem: string };

/**
 * Reads a search: words and conditions, all of which must hold. A word is found in a model's name or in a column of words,
 * whatever its case; a condition is COLUMN=TEXT, COLUMN!=TEXT, or COLUMN with <, <=, > or >= and a number. A phrase with
 * spaces stands in double quotes.
 */
export function parseSearch(data: AtlasData, text: string): Search {
  const terms = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const tests: Test[] = [];
  for (const term of terms) {
    const condition = /^"?([^"<>=!]+)"?(<=|>=|!=|<|>|=)(.+)$/.exec(term);
    if (!condition) {
      tests.push(containsWord(data, unquoted(term).toLowerCase()));
      continue;
    }
    const [, name, operator, value] = condition;
    const column = columnOf(data, name);
    if (!column) return { problem: `there is no column "${name}"` };
    const test = compares(column, operator, unquoted(value));
    if (!test) return { problem: `"${name}" holds words: use ${name}=WORD` };
    tests.push(test);
  }
  return { matches: (model) => tests.every((test) => test(model)) };
}

const unquoted = (text: string): string => text.replaceAll('"', "");

function containsWord(data: AtlasData, word: string): Test {
  const hits = data.columns.flatMap((column) => {
    if (column.kind !== "level") return [];
    return [{ codes: column.codes, found: column.levels.map((level) => level.toLowerCase().includes(word)) }];
  });
  return (model) =>
    data.names[model].toLowerCase().includes(word) || hits.some(({ codes, found }) => found[codes[model]]);
}

function compares(column: DecodedColumn, operator: string, value: string): Test | undefined {
  if (column.kind === "level") {
    const wanted = column.levels.map((level) => level.toLowerCase() === value.toLowerCase());
    if (operator === "=") return (model) => wanted[column.codes[model]];
    return operator === "!=" ? (model) => !wanted[column.codes[model]] : undefined;
  }
  const number = Number(value);
  const { values } = column;
  const tests: Record<string, Test> = {
    "=": (model) => values[model] === number,
    "!=": (model) => values[model] !== number,
    "<": (model) => values[model] < number,
    "<=": (model) => values[model] <= number,
    ">": (model) => values[model] > number,
    ">=": (model) => values[model] >= number,
  };
  return tests[operator];
}

/** Order of a table: a column's name, or undefined for the models' own names. */
export interface Order {
  readonly column: string | undefined;
  readonly isDescending: boolean;
}

/** Models in the order of a column, what is not known last; equal ones in their own order. */
export function ordered(data: AtlasData, models: Members, { column: name, isDescending }: Order): Int32Array {
  const column = name === undefined ? undefined : columnOf(data, name);
  const sign = isDescending ? -1 : 1;
  const words = column?.kind === "level" ? column.codes : nameRanks(data.names);
  const keys = column?.kind === "number" ? column.values : words;
  return models.slice().sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}

const ranks = new WeakMap<readonly string[], Int32Array>();

/** Place of each name among all, numbers in names counted as numbers. */
function nameRanks(names: readonly string[]): Int32Array {
  const known = ranks.get(names);
  if (known) return known;
  const { compare } = new Intl.Collator("en", { numeric: true });
  const order = Array.from(names.keys()).sort((a, b) => compare(names[a], names[b]) || a - b);
  const places = new Int32Array(names.length);
  for (const [place, model] of order.entries()) places[model] = place;
  ranks.set(names, places);
  return places;
}

/** One line about a model, for people who cannot see its point. */
export function describeModel(data: AtlasData, model: number, columns: readonly string[]): string {
  const facts = columns.flatMap((name) => {
    const column = columnOf(data, name);
    return column ? [`${name} ${cellText(column, model) || "not known"}`] : [];
  });
  return [data.names[model], ...facts].join(", ");
}
