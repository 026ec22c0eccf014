import { createRequire } from "node:module";
import { checkOptions, SpecError } from "../core/errors.js";
import { gridBundle } from "../core/grid.js";
import { frameGrid } from "../core/table-grids.js";
import { display } from "./display.js";

/** A column of a data frame: the part of danfojs' Series that notebooks use. */
export interface Series {
  readonly values: readonly (number | string | boolean)[];
  readonly shape: readonly number[];
  eq(other: number | string | Series): Series;
  ne(other: number | string | Series): Series;
  gt(other: number | Series): Series;
  ge(other: number | Series): Series;
  lt(other: number | Series): Series;
  le(other: number | Series): Series;
  and(other: Series): Series;
  or(other: Series): Series;
  add(other: number | Series): Series;
  sub(other: number | Series): Series;
  mul(other: number | Series): Series;
  div(other: number | Series): Series;
  mean(): number;
  std(): number;
  median(): number;
  min(): number;
  max(): number;
  sum(): number;
  unique(): Series;
  valueCounts(): Series;
  print(): void;
}

/** Rows of a data frame grouped by equal values. */
export interface GroupBy {
  col(columns: readonly string[]): GroupBy;
  mean(): DataFrame;
  std(): DataFrame;
  min(): DataFrame;
  max(): DataFrame;
  sum(): DataFrame;
  count(): DataFrame;
  agg(functions: Readonly<Record<string, string | readonly string[]>>): DataFrame;
}

/**
 * A table with named columns: the part of danfojs' DataFrame that notebooks use, written down here because the types
 * of danfojs and tfjs would have to be compiled in every cell. The object itself is danfojs' own and can do more.
 */
export interface DataFrame {
  readonly columns: readonly string[];
  /** Rows, columns. */
  readonly shape: readonly number[];
  readonly values: readonly (readonly (number | string | boolean)[])[];
  readonly index: readonly (number | string)[];
  /** Count, mean, deviation, smallest, median, largest and variance of each column of numbers. */
  describe(): DataFrame;
  head(rows?: number): DataFrame;
  tail(rows?: number): DataFrame;
  column(name: string): Series;
  loc(parts: { rows?: readonly (number | string)[] | Series; columns?: readonly string[] }): DataFrame;
  iloc(parts: { rows?: readonly (number | string)[]; columns?: readonly (number | string)[] }): DataFrame;
  /** The rows where the condition is true, e.g. `df.query(df.column("epoch").eq(50))`. */
  query(condition: Series): DataFrame;
  sortValues(by: string, options?: { ascending?: boolean }): DataFrame;
  groupby(columns: readonly string[]): GroupBy;
  addColumn(name: string, values: readonly (number | string | boolean)[] | Series): DataFrame;
  drop(options: { columns?: readonly string[]; index?: readonly (number | string)[] }): DataFrame;
  dropNa(options?: { axis?: 0 | 1 }): DataFrame;
  print(): void;
}

interface Danfo {
  readonly DataFrame: new (columns: Readonly<Record<string, unknown[]>>) => DataFrame;
  readonly tensorflow: { backend(): { firstUse?: boolean } };
}

let danfo: Danfo | undefined;

/** Loads danfojs when a first data frame is made: it takes a second and 120 MB, which few cells need. */
function loadDanfo(): Danfo {
  if (danfo) return danfo;
  danfo = createRequire(import.meta.url)("danfojs-node") as Danfo;
  silenceAdvice(danfo);
  return danfo;
}

/** tfjs advises to install its node backend when its cpu backend is first used; here it only serves a table. */
function silenceAdvice({ tensorflow }: Danfo): void {
  try {
    tensorflow.backend().firstUse = false;
  } catch {
    // Another backend is still starting: then the advice, which is the cpu backend's, will not come.
  }
}

/**
 * Makes a danfojs data frame of columns, e.g. of a zoo's facts.
 * @param columns numbers (in any array) or text by name, all of equal length
 * @throws SpecError when columns differ in length, or there are none
 */
export function dataFrame(
  columns: Readonly<Record<string, ArrayLike<number> | ArrayLike<string> | ArrayLike<boolean>>>,
): DataFrame {
  const lists = Object.entries(columns).map(([name, values]) => [name, Array.from<unknown>(values)] as const);
  const lengths = new Set(lists.map(([, values]) => values.length));
  if (lengths.size !== 1) {
    const found = lists.map(([name, values]) => `${name} ${values.length}`).join(", ");
    throw new SpecError(
      "frame/lengths",
      `a data frame needs columns of one length; these have ${found || "no column at all"}`,
      { value: found },
    );
  }
  return new (loadDanfo().DataFrame)(Object.fromEntries(lists));
}

export interface FrameOptions {
  readonly caption?: string;
  /** Rows shown at most, 10 by default. */
  readonly rows?: number;
  readonly digits?: number;
}

/** Shows the first rows of a data frame as a table; an index that is not 0, 1, 2 ... becomes its first column. */
export function showFrame(frame: DataFrame, options: FrameOptions = {}): void {
  checkOptions(options, ["caption", "rows", "digits"], "showFrame");
  const { caption, digits } = options;
  display(gridBundle(frameGrid(frame, { caption, digits, maxRows: options.rows })));
}
