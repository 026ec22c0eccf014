import { gridBundle, type TextGrid } from "../../core/grid.js";
import type { MimeBundle } from "../../core/mime.js";
import { frameGrid, resultGrid } from "../../core/table-grids.js";
import { isResultTable } from "../../core/tables.js";
import { hasMethods, peek } from "./reading.js";

const shownRows = 20;
const shownColumns = 20;
const cellLimit = 200;

/** A danfojs DataFrame or Series as the table that `showFrame` draws, with its size as the caption. */
export function frameBundle(value: object): MimeBundle | undefined {
  const isSeries = peek(value, "$isSeries");
  if (typeof isSeries !== "boolean" || !hasMethods(value, "$setIndex", "$setColumnNames")) return undefined;
  const [columns, index, values] = ["columns", "index", "values"].map((name) => peek(value, name));
  if (!Array.isArray(columns) || !Array.isArray(index) || !Array.isArray(values)) return undefined;
  const rows: readonly unknown[][] = isSeries ? values.map((entry: unknown) => [entry]) : values;
  const size = isSeries
    ? `Series ${dtypeOf(value)}[${rows.length}]`
    : `DataFrame ${rows.length} x ${columns.length}`;
  if (columns.length === 0) return { "text/plain": size };
  const frame = { columns: isSeries && columns[0] === "0" ? ["value"] : columns, index, values: rows };
  return gridBundle(clip(frameGrid(frame, { caption: size, maxRows: shownRows, maxColumns: shownColumns })));
}

function dtypeOf(series: object): string {
  const types = peek(series, "dtypes");
  return Array.isArray(types) && typeof types[0] === "string" ? `${types[0]} ` : "";
}

/** Long texts would make a table that nobody can read, and line breaks would break its rows. */
function clip(grid: TextGrid): TextGrid {
  const cell = (text: string) => {
    const line = text.replace(/\s*[\r\n]\s*/g, " ");
    return line.length > cellLimit ? `${line.slice(0, cellLimit)}...` : line;
  };
  return { ...grid, rows: grid.rows.map((row) => row.map(cell)) };
}

/** A table of results of this library, as `showTable` shows it. */
export function resultTableBundle(value: object): MimeBundle | undefined {
  if (!isResultTable(value) || typeof value.rowKey !== "string" || typeof value.caption !== "string")
    return undefined;
  const { rows, columns, values } = value;
  const isTable = Array.isArray(rows) && Array.isArray(columns) && Array.isArray(values);
  return isTable && columns.length > 0 ? gridBundle(resultGrid(value)) : undefined;
}
