import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError } from "./errors.js";

/**
 * Writes a file so that a reader sees either the old content or the whole new one: temporary name beside it, fsync,
 * rename, fsync of the folder.
 * @throws StoreError "disk/full" when the disk is full, "disk/write" when it cannot be written; nothing is left behind
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const file = openSync(temporary, "wx");
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw writeError(path, cause);
  }
}

/** Makes a rename durable; silently does nothing where folders cannot be opened (Windows). */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Turns a system error met while writing into a sentence with a way out. */
export function writeError(path: string, cause: unknown): StoreError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StoreError(
      "disk/full",
      `the disk is full while writing ${path}; free some space or point WEIGHTBOOK_CACHE at another disk, then run the same command again to resume`,
      { value: path, cause },
    );
  }
  return new StoreError(
    "disk/write",
    `cannot write ${path} (${code ?? cause}); check that its folder is writable`,
    {
      value: path,
      cause,
    },
  );
}
