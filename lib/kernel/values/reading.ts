import { inspect, types } from "node:util";

/** Whether a value can have properties of its own; functions can. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * A property of a value of which nothing is known: undefined where it is missing or reading it throws. It must be there
 * first (`in`), so that a Proxy that answers to every name is not taken for everything.
 */
export function peek(value: object, key: PropertyKey): unknown {
  try {
    return key in value ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}

/** True when the value can do all of this; the types of the libraries themselves would have to be loaded. */
export function hasMethods(value: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof peek(value, name) === "function");
}

/** An object as a literal makes it (or without a prototype), from any realm; no class, no Proxy. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || types.isProxy(value) || Array.isArray(value))
    return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (isObject(prototype) && Object.getPrototypeOf(prototype) === null);
}

/** What was thrown, in one line; anything may be thrown, also what cannot be printed. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error
      ? `${thrown.name}: ${thrown.message}`
      : inspect(thrown, { breakLength: Infinity });
  } catch {
    return "what was thrown cannot be printed";
  }
}
