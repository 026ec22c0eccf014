import { createHash } from "node:crypto";
import { filePieces } from "./file-pieces.js";
import type { StopOptions } from "./progress.js";

/** SHA-256 of bytes or text, as lower-case hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * SHA-256 of a file, read as a stream.
 * @throws InterruptedError when the signal is aborted
 */
export function sha256File(path: string, options: StopOptions = {}): Promise<string> {
  return sha256Chunks(filePieces(path, options));
}

/** SHA-256 of bytes that come in pieces. */
export async function sha256Chunks(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * JSON with sorted keys and no spaces, so that equal values give equal text. Undefined fields are left out; NaN and
 * infinities are refused, since JSON would turn them into null in silence.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`canonical JSON cannot hold ${value}`);
  }
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value).filter(([, entry]) => entry !== undefined);
    fields.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, entry]) => `${JSON.stringify(name)}:${canonicalJson(entry)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
