import type { HistogramSettings } from "../../core/numeric/histogram-settings.js";

/** A column of numbers as the page holds it; NaN where a number is not known. */
export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly values: Float64Array;
}

/** A column of words: a code a model, into the sorted levels. */
export interface LevelColumn {
  readonly kind: "level";
  readonly name: string;
  readonly levels: readonly string[];
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
}

export type DecodedColumn = NumberColumn | LevelColumn;

/** Descriptors as bytes, one a bin: [models, windows * bins]; see quantizeShares. */
export interface DecodedDescriptors {
  readonly bytes: Uint8Array;
  /** How they were made. */
  readonly settings: HistogramSettings;
}

/** An atlas as the page holds it. */
export interface AtlasData {
  readonly title: string;
  readonly description: string;
  readonly models: number;
  readonly names: readonly string[];
  readonly columns: readonly DecodedColumn[];
  /** Each [models, 2]. */
  readonly embeddings: readonly { readonly name: string; readonly points: Float32Array }[];
  readonly descriptors: DecodedDescriptors | undefined;
  readonly color: string | undefined;
  readonly normalizeBy: string | undefined;
}

/** The column of a name. */
export function columnOf(data: Pick<AtlasData, "columns">, name: string): DecodedColumn | undefined {
  return data.columns.find((column) => column.name === name);
}

/** A cell of a column as text: numbers with at most `digits` significant digits, "" where there is none. */
export function cellText(column: DecodedColumn, model: number, digits = 4): string {
  if (column.kind === "level") return column.levels[column.codes[model]];
  const value = column.values[model];
  return Number.isNaN(value) ? "" : numberText(value, digits);
}

/** A number as people write it. Whole numbers keep all digits. */
export function numberText(value: number, digits = 4): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(digits)));
}
