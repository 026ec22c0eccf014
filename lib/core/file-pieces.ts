import { createReadStream } from "node:fs";
import { throwIfAborted } from "./errors.js";
import { interruptible } from "./interrupt.js";
import type { StopOptions } from "./progress.js";

/**
 * A file piece by piece, for files that can take more than a second to read.
 * @param start position of the first byte; 0 by default
 * @throws InterruptedError when the signal is aborted
 */
export async function* filePieces(
  path: string,
  options: StopOptions = {},
  start = 0,
): AsyncGenerator<Buffer> {
  const { signal } = interruptible(options);
  for await (const piece of createReadStream(path, { start, highWaterMark: 1 << 20 })) {
    throwIfAborted(signal, `reading ${path}`);
    yield piece as Buffer;
  }
}
