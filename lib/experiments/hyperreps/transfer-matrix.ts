import { SpecError } from "../../core/errors.js";
import type { ResultTable } from "../../core/tables.js";

/** Taus of one representation: zoo fitted on x zoo applied to. */
export interface TransferMatrix {
  /** Heading, e.g. "W, published". */
  readonly name: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

/**
 * Each representation's square matrix out of a table in the shape of Table 7, for matrixHeatMaps.
 * @param whose what the table is, for the headings, e.g. "published"
 * @throws SpecError "table/columns" for a representation that the table lacks
 */
export function transferMatrices(
  table: ResultTable,
  representations: readonly string[],
  whose: string,
): TransferMatrix[] {
  const { rows, columns, values } = table;
  return representations.map((representation) => {
    const places = rows.map((zoo) => columns.indexOf(`${zoo}/${representation}`));
    if (places.includes(-1)) {
      const message = `table ${table.id} has no columns of ${JSON.stringify(representation)} for every zoo`;
      throw new SpecError("table/columns", message, { value: representation });
    }
    const name = `${representation}, ${whose}`;
    return { name, rows, columns: rows, values: values.map((row) => places.map((c) => row[c])) };
  });
}
