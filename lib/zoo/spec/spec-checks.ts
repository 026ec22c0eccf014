import { SpecError } from "../../core/errors.js";

/** Largest seed: seeds are stored as 32-bit integers. */
export const maxSeed: number = 2 ** 31 - 1;

/**
 * The fields of an object of a specification.
 * @param path where it stands, e.g. "dataset"; "" for the specification itself
 * @throws SpecError "zoo/PATH" when it is no object, "zoo/PATH.NAME" for a field that is not known
 */
export function fields(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(path || "the specification", value, `an object of ${known.join(", ")}`);
  }
  const within = (name: string) => (path ? `${path}.${name}` : name);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      throw new SpecError(
        `zoo/${within(name)}`,
        `a zoo specification has no field ${within(name)}; it knows ${known.map(within).join(", ")}`,
        { value: name },
      );
    }
  }
  return value as Record<string, unknown>;
}

export function text(value: unknown, field: string): string {
  if (typeof value !== "string" || value === "") refuse(field, value, "a text that is not empty");
  return value;
}

export function whole(value: unknown, field: string, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    refuse(field, value, `a whole number of at least ${least}`);
  }
  return value as number;
}

export function real(value: unknown, field: string, least: number): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < least) {
    refuse(field, value, `a finite number of at least ${least}`);
  }
  return value;
}

/** A number above 0, at most `most`. */
export function positive(value: unknown, field: string, most = Number.POSITIVE_INFINITY): number {
  const number = real(value, field, 0);
  if (number === 0) refuse(field, value, "above 0");
  if (number > most) refuse(field, value, `at most ${most}`);
  return number;
}

/** A number from 0 on that stays below 1. */
export function belowOne(value: unknown, field: string): number {
  const number = real(value, field, 0);
  if (number >= 1) refuse(field, value, "below 1");
  return number;
}

export function flag(value: unknown, field: string): boolean {
  if (typeof value !== "boolean") refuse(field, value, "true or false");
  return value;
}

export function oneOf<T extends string>(value: unknown, field: string, known: readonly T[]): T {
  if (!(known as readonly unknown[]).includes(value)) {
    refuse(field, value, known.length === 1 ? `"${known[0]}"` : `one of ${known.join(", ")}`);
  }
  return value as T;
}

/** @throws SpecError "zoo/FIELD" that names the field, shows its value and says what it may be */
export function refuse(field: string, value: unknown, expected: string): never {
  const shown = typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
  throw new SpecError(`zoo/${field}`, `zoo specification: ${field} is ${shown}; it must be ${expected}`, {
    value,
  });
}

/** @throws SpecError "zoo/FIELD" for a field that has no meaning beside the others */
export function misplaced(field: string, value: unknown, why: string): never {
  throw new SpecError(`zoo/${field}`, `zoo specification: ${field} makes no sense here: ${why}`, { value });
}
