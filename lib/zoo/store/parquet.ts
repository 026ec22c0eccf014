import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { AsyncBuffer, DecodedArray, SchemaElement } from "hyparquet";
import { parquetMetadataAsync, parquetRead } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { DataError, InterruptedError } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { StopOptions } from "../../core/progress.js";

/** A column of a table: whole numbers, real numbers, texts, or truth values. */
export type Column = Int32Array | Float64Array | readonly string[] | readonly boolean[];

/** Columns of equal length by name, in the order they are written. */
export type Columns = Readonly<Record<string, Column>>;

/** A row group of a table made by `rowGroups` has at least so many rows, unless it is the last. */
const rowsPerGroup = 1 << 14;

/** Number of rows of a table. */
export function rowCount(columns: Columns): number {
  return Object.values(columns)[0]?.length ?? 0;
}

/**
 * The same table twice and more, below each other.
 * @throws DataError when the tables do not have the same columns
 */
export function stackColumns(tables: readonly Columns[]): Columns {
  const [first, ...others] = tables;
  const names = Object.keys(first);
  for (const other of others) {
    if (Object.keys(other).join() !== names.join()) {
      throw new DataError(
        "table/columns",
        `tables differ in their columns: ${names} and ${Object.keys(other)}`,
      );
    }
  }
  return Object.fromEntries(names.map((name) => [name, concatenate(tables.map((table) => table[name]))]));
}

/** Cuts and stacks tables into pieces that are worth a row group each; a small last one remains. */
export async function* rowGroups(
  tables: Iterable<Columns> | AsyncIterable<Columns>,
): AsyncGenerator<Columns> {
  let waiting: Columns[] = [];
  let rows = 0;
  for await (const table of tables) {
    for (let from = 0; from < rowCount(table); from += rowsPerGroup) {
      const piece = sliceRows(table, from, from + rowsPerGroup);
      waiting.push(piece);
      rows += rowCount(piece);
      if (rows < rowsPerGroup) continue;
      yield stackColumns(waiting);
      waiting = [];
      rows = 0;
    }
  }
  if (waiting.length > 0) yield stackColumns(waiting);
}

function sliceRows(columns: Columns, from: number, to: number): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.slice(from, to)]));
}

function concatenate(parts: readonly Column[]): Column {
  const [first] = parts;
  if (!(first instanceof Int32Array) && !(first instanceof Float64Array)) {
    return (parts as readonly string[][]).flat();
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = first instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
  let offset = 0;
  for (const part of parts as readonly (Int32Array | Float64Array)[]) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/**
 * A Parquet file of several tables below each other, in pieces as they are made: one row group a table. Every
 * column is required; equal tables give equal bytes.
 * @param options left out for a table that must be written even when the work that made it was stopped
 * @throws InterruptedError when the signal is aborted
 */
export async function* parquetChunks(
  tables: Iterable<Columns> | AsyncIterable<Columns>,
  options?: StopOptions,
): AsyncGenerator<Uint8Array> {
  const pacer = options && new Pacer("writing a table", 1, "tables", { signal: options.signal });
  const writer = new ByteWriter();
  const take = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  let file: ParquetWriter | undefined;
  for await (const columns of tables) {
    file ??= new ParquetWriter({
      writer,
      schema: [
        { name: "root", num_children: Object.keys(columns).length },
        ...Object.entries(columns).map(([name, column]) => schemaElement(name, column)),
      ],
      statistics: false,
      createdBy: "weightbook",
    });
    const columnData = Object.entries(columns).map(([name, data]) => ({ name, data: data as DecodedArray }));
    await file.write({ columnData, rowGroupSize: Math.max(1, rowCount(columns)) });
    yield take();
    if (pacer?.due()) await pacer.pause();
  }
  if (!file) throw new DataError("table/empty", "a Parquet file needs at least one table");
  await file.finish();
  yield take();
}

function schemaElement(name: string, column: Column): SchemaElement {
  const element = { name, repetition_type: "REQUIRED" } as const;
  if (column instanceof Int32Array) return { ...element, type: "INT32" };
  if (column instanceof Float64Array) return { ...element, type: "DOUBLE" };
  if (typeof column[0] === "boolean") return { ...element, type: "BOOLEAN" };
  return { ...element, type: "BYTE_ARRAY", converted_type: "UTF8" };
}

/**
 * Reads a Parquet file of flat, required columns of the four kinds above, one row group after the other, so that
 * memory holds the table and little else.
 * @throws DataError when it is missing, damaged, or has other columns; InterruptedError when the signal is aborted
 */
export async function readParquet(path: string, options: StopOptions = {}): Promise<Columns> {
  const pacer = new Pacer(`reading ${path}`, 1, "tables", { signal: options.signal });
  try {
    const file = openSync(path, "r");
    try {
      return await readColumns(
        path,
        {
          byteLength: fstatSync(file).size,
          slice: (start, end) => readRange(file, start, end ?? fstatSync(file).size),
        },
        pacer,
      );
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof DataError || cause instanceof InterruptedError) throw cause;
    throw new DataError("parquet/format", `${path} is not a whole Parquet file; get it or make it again`, {
      value: path,
      cause,
    });
  }
}

async function readColumns(path: string, file: AsyncBuffer, pacer: Pacer): Promise<Columns> {
  const metadata = await parquetMetadataAsync(file);
  const columns = Object.fromEntries(
    metadata.schema
      .slice(1)
      .map((element) => [element.name, emptyColumn(path, element, Number(metadata.num_rows))]),
  );
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    await parquetRead({
      file,
      metadata,
      rowStart,
      rowEnd,
      onChunk: (chunk) => fill(columns[chunk.columnName], chunk.columnData, chunk.rowStart),
    });
    rowStart = rowEnd;
    if (pacer.due()) await pacer.pause();
  }
  return columns as Columns;
}

function readRange(file: number, start: number, end: number): ArrayBuffer {
  const bytes = new ArrayBuffer(Math.max(0, end - start));
  const count = readSync(file, new Uint8Array(bytes), 0, bytes.byteLength, start);
  if (count < bytes.byteLength) throw new RangeError(`it ends after ${start + count} bytes`);
  return bytes;
}

function emptyColumn(
  path: string,
  element: SchemaElement,
  rows: number,
): Int32Array | Float64Array | unknown[] {
  const { type, converted_type: converted, repetition_type: repetition } = element;
  if (repetition === "REQUIRED") {
    if (type === "INT32") return new Int32Array(rows);
    if (type === "DOUBLE") return new Float64Array(rows);
    if (type === "BOOLEAN" || (type === "BYTE_ARRAY" && converted === "UTF8")) return new Array(rows);
  }
  throw new DataError("parquet/column", `${path} has column "${element.name}" of an unexpected type`, {
    value: element.name,
  });
}

function fill(column: Int32Array | Float64Array | unknown[], data: ArrayLike<unknown>, start: number): void {
  for (let i = 0; i < data.length; i++) column[start + i] = data[i];
}
