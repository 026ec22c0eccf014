import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, throwIfAborted, WeightbookError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { StopOptions } from "../../core/progress.js";

/** Takes one record of a CSV file; `line` is the line of the file on which it starts, 1 being the header. */
export type OnRecord = (fields: readonly string[], line: number) => void;

/**
 * Reads a CSV file (RFC 4180: commas, double quotes, quoted line breaks; optionally with gzip, by the name's end ".gz")
 * as a stream, record by record. Blank lines are skipped.
 * @param begin is given the names in the first record and returns what takes each further one
 * @throws DataError "csv/read" when the file is missing or not whole, "csv/fields" naming the line whose number of
 *   fields differs from the header's, "csv/quote" for a quote that is not closed; and what `begin` or its result throw;
 *   InterruptedError when the signal is aborted
 */
export async function readCsv(
  path: string,
  begin: (names: readonly string[]) => OnRecord,
  options: StopOptions = {},
): Promise<void> {
  const { signal } = interruptible(options);
  let names: readonly string[] | undefined;
  let take: OnRecord | undefined;
  const records = new RecordReader(path, (fields, line) => {
    if (names === undefined || take === undefined) {
      names = fields;
      take = begin(fields);
      return;
    }
    if (fields.length !== names.length) {
      throw new DataError(
        "csv/fields",
        `${path}, line ${line}: ${fields.length} fields where the header has ${names.length}`,
        { value: fields.length },
      );
    }
    take(fields, line);
  });
  try {
    for await (const text of openText(path)) {
      throwIfAborted(signal, `reading ${path}`);
      records.push(text as string);
    }
  } catch (cause) {
    if (cause instanceof WeightbookError) throw cause;
    throw new DataError("csv/read", `cannot read ${path} (${(cause as Error).message}); get it again`, {
      value: path,
      cause,
    });
  }
  records.end();
  if (names === undefined) throw new DataError("csv/read", `${path} is empty`, { value: path });
}

function openText(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!path.endsWith(".gz")) return file.setEncoding("utf8");
  const plain = createGunzip();
  file.on("error", (cause) => plain.destroy(cause));
  return file.pipe(plain).setEncoding("utf8");
}

/** Cuts text that comes in pieces into records. */
class RecordReader {
  private rest = "";
  private line = 1;

  constructor(
    private readonly path: string,
    private readonly onRecord: OnRecord,
  ) {}

  push(text: string): void {
    const all = this.rest + text;
    let start = this.line === 1 && all.startsWith("\uFEFF") ? 1 : 0;
    for (let end = this.recordEnd(all, start); end !== -1; end = this.recordEnd(all, start)) {
      this.take(all.slice(start, end));
      start = end + 1;
    }
    this.rest = all.slice(start);
  }

  end(): void {
    if (countQuotes(this.rest) % 2 === 1) {
      throw new DataError("csv/quote", `${this.path}, line ${this.line}: a quote is opened and never closed`);
    }
    this.take(this.rest);
  }

  /** Position of the line break that ends the record at `start`: the first with an even number of quotes before it. */
  private recordEnd(text: string, start: number): number {
    let end = text.indexOf("\n", start);
    let quotes = 0;
    for (let from = start; end !== -1; end = text.indexOf("\n", from)) {
      quotes += countQuotes(text, from, end);
      if (quotes % 2 === 0) return end;
      from = end + 1;
    }
    return -1;
  }

  private take(record: string): void {
    const first = this.line;
    this.line += 1;
    const text = record.endsWith("\r") ? record.slice(0, -1) : record;
    if (text === "") return;
    if (!text.includes('"')) {
      this.onRecord(text.split(","), first);
      return;
    }
    this.line += text.split("\n").length - 1;
    this.onRecord(quotedFields(text), first);
  }
}

/** Looks no further than `to`: it is asked once a record of a long text. */
function countQuotes(text: string, from = 0, to: number = text.length): number {
  let count = 0;
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 0x22) count += 1;
  return count;
}

/** Fields of a record with quotes: a quoted field may hold commas and line breaks, and a quote as two quotes. */
function quotedFields(record: string): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;
  for (let match = field.exec(record); match !== null; match = field.exec(record)) {
    fields.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] === "") break;
  }
  return fields;
}

/** One line of a CSV file; texts are quoted where they must be. */
export function formatCsvRecord(fields: readonly (string | number | boolean)[]): string {
  return `${fields.map(formatField).join(",")}\n`;
}

function formatField(field: string | number | boolean): string {
  const text = String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
