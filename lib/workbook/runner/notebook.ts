import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { DataError } from "../../core/errors.js";
import { writeFileAtomic } from "../../core/files.js";

export interface StreamOutput {
  output_type: "stream";
  name: string;
  text: string;
}
export interface DataOutput {
  output_type: "display_data" | "execute_result";
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  execution_count?: number | null;
}
export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}
export type Output = StreamOutput | DataOutput | ErrorOutput;

/** A cell in memory: source and text are whole strings, not lists of lines. */
export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  id: string;
  source: string;
  metadata: { tags?: string[]; [field: string]: unknown };
  outputs: Output[];
  execution_count: number | null;
}

/** A notebook of format 4 in memory. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
}

/** MIME types whose data nbformat keeps as JSON rather than as text in lines. */
function isJsonType(mime: string): boolean {
  return mime === "application/json" || mime.endsWith("+json");
}

function join(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/** Text as nbformat writes it: a list of lines, each with its line break. */
function lines(text: string): string[] {
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

type Json = Record<string, unknown>;

function readOutput(raw: Json): Output {
  if (raw.output_type === "stream")
    return { output_type: "stream", name: String(raw.name), text: join(raw.text) };
  if (raw.output_type === "error") {
    const traceback = Array.isArray(raw.traceback) ? raw.traceback.map(String) : [];
    return { output_type: "error", ename: String(raw.ename), evalue: String(raw.evalue), traceback };
  }
  const entries = Object.entries((raw.data ?? {}) as Json);
  const data = Object.fromEntries(
    entries.map(([mime, value]) => [mime, isJsonType(mime) ? value : join(value)]),
  );
  const metadata = (raw.metadata ?? {}) as Json;
  if (raw.output_type !== "execute_result") return { output_type: "display_data", data, metadata };
  return { output_type: "execute_result", data, metadata, execution_count: countOf(raw.execution_count) };
}

function countOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function readCell(raw: Json, index: number): Cell {
  const cell_type = raw.cell_type === "code" || raw.cell_type === "raw" ? raw.cell_type : "markdown";
  return {
    cell_type,
    id: typeof raw.id === "string" ? raw.id : `cell-${index}`,
    source: join(raw.source),
    metadata: (raw.metadata ?? {}) as Cell["metadata"],
    outputs: Array.isArray(raw.outputs) ? raw.outputs.map((output) => readOutput(output as Json)) : [],
    execution_count: countOf(raw.execution_count),
  };
}

/**
 * Reads a notebook file (format 4).
 * @throws DataError when it is missing or is not such a notebook
 */
export function readNotebook(path: string): Notebook {
  const name = basename(path);
  let raw: Json;
  try {
    raw = JSON.parse(readFileSync(path, "utf8")) as Json;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing ? `there is no notebook ${path}` : `${name} is not a notebook: it is not JSON`;
    throw new DataError(missing ? "notebook/missing" : "notebook/format", message, { value: path, cause });
  }
  if (raw.nbformat !== 4 || !Array.isArray(raw.cells)) {
    throw new DataError(
      "notebook/format",
      `${name} is not a notebook of format 4; open and save it in Jupyter`,
      {
        value: raw.nbformat,
      },
    );
  }
  return {
    cells: raw.cells.map((cell, i) => readCell(cell as Json, i)),
    metadata: (raw.metadata ?? {}) as Json,
  };
}

function writtenOutput(output: Output): Json {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) };
  if (output.output_type === "error") return { ...output };
  const entries = Object.entries(output.data);
  const written = entries.map(([mime, value]) => [
    mime,
    !isJsonType(mime) && typeof value === "string" ? lines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(written) };
}

function writtenCell(cell: Cell): Json {
  const { cell_type, id, metadata } = cell;
  const common = { cell_type, id, metadata, source: lines(cell.source) };
  if (cell_type !== "code") return common;
  return { ...common, execution_count: cell.execution_count, outputs: cell.outputs.map(writtenOutput) };
}

/** Objects with their fields in alphabetical order, as nbformat writes them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry)]));
}

/** A notebook's file content, byte for byte as nbformat lays it out: one space, sorted fields, a last line break. */
export function notebookText(notebook: Notebook): string {
  const content = { ...notebook, cells: notebook.cells.map(writtenCell), nbformat: 4, nbformat_minor: 5 };
  return `${JSON.stringify(sorted(content), null, 1)}\n`;
}

/** Writes a notebook so that a reader never sees half of it. */
export function writeNotebook(path: string, notebook: Notebook): void {
  writeFileAtomic(path, notebookText(notebook));
}
