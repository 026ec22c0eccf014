import { checkOptions } from "../core/errors.js";
import { display } from "./display.js";

/** An answer to an exercise: numbers (in any array), text or truth; undefined or null while there is none. */
export type Answer = number | ArrayLike<number> | string | boolean | null | undefined;

export interface CheckOptions {
  /** Largest absolute difference that counts as right, 1e-6 by default. */
  readonly tolerance?: number;
  /** Shown while the answer is not right yet. */
  readonly hint?: string;
}

/**
 * Compares an answer with the expected one and says how near it is: exact, approximate (within the tolerance), or not
 * yet, with the largest difference. It never throws, so that an exercise left open does not stop the notebook.
 * @returns whether the answer is right
 */
export function checkAnswer(
  name: string,
  got: Answer,
  expected: Answer,
  options: CheckOptions = {},
): boolean {
  checkOptions(options, ["tolerance", "hint"], "checkAnswer");
  const verdict = compare(got, expected, options.tolerance ?? 1e-6);
  return report(name, verdict.right, verdict.words, options.hint);
}

/**
 * Runs the reader's own check of an exercise: true is right; false, an exception, or nothing is "not yet".
 * @returns whether the check passed
 */
export function exercise(name: string, check: () => boolean | undefined, hint?: string): boolean {
  try {
    const passed = check();
    return report(name, passed === true, passed === undefined ? "no answer so far" : "", hint);
  } catch (error) {
    return report(name, false, error instanceof Error ? error.message : String(error), hint);
  }
}

function report(name: string, right: boolean, words: string, hint: string | undefined): boolean {
  const text = [
    `${name}: ${right ? "right" : "not yet"}`,
    words && ` (${words})`,
    !right && hint ? `. ${hint}` : "",
  ];
  display({ "text/plain": text.join("") });
  return right;
}

function compare(got: Answer, expected: Answer, tolerance: number): { right: boolean; words: string } {
  if (got === undefined || got === null) return { right: false, words: "no answer so far" };
  if (typeof got === "boolean" || typeof expected === "boolean") {
    return { right: got === expected, words: got === expected ? "exact" : "" };
  }
  if (typeof got === "string" || typeof expected === "string") {
    const right = String(got).trim().toLowerCase() === String(expected).trim().toLowerCase();
    return { right, words: right ? "exact" : "" };
  }
  const ours = numbers(got);
  const theirs = numbers(expected ?? []);
  if (ours.length !== theirs.length) {
    return { right: false, words: `${ours.length} values instead of ${theirs.length}` };
  }
  const difference = theirs.reduce((most, value, i) => {
    const one = Object.is(value, ours[i]) ? 0 : Math.abs(value - ours[i]);
    return Number.isNaN(one) ? Number.POSITIVE_INFINITY : Math.max(most, one);
  }, 0);
  if (difference === 0) return { right: true, words: "exact" };
  const size = `largest difference ${Number(difference.toPrecision(2))}`;
  return difference <= tolerance
    ? { right: true, words: `approximate, ${size}` }
    : { right: false, words: size };
}

function numbers(value: number | ArrayLike<number>): number[] {
  return typeof value === "number" ? [value] : Array.from(value);
}
