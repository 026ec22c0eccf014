import { SpecError } from "./errors.js";
import type { ResultTable } from "./tables.js";

/**
 * The columns of one group, e.g. "CIFAR10-HYP" of columns "CIFAR10-HYP/W" and others, with their intervals.
 * @throws SpecError "table/columns" when the table has none
 */
export function tableColumns(table: ResultTable, group: string): ResultTable {
  const places = table.columns.flatMap((column, c) => (column.startsWith(`${group}/`) ? [c] : []));
  if (places.length === 0) {
    const groups = [...new Set(table.columns.map((column) => column.split("/")[0]))];
    const message = `table ${table.id} has no columns of ${JSON.stringify(group)}; it has those of ${groups.join(", ")}`;
    throw new SpecError("table/columns", message, { value: group });
  }
  const taken = (values: ResultTable["values"]) => values.map((row) => places.map((c) => row[c]));
  return {
    ...table,
    columns: places.map((c) => table.columns[c]),
    values: taken(table.values),
    ...(table.low ? { low: taken(table.low) } : {}),
    ...(table.high ? { high: taken(table.high) } : {}),
  };
}

/**
 * One number of a table; null where the table has none there.
 * @throws SpecError "table/place" when the table has no such row or column
 */
export function tableValue(table: ResultTable, row: string, column: string): number | null {
  const [r, c] = [table.rows.indexOf(row), table.columns.indexOf(column)];
  if (r < 0 || c < 0) {
    const list = r < 0 ? table.rows : table.columns;
    const message = `table ${table.id} has no ${r < 0 ? "row" : "column"} ${JSON.stringify(r < 0 ? row : column)}; it has ${list.join(", ")}`;
    throw new SpecError("table/place", message, { value: r < 0 ? row : column });
  }
  return table.values[r][c];
}

/**
 * In how many rows a column has the largest value, ties counted for it.
 * @param column its name, or what follows the group in it: "EcD" of "CIFAR10-HYP/EcD"
 * @throws SpecError "table/columns" when the table has no such column, or several
 */
export function rowsLedBy(table: ResultTable, column: string): number {
  const places = table.columns.flatMap((name, c) =>
    name === column || name.endsWith(`/${column}`) ? [c] : [],
  );
  if (places.length !== 1) {
    const message = `table ${table.id} has ${places.length} columns ${JSON.stringify(column)}; it has ${table.columns.join(", ")}`;
    throw new SpecError("table/columns", message, { value: column });
  }
  const known = (value: number | null | undefined) => value ?? Number.NEGATIVE_INFINITY;
  return table.values.filter((row) => {
    const own = row[places[0]];
    return typeof own === "number" && row.every((value) => known(value) <= own);
  }).length;
}
