import type { MimeBundle } from "../../core/mime.js";
import { bracketed, matrixHtml, numberText } from "./array-preview.js";
import { hasMethods, peek } from "./reading.js";

interface Readable {
  readonly rows: number;
  readonly columns: number;
  at(index: number): number;
}

/** A matrix of this library, or one of ml-matrix: its size and its upper left corner. */
export function matrixBundle(value: object): MimeBundle | undefined {
  const matrix = ownMatrix(value) ?? mlMatrix(value);
  if (!matrix) return undefined;
  const { rows, columns } = matrix;
  const head = `Matrix ${rows} x ${columns}`;
  const entry = (index: number) => numberText(matrix.at(index));
  return {
    ...matrixHtml(head, rows, columns, entry),
    "text/plain": `${head}\n${bracketed([rows, columns], entry)}`,
  };
}

function ownMatrix(value: object): Readable | undefined {
  const [data, rows, columns] = ["data", "rows", "cols"].map((name) => peek(value, name));
  if (!(data instanceof Float32Array) || !isLength(rows) || !isLength(columns)) return undefined;
  return data.length === rows * columns ? { rows, columns, at: (index) => data[index] } : undefined;
}

function mlMatrix(value: object): Readable | undefined {
  const [rows, columns] = [peek(value, "rows"), peek(value, "columns")];
  if (!isLength(rows) || !isLength(columns) || !hasMethods(value, "get", "to2DArray")) return undefined;
  const { get } = value as { get(row: number, column: number): number };
  return {
    rows,
    columns,
    at: (index) => Number(get.call(value, Math.floor(index / columns), index % columns)),
  };
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
