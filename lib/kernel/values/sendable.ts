import { toUSVString } from "node:util";
import type { MimeBundle } from "../../core/mime.js";
import { isObject, reasonOf } from "./reading.js";

/** MIME types whose data Jupyter carries as JSON; all others are text. */
const jsonType = /^application\/(.*\+)?json$/i;

/** Texts that someone may hold as the bytes of a file. */
const textType = /^text\/|^image\/svg\+xml$/i;

/** A bundle that Jupyter can carry, and what had to be left out of it, a line each. */
interface Sendable {
  readonly bundle: MimeBundle;
  readonly notes: readonly string[];
}

/**
 * Makes a reader's own bundle fit for a message: bytes become base64 (or text), JSON loses what JSON cannot hold, and
 * a MIME type whose data cannot be sent is left out with a note.
 * @throws TypeError when it is no object of MIME types
 */
export function sendable(given: unknown): Sendable {
  if (!isObject(given) || Array.isArray(given) || ArrayBuffer.isView(given)) {
    const found = Array.isArray(given) ? "an array" : isObject(given) ? "bytes" : `a ${typeof given}`;
    throw new TypeError(`it gave ${found}, not an object of MIME types such as { "text/html": "<b>7</b>" }`);
  }
  const bundle: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [type, data] of Object.entries(given)) {
    if (data === undefined || (data === null && !jsonType.test(type))) continue;
    try {
      bundle[type] = sendableData(type, data);
    } catch (thrown) {
      notes.push(`"${type}" was left out: ${whyUnfit(thrown)}`);
    }
  }
  return { bundle, notes };
}

/** Why data does not fit its MIME type. */
class Unfit extends Error {}

/** The first line: Node's message about a cycle draws all of it. */
function whyUnfit(thrown: unknown): string {
  return (thrown instanceof Unfit ? thrown.message : reasonOf(thrown)).split("\n")[0];
}

function sendableData(type: string, data: unknown): unknown {
  if (!/^[^/\s]+\/[^/\s]+$/.test(type)) throw new Unfit(`it is no MIME type, such as "text/html"`);
  if (jsonType.test(type)) return jsonOf(data);
  if (typeof data === "string") return toUSVString(data);
  if (Array.isArray(data) && data.every((line) => typeof line === "string"))
    return toUSVString(data.join(""));
  const bytes = bytesOf(data);
  if (!bytes)
    throw new Unfit(`its data is ${typeof data === "object" ? "an" : "a"} ${typeof data}, not text or bytes`);
  return bytes.toString(textType.test(type) ? "utf8" : "base64");
}

function bytesOf(data: unknown): Buffer | undefined {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return data instanceof ArrayBuffer || data instanceof SharedArrayBuffer ? Buffer.from(data) : undefined;
}

/**
 * A copy of a value that is only JSON: typed arrays become arrays, big integers numbers (or text where they are too
 * large), and lone halves of surrogate pairs, which have no UTF-8, become U+FFFD.
 * @throws TypeError for cycles, functions and whatever else has no JSON
 */
export function jsonOf(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === "bigint") return Number.isSafeInteger(Number(entry)) ? Number(entry) : String(entry);
    const isTyped = ArrayBuffer.isView(entry) && !(entry instanceof DataView);
    return isTyped ? Array.from(entry as unknown as ArrayLike<number>) : entry;
  }) as string | undefined;
  if (text === undefined) throw new Unfit(`a ${typeof value} has no JSON`);
  return JSON.parse(
    text.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) => (found === "\\\\" ? found : "\ufffd")),
  );
}
