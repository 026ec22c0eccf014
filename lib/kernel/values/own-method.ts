import { type MimeBundle, mimeBundle } from "../../core/mime.js";
import { inspection } from "./inspection.js";
import { peek, reasonOf } from "./reading.js";
import { sendable } from "./sendable.js";

/** Ours, and the one that libraries written for Deno's Jupyter kernel carry. */
const methodNames = [mimeBundle, Symbol.for("Jupyter.display")];

/**
 * What an object's own method says; undefined when it has none, or when the method leaves it to the kernel. A method
 * that fails costs only its own view: the value is printed, with a line that says why.
 */
export async function ownBundle(value: object): Promise<MimeBundle | undefined> {
  const name = methodNames.find((symbol) => typeof peek(value, symbol) === "function");
  if (!name) return undefined;
  try {
    const given: unknown = await (peek(value, name) as (this: object) => unknown).call(value);
    if (given === undefined || given === null) return undefined;
    const { bundle, notes } = sendable(given);
    const text = bundle["text/plain"] ?? inspection(value);
    return { ...bundle, "text/plain": [text, ...notes].join("\n") };
  } catch (thrown) {
    const failure = `Its method [${String(name)}] failed: ${reasonOf(thrown)}`;
    return { "text/plain": `${inspection(value)}\n${failure}` };
  }
}
