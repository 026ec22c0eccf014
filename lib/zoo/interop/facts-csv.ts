import { DataError } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import type { Column, Columns } from "../store/parquet.js";
import {
  aWhole,
  completeFacts,
  isWhole,
  numberColumns,
  orderRows,
  type RowOrder,
  type SplitShares,
} from "./facts.js";
import { guessColumn, readTable, type TextTable } from "./table.js";

/** Which part of a source is wanted. */
export interface ImportSelection extends StopOptions {
  /** At most so many models, in the order of their first appearance. */
  readonly models?: number;
  /** Only checkpoints of these epochs. */
  readonly epochs?: readonly number[];
  /** How models are assigned to splits; 70/15/15 with seed 0 when left out. */
  readonly split?: SplitShares;
}

/** Name of the file of facts beside weights. */
export const factsFile = "facts.csv";

/** The columns that say which checkpoint a row is. */
export interface RowNames {
  readonly models: readonly string[];
  readonly epochs: ArrayLike<number>;
}

/** Reads facts.csv: any columns; those that are numbers in a zoo must be numbers, or blank. */
export async function readFactsCsv(path: string, { signal }: StopOptions): Promise<TextTable> {
  return readTable(path, { numbers: numberColumns, signal });
}

/**
 * Models and epochs of a table's rows. Without a column `model` every row is a model, without `epoch` all are at 0.
 * @throws DataError "csv/number" naming the line of an epoch that is no whole number
 */
export function rowNames(table: TextTable): RowNames {
  const { epoch } = table.numbers;
  const row = epoch?.findIndex((value) => !isWhole(value)) ?? -1;
  if (row !== -1) {
    const where = `${table.path}, line ${table.lines[row]}`;
    throw new DataError("csv/number", `${where}: epoch is ${epoch[row]}; it must be ${aWhole}`);
  }
  const models = table.texts.model ?? Array.from({ length: table.rows }, (_, index) => String(index));
  return { models, epochs: epoch ?? new Float64Array(table.rows) };
}

/**
 * Orders rows and completes their facts.
 * @param names of all rows of the source
 * @param table their further facts, row by row, where there are any
 * @throws DataError as orderRows and completeFacts
 */
export function selectFacts(
  names: RowNames,
  table: TextTable | undefined,
  where: string,
  options: ImportSelection,
): { readonly order: RowOrder; readonly facts: Columns } {
  const order = orderRows(names.models, names.epochs, where, options);
  const { rows, model, epoch } = order;
  const take = <T>(values: ArrayLike<T>): T[] => Array.from(rows, (row) => values[row]);
  const texts = Object.entries(table?.texts ?? {}).filter(([name]) => name !== "model" && name !== "file");
  const numbers = Object.entries(table?.numbers ?? {}).filter(([name]) => name !== "epoch");
  const columns: readonly (readonly [string, Column])[] = [
    ...numbers.map(([name, values]) => [name, Float64Array.from(take(values))] as const),
    ...texts.map(([name, values]) => [name, guessColumn(take(values))] as const),
  ];
  const labels = take(names.models);
  const isNumbered = labels.every((label, index) => label === String(model[index]));
  const given: Columns = {
    model,
    epoch,
    ...Object.fromEntries(columns),
    ...(isNumbered ? {} : { model_name: labels }),
  };
  const place = (row: number) => (table ? `${table.path}, line ${table.lines[rows[row]]}` : where);
  return { order, facts: completeFacts(given, place, options.split) };
}
