import { type AtlasData, columnOf, type DecodedColumn, type LevelColumn } from "../data/decoded.js";
import { spreadOf } from "./axis.js";

/** How a column becomes colours: a place on a continuous scale, or a level. */
export type Coloring =
  | {
      readonly kind: "number";
      readonly name: string;
      /** Place of each model on the scale, 0..1; NaN where nothing is known: [models]. */
      readonly positions: Float32Array;
      readonly low: number;
      readonly high: number;
      readonly isLog: boolean;
      /** Column within whose groups the numbers were normalised; then low is 0 and high 1. */
      readonly within?: string;
    }
  | { readonly kind: "level"; readonly name: string; readonly column: LevelColumn };

/**
 * The colouring by a column; undefined where there is no such column.
 * @param isNormalized numbers by their place within each group of the atlas' grouping column
 */
export function coloringOf(data: AtlasData, name: string, isNormalized: boolean): Coloring | undefined {
  const column = columnOf(data, name);
  if (!column) return undefined;
  if (column.kind === "level") return { kind: "level", name, column };
  const groups = isNormalized ? groupsOf(data) : undefined;
  if (groups) {
    const positions = normalizeWithin(column.values, groups.codes, groups.levels.length);
    return { kind: "number", name, positions, low: 0, high: 1, isLog: false, within: groups.name };
  }
  const { low, high, isLog } = spreadOf(column.values);
  const place = isLog
    ? (value: number) => Math.log(value / low) / Math.log(high / low)
    : (value: number) => (high > low ? (value - low) / (high - low) : 0.5);
  const positions = Float32Array.from(column.values, (value) =>
    Number.isFinite(value) ? place(value) : Number.NaN,
  );
  return { kind: "number", name, positions, low, high, isLog };
}

/** The column whose groups numbers are normalised in; undefined where there is none. */
export function groupsOf(data: AtlasData): LevelColumn | undefined {
  const column: DecodedColumn | undefined = columnOf(data, data.normalizeBy ?? "");
  return column?.kind === "level" ? column : undefined;
}

/**
 * (value - least) / (greatest - least) within each group: what Eilertsen et al. 2024 (section 3) do to accuracies per data
 * set, so that models of different sets compare. In a group of one value that is 0 / 0: NaN.
 * @param codes group of each value
 */
export function normalizeWithin(
  values: ArrayLike<number>,
  codes: ArrayLike<number>,
  groups: number,
): Float32Array {
  const low = new Float64Array(groups).fill(Infinity);
  const high = new Float64Array(groups).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low[codes[i]] = Math.min(low[codes[i]], values[i]);
    high[codes[i]] = Math.max(high[codes[i]], values[i]);
  }
  return Float32Array.from({ length: values.length }, (_, i) => {
    const group = codes[i];
    if (!Number.isFinite(values[i]) || !(high[group] > low[group])) return Number.NaN;
    return (values[i] - low[group]) / (high[group] - low[group]);
  });
}
