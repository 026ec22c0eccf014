import { inspect, toUSVString, types } from "node:util";
import { isObject, reasonOf } from "./reading.js";

/** Characters of a printed value, and of one text in it, so that Node's own note about a long text is not cut. */
const limit = 10_000;
const textLimit = 9_900;

/** Entries of one array, map or set, as in Node. */
const entryLimit = 100;

/** Entries that one printing may go through; it costs about a tenth of a second. */
const budget = 50_000;

/** A value as Node's own prompt prints it, without colours and of bounded length. */
export function inspection(value: unknown): string {
  try {
    const depth = depthWithinBudget(value);
    return clipped(
      inspect(value, { depth, maxArrayLength: entryLimit, maxStringLength: textLimit, colors: false }),
    );
  } catch (thrown) {
    return `This value cannot be printed (${reasonOf(thrown)}).`;
  }
}

/** Lone halves of surrogate pairs become U+FFFD: they have no UTF-8, and Jupyter could not save them. */
function clipped(text: string): string {
  if (text.length <= limit) return toUSVString(text);
  const note = `... cut here: a value is printed up to ${limit.toLocaleString("en")} characters.`;
  return `${toUSVString(text.slice(0, limit))}\n${note}`;
}

/**
 * Levels to print: few where the value is large, since Node would make megabytes of text before any of it is cut.
 * Errors go deep, for their causes.
 */
function depthWithinBudget(value: unknown): number {
  const deepest = types.isNativeError(value) ? 20 : 4;
  let level: readonly unknown[] = [value];
  let cost = 0;
  for (let depth = 0; depth < deepest; depth++) {
    const next: unknown[] = [];
    for (const item of level) {
      for (const child of childrenOf(item)) {
        next.push(child);
        cost += typeof child === "string" ? 1 + child.length / 100 : 1;
        if (cost > budget) return Math.max(0, depth - 1);
      }
    }
    if (next.length === 0) break;
    level = next;
  }
  return deepest;
}

/** What is printed inside a value; getters and Proxies are not asked. */
function* childrenOf(value: unknown): Generator<unknown> {
  if (!isObject(value) || types.isProxy(value) || ArrayBuffer.isView(value)) return;
  if (types.isMap(value) || types.isSet(value)) {
    let count = 0;
    for (const entry of types.isMap(value)
      ? Map.prototype.entries.call(value)
      : Set.prototype.values.call(value)) {
      if (++count > entryLimit) break;
      yield entry;
    }
  }
  const keys: readonly string[] = Array.isArray(value)
    ? Array.from({ length: Math.min(value.length, entryLimit) }, (_, i) => String(i))
    : [...Object.keys(value), ...(types.isNativeError(value) ? ["cause", "errors"] : [])];
  for (const key of keys) yield Object.getOwnPropertyDescriptor(value, key)?.value;
}
