import type { Interval } from "../core/numeric/bootstrap.js";
import type { ResultTable } from "../core/tables.js";

/** A table of intervals; null where there is none. */
export function intervalTable(
  frame: Pick<ResultTable, "id" | "caption" | "rowKey" | "rows" | "columns">,
  intervalOf: (row: string, column: string) => Interval | undefined,
): ResultTable {
  const cells = frame.rows.map((row) => frame.columns.map((column) => intervalOf(row, column)));
  const part = (of: "value" | "low" | "high") =>
    cells.map((row) => row.map((cell) => (cell && Number.isFinite(cell[of]) ? cell[of] : null)));
  return { ...frame, values: part("value"), low: part("low"), high: part("high") };
}
