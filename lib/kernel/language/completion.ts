import { cursorOfOffset, offsetOfCursor } from "./code-points.js";
import { importPaths } from "./import-paths.js";
import { type StringAtCursor, stringAtCursor } from "./string-at-cursor.js";
import type { Executor, ts } from "./tslab.js";

/** Jupyter's `complete_reply`; cursors count Unicode code points. */
export interface CompletionReply {
  readonly status: "ok";
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: Record<string, unknown>;
}

/** More matches than these are of no use in a menu. */
const matchLimit = 1000;

/** What may stand at the cursor instead of the characters from `start` to `end`. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly entries: readonly { readonly name: string; readonly kind: string }[];
}

/**
 * What may be written at the cursor, and which part of the code it would replace. Never throws: the language service
 * fails on some half-written code, and an editor then shows nothing.
 * @param cursor Jupyter's `cursor_pos`, whatever it is
 */
export function completion(executor: Executor, code: string, cursor: unknown): CompletionReply {
  const offset = offsetOfCursor(code, cursor);
  const { start, end, entries } = find(executor, code, offset);
  const cursor_start = cursorOfOffset(code, start);
  const cursor_end = cursorOfOffset(code, end);
  const types = entries.map(({ name, kind }) => ({
    start: cursor_start,
    end: cursor_end,
    text: name,
    type: kind,
  }));
  return {
    status: "ok",
    matches: entries.map(({ name }) => name),
    cursor_start,
    cursor_end,
    metadata: { _jupyter_types_experimental: types },
  };
}

function find(executor: Executor, code: string, offset: number): Found {
  const nothing: Found = { start: offset, end: offset, entries: [] };
  try {
    const string = stringAtCursor(code, offset);
    if (string?.isModuleName) return inString(string, importPaths(string.text), offset);
    const { original } = executor.complete(code, offset);
    // A service without entries at a place, as in comments, gives undefined.
    if (!original) return nothing;
    const entries = original.entries.filter(({ kind }) => kind !== "warning").sort(inMenuOrder);
    if (string) return inString(string, entries, offset);
    const start = beginningOfName(code, offset);
    // A name that is being written is replaced as a whole; before a name, something is put in.
    const rest = start < offset ? /^[\p{ID_Continue}$]*/u.exec(code.slice(offset))![0].length : 0;
    const end = offset + rest;
    return narrowed({ start, end, entries }, code.slice(start, offset));
  } catch {
    return nothing;
  }
}

/** Where the name begins that ends at `offset`; searched backwards, since a pattern would try every beginning. */
function beginningOfName(code: string, offset: number): number {
  let start = offset;
  for (;;) {
    const isPair = /[\udc00-\udfff]/.test(code[start - 1] ?? "");
    const before = code.slice(Math.max(0, start - (isPair ? 2 : 1)), start);
    if (!/^[\p{ID_Continue}$#]$/u.test(before)) return start;
    start -= before.length;
  }
}

function inString(string: StringAtCursor, entries: Found["entries"], offset: number): Found {
  return narrowed(
    { start: string.start, end: string.end, entries },
    string.text.slice(0, offset - string.start),
  );
}

/** Only what goes on from `prefix`; in another case only where nothing has its case. */
function narrowed({ start, end, entries }: Found, prefix: string): Found {
  const lower = prefix.toLowerCase();
  const exact = entries.filter(({ name }) => name.startsWith(prefix));
  const matching =
    exact.length > 0 ? exact : entries.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const unique = new Map(matching.map((entry) => [entry.name, entry]));
  return { start, end, entries: [...unique.values()].slice(0, matchLimit) };
}

/** The service's own order (near before far), then by name; names that begin with an underscore last. */
function inMenuOrder(a: ts.CompletionEntry, b: ts.CompletionEntry): number {
  const isHidden = (entry: ts.CompletionEntry) => Number(entry.name.startsWith("_"));
  const order = isHidden(a) - isHidden(b);
  if (order !== 0) return order;
  if (a.sortText !== b.sortText) return a.sortText < b.sortText ? -1 : 1;
  const lower = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (lower[0] !== lower[1]) return lower[0] < lower[1] ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
