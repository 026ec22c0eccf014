import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../../core/environment.js";
import { InterruptedError } from "../../core/errors.js";
import type { Failure } from "../channel.js";
import type { CellPositions } from "../language/positions.js";

/** Frames of a stack that belong to the kernel, not to the reader's code. */
const machinery = /[\\/]node_modules[\\/]tslab[\\/]|[\\/]dist[\\/]kernel[\\/]|node:(vm|internal|async_hooks)/;

/** A frame without the place of this project on the machine, so that stored tracebacks are the same everywhere. */
function withoutRoot(frame: string): string {
  return frame.replace(pathToFileURL(projectRoot).href, "weightbook/").replace(projectRoot, "weightbook/");
}

/** A thrown value as a Failure; frames of the kernel itself are left out of the traceback. */
export function failureOfThrown(thrown: unknown, positions: CellPositions): Failure {
  const failure = withoutPositions(thrown);
  const traceback = failure.traceback
    .map((line) => positions.translate(line))
    // The function that tslab wraps around a cell has no line of its own.
    .filter((line) => !/^\s+at cell\[\d+\]$/.test(line));
  return { ...failure, traceback };
}

function withoutPositions(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) {
    const text = typeof thrown === "string" ? thrown : (JSON.stringify(thrown) ?? String(thrown));
    return { ename: "Thrown", evalue: text, traceback: [text] };
  }
  if (isInterrupt(thrown)) {
    const text = thrown instanceof InterruptedError ? thrown.message : "the cell was interrupted";
    return { ename: "Interrupted", evalue: text, traceback: [`Interrupted: ${text}`] };
  }
  const head = `${thrown.name}: ${thrown.message}`;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const kept = frames.filter((line) => !machinery.test(line)).map(withoutRoot);
  const cause =
    thrown.cause === undefined ? [] : [`caused by ${withoutPositions(thrown.cause).traceback[0]}`];
  return { ename: thrown.name, evalue: thrown.message, traceback: [head, ...kept, ...cause] };
}

/** The ways in which an interrupt ends a cell: in work of the library, computing, or waiting for a promise. */
function isInterrupt(error: NodeJS.ErrnoException): boolean {
  return (
    error instanceof InterruptedError ||
    error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" ||
    error.message === "Interrupted asynchronously"
  );
}

/** Complaints of the TypeScript compiler as one Failure. */
export function failureOfDiagnostics(lines: readonly string[]): Failure {
  const clean = lines.map((line) => stripVTControlCharacters(line));
  return { ename: "TypeScriptError", evalue: clean.join("\n"), traceback: clean };
}
