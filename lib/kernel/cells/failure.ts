import { inspect, stripVTControlCharacters, types } from "node:util";
import { isInterruptedError } from "../../core/errors.js";
import type { Failure } from "../channel.js";
import { type CellPositions, excerpt } from "../language/positions.js";
import { isPrepared, readableFrames } from "../language/stacks.js";

/** How far causes are followed, and how many errors of an AggregateError are told. */
const causeLimit = 8;
const errorsLimit = 8;

/** A thrown value with a name and a message, from wherever: errors of other realms are no `Error` of ours. */
interface ErrorLike {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly code?: unknown;
}

function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (thrown instanceof Error || types.isNativeError(thrown)) return true;
  if (typeof thrown !== "object" || thrown === null) return false;
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  return typeof name === "string" && typeof message === "string";
}

/**
 * A thrown value as a Failure: its head, its frames, the failing line of the reader's code and what caused it; frames
 * of the kernel itself are left out.
 * @param positions leads frames back to the lines that the reader wrote
 */
export function failureOfThrown(thrown: unknown, positions?: CellPositions): Failure {
  try {
    if (isInterrupt(thrown)) {
      const text = isInterruptedError(thrown) ? thrown.message : "the cell was interrupted";
      return { ename: "Interrupted", evalue: text, traceback: [`Interrupted: ${text}`] };
    }
    const { ename, evalue } = nameAndValue(thrown);
    return { ename, evalue, traceback: traceback(thrown, positions, new Set()) };
  } catch {
    // A thrown value whose own getters throw.
    const evalue = "a value that cannot be described was thrown";
    return { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`] };
  }
}

/** Longer messages are cut. */
const messageLimit = 10_000;

function nameAndValue(thrown: unknown): { ename: string; evalue: string } {
  const { ename, evalue } = fullNameAndValue(thrown);
  const left = evalue.length - messageLimit;
  if (left <= 0) return { ename, evalue };
  return { ename, evalue: `${evalue.slice(0, messageLimit)}… (${left} more characters)` };
}

function fullNameAndValue(thrown: unknown): { ename: string; evalue: string } {
  if (!isErrorLike(thrown)) {
    return { ename: "Thrown", evalue: typeof thrown === "string" ? thrown : inspect(thrown) };
  }
  const { name, message } = thrown;
  const given = typeof name === "string" && name !== "" ? name : "Error";
  // A class that extends Error and sets no name.
  const ename = given === "Error" ? thrown.constructor?.name || given : given;
  return { ename, evalue: typeof message === "string" ? message : inspect(message) };
}

function traceback(thrown: unknown, positions: CellPositions | undefined, told: Set<unknown>): string[] {
  const { ename, evalue } = nameAndValue(thrown);
  const head = evalue === "" ? ename : `${ename}: ${evalue}`;
  told.add(thrown);
  if (!isErrorLike(thrown)) return [head];
  const { place, frames: own } = framesOf(thrown, fullNameAndValue(thrown).evalue);
  const frames = [
    ...readableFrames(place, positions),
    ...(isPrepared(thrown) ? own : readableFrames(own, positions)),
  ];
  const lines = [head, ...frames, ...(positions?.excerpt(frames) ?? [])];
  const tell = (label: string, reason: unknown): void => {
    if (told.size > causeLimit || told.has(reason)) lines.push(`${label}: …`);
    else {
      const [first, ...rest] = traceback(reason, positions, told);
      lines.push(`${label}: ${first}`, ...rest);
    }
  };
  if (Array.isArray(thrown.errors)) {
    const errors: unknown[] = thrown.errors;
    errors.slice(0, errorsLimit).forEach((error, i) => {
      tell(`error ${i + 1} of ${errors.length}`, error);
    });
    if (errors.length > errorsLimit) lines.push(`and ${errors.length - errorsLimit} errors more`);
  }
  if (thrown.cause !== undefined) tell("caused by", thrown.cause);
  return lines;
}

/** The frames of an error's stack; for a syntax error that only the run found, the place that stands before its head. */
function framesOf({ stack }: ErrorLike, message: string): { place: string[]; frames: string[] } {
  if (typeof stack !== "string") return { place: [], frames: [] };
  const [, place, caret] = /^(cell\[\d+\]:\d+)\n.*\n( *)\^/.exec(stack) ?? [];
  const start = stack.indexOf(message) + message.length;
  const frames = stack
    .slice(start)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const isAlone = place && !frames.some((frame) => frame.includes("cell["));
  return { place: isAlone ? [`    at ${place}:${caret.length + 1}`] : [], frames };
}

/** The ways in which an interrupt ends a cell: in work of the library, and where the executor waits for a promise. */
function isInterrupt(thrown: unknown): boolean {
  if (isInterruptedError(thrown)) return true;
  return isErrorLike(thrown) && thrown.message === "Interrupted asynchronously";
}

/**
 * Complaints of the TypeScript compiler as one Failure.
 * @param lines "LINE:COLUMN - message", with the file's name before it for a complaint about a local module
 * @param source the cell, of which the first line complained about is shown
 */
export function failureOfDiagnostics(lines: readonly string[], source?: string): Failure {
  const clean = lines.map((line) => stripVTControlCharacters(line));
  const place = clean.map((line) => /^(\d+):(\d+) - /.exec(line)).find((match) => match !== null);
  const shown =
    place && source !== undefined
      ? excerpt(source, { line: Number(place[1]), column: Number(place[2]) })
      : [];
  const evalue = clean.join("\n");
  return {
    ename: "TypeScriptError",
    evalue,
    traceback: [`TypeScriptError: ${clean[0] ?? ""}`, ...clean.slice(1), ...shown],
  };
}
