import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The last line of a log; null where there is none. */
export function lastLine(path: string): string | null {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const end = Buffer.alloc(Math.min(size, 4096));
      readSync(file, end, 0, end.length, size - end.length);
      return end.toString("utf8").trim().split("\n").at(-1) || null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}
