import { checkOptions } from "../core/errors.js";
import { formatCell } from "../core/format.js";
import { gridBundle, type TextGrid } from "../core/grid.js";
import { recordGrid, resultGrid, type TableOptions } from "../core/table-grids.js";
import { isResultTable, type ResultTable } from "../core/tables.js";
import { display } from "./display.js";

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
