import { checkOptions } from "../core/errors.js";
import type { ResultTable } from "../core/tables.js";
import { display } from "./display.js";
import { formatCell, formatInterval } from "./format.js";
import { gridBundle, type TextGrid } from "./grid.js";

export interface TableOptions {
  readonly caption?: string;
  /** Significant digits of numbers that are not whole, 4 by default. */
  readonly digits?: number;
  /** Rows shown at most, 200 by default; the rest is counted below. */
  readonly maxRows?: number;
  /** Columns shown and their order; those of the first row by default. Only for rows of records. */
  readonly columns?: readonly string[];
}

const known = ["caption", "digits", "maxRows", "columns"];

type Row = Readonly<Record<string, unknown>>;

/**
 * Shows a table: rows of records, one record (a line for each of its fields), or a ResultTable with its intervals.
 * NaN, infinities and null appear as a dash.
 */
export function showTable(table: readonly Row[] | Row | ResultTable, options: TableOptions = {}): void {
  checkOptions(options, known, "showTable");
  display(gridBundle(tableGrid(table, options)));
}

function tableGrid(table: readonly Row[] | Row | ResultTable, options: TableOptions): TextGrid {
  if (Array.isArray(table)) return recordGrid(table as readonly Row[], options);
  return isResultTable(table) ? resultGrid(table, options) : fieldGrid(table as Row, options);
}

function isResultTable(table: object): table is ResultTable {
  return "values" in table && "rowKey" in table;
}

function fieldGrid(record: Row, options: TableOptions): TextGrid {
  const names = options.columns ?? Object.keys(record);
  return {
    caption: options.caption ?? "",
    columns: ["", "value"],
    rows: names.map((name) => [name, formatCell(record[name], options.digits ?? 4)]),
    isNumber: [false, false],
    hasRowHeads: true,
  };
}

function resultGrid(table: ResultTable, options: TableOptions): TextGrid {
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

/** Rows of records as a grid; also what data frames are shown by. */
export function recordGrid(
  rows: readonly Readonly<Record<string, unknown>>[],
  options: TableOptions,
): TextGrid {
  const columns = options.columns ?? Object.keys(rows[0] ?? {});
  const shown = rows.slice(0, options.maxRows ?? 200);
  const left = rows.length - shown.length;
  return {
    caption: options.caption ?? "",
    columns,
    rows: shown.map((row) => columns.map((name) => formatCell(row[name], options.digits ?? 4))),
    isNumber: columns.map((name) => shown.some((row) => typeof row[name] === "number")),
    hasRowHeads: false,
    ...(left > 0 ? { note: `${left.toLocaleString("en")} more rows are not shown.` } : {}),
  };
}
