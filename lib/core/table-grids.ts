import { formatCell, formatInterval } from "./format.js";
import type { TextGrid } from "./grid.js";
import type { ResultTable } from "./tables.js";

export interface TableOptions {
  readonly caption?: string;
  /** Significant digits of numbers that are not whole, 4 by default. */
  readonly digits?: number;
  /** Rows shown at most, 200 by default; the rest is counted below. */
  readonly maxRows?: number;
  /** Columns shown and their order; those of the first row by default. Only for rows of records. */
  readonly columns?: readonly string[];
}

/** The part of a danfojs DataFrame that a table is drawn from. */
interface FrameValues {
  readonly columns: readonly string[];
  readonly index: readonly (number | string)[];
  readonly values: readonly (readonly unknown[])[];
}

/** The note below a table that shows only a part; nothing when all of it is shown. */
export function moreNote(rows: number, columns = 0): { note?: string } {
  const left = [[rows, "rows"] as const, [columns, "columns"] as const].filter(([count]) => count > 0);
  if (left.length === 0) return {};
  const parts = left.map(([count, unit]) => `${count.toLocaleString("en")} more ${unit}`);
  return { note: `${parts.join(" and ")} are not shown.` };
}

/** Rows of records as a grid. */
export function recordGrid(
  rows: readonly Readonly<Record<string, unknown>>[],
  options: TableOptions,
): TextGrid {
  const columns = options.columns ?? Object.keys(rows[0] ?? {});
  const shown = rows.slice(0, options.maxRows ?? 200);
  const cells = shown.map((row) => columns.map((name) => row[name]));
  return { ...cellGrid(columns, cells, options), ...moreNote(rows.length - shown.length) };
}

/** The first rows (10 by default) of a data frame; an index that is not 0, 1, 2 ... becomes the first column. */
export function frameGrid(
  frame: FrameValues,
  options: TableOptions & { readonly maxColumns?: number },
): TextGrid {
  const hasNames = frame.index.some((name, i) => name !== i);
  const names = frame.columns.slice(0, options.maxColumns ?? frame.columns.length);
  const shown = frame.values.slice(0, options.maxRows ?? 10);
  const cells = shown.map((values, r) => {
    const part = values.slice(0, names.length);
    return hasNames ? [frame.index[r], ...part] : part;
  });
  const left = [frame.values.length - shown.length, frame.columns.length - names.length] as const;
  return { ...cellGrid(hasNames ? ["", ...names] : names, cells, options), ...moreNote(...left) };
}

function cellGrid(
  columns: readonly string[],
  cells: readonly (readonly unknown[])[],
  options: TableOptions,
): TextGrid {
  return {
    caption: options.caption ?? "",
    columns,
    rows: cells.map((row) => row.map((value) => formatCell(value, options.digits ?? 4))),
    isNumber: columns.map((_, c) => cells.some((row) => typeof row[c] === "number")),
    hasRowHeads: false,
  };
}

/** A ResultTable as a grid, with its intervals in brackets. */
export function resultGrid(table: ResultTable, options: TableOptions = {}): TextGrid {
  const digits = options.digits ?? 4;
  return {
    caption: options.caption ?? table.caption,
    columns: [table.rowKey, ...table.columns],
    rows: table.rows.map((name, r) => [
      name,
      ...table.columns.map((_, c) =>
        formatInterval(table.values[r][c], table.low?.[r]?.[c], table.high?.[r]?.[c], digits),
      ),
    ]),
    isNumber: [false, ...table.columns.map(() => true)],
    hasRowHeads: true,
    ...(table.low ? { note: "In brackets: 95 percent bootstrap intervals." } : {}),
  };
}
