import { inspect } from "node:util";
import { gridHtml } from "../../core/grid.js";
import type { MimeBundle } from "../../core/mime.js";
import { moreNote } from "../../core/table-grids.js";
import { numberText } from "./array-preview.js";
import { inspection } from "./inspection.js";
import { isPlainObject } from "./reading.js";

const shownRows = 20;
const shownColumns = 20;

/** Longest text, and longest printed array or record, that a cell of the table takes. */
const textLimit = 500;
const nestedLimit = 80;

/**
 * Rows of records: an HTML table beside what Node prints. Only where every shown field fits its cell whole; a table
 * would hide the rest.
 */
export function recordsBundle(value: object): MimeBundle | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  // Not `every`, which skips the holes of an array.
  for (let i = 0; i < value.length; i++) if (!isPlainObject(value[i])) return undefined;
  const shown = value.slice(0, shownRows) as readonly object[];
  const names = [...new Set(shown.flatMap((record) => Object.keys(record)))];
  const columns = names.slice(0, shownColumns);
  const cells = shown.map((record) => columns.map((name) => cellText(record, name)));
  if (columns.length === 0 || cells.flat().includes(undefined)) return undefined;
  const isNumber = (name: string) => shown.some((record) => typeof Reflect.get(record, name) === "number");
  const grid = {
    caption: "",
    columns,
    rows: cells as string[][],
    isNumber: columns.map(isNumber),
    hasRowHeads: false,
    ...moreNote(value.length - shown.length, names.length - columns.length),
  };
  return { "text/html": gridHtml(grid), "text/plain": inspection(value) };
}

/** A field as text; undefined when it does not fit (or is a getter, which is not asked). */
function cellText(record: object, name: string): string | undefined {
  const property = Object.getOwnPropertyDescriptor(record, name);
  if (!property) return "";
  if (property.get || property.set) return undefined;
  const field: unknown = property.value;
  if (typeof field === "string") return field.length <= textLimit ? field : undefined;
  if (typeof field === "number") return numberText(field);
  if (typeof field === "function") return undefined;
  if (typeof field !== "object" || field === null) return String(field);
  if (field instanceof Date) return Number.isNaN(field.getTime()) ? "Invalid Date" : field.toISOString();
  return nestedText(field);
}

function nestedText(field: object): string | undefined {
  const isList = Array.isArray(field) || ArrayBuffer.isView(field);
  if (!isList && !isPlainObject(field)) return undefined;
  const length = isList ? (field as ArrayLike<unknown>).length : Object.keys(field).length;
  if (!(length <= nestedLimit / 2)) return undefined;
  const text = inspect(field, { breakLength: Number.POSITIVE_INFINITY, depth: 2 });
  return text.length <= nestedLimit ? text : undefined;
}
