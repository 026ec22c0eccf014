import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { StoreError } from "./errors.js";

/** Temporary files of other machines are taken for abandoned after this long. */
const abandonedAfterMs = 24 * 3600 * 1000;

/** How a file is written. */
export interface AtomicWriteOptions {
  /**
   * Waits until the file would survive a power cut (fsync of file and folder); true by default. A file whose damage is
   * found and repaired anyway can do without.
   */
  readonly durable?: boolean;
}

/**
 * Writes a file so that a reader sees either the old content or the whole new one: temporary name beside it, fsync,
 * rename, fsync of the folder.
 * @throws StoreError "disk/full" when the disk is full, "disk/write" when it cannot be written; nothing is left behind
 */
export function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { durable = true }: AtomicWriteOptions = {},
): void {
  const temporary = temporaryName(path);
  try {
    const file = openNew(temporary);
    try {
      writeAll(file, typeof content === "string" ? Buffer.from(content) : content);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (durable) syncFolder(dirname(path));
  } catch (cause) {
    removeQuietly(temporary);
    throw writeError(path, cause);
  }
}

/**
 * As writeFileAtomic, for content that is made piece by piece and need not fit into memory. An error thrown by
 * `chunks` itself is passed on as it is.
 * @throws StoreError as writeFileAtomic
 */
export async function writeChunksAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { durable = true }: AtomicWriteOptions = {},
): Promise<void> {
  const temporary = temporaryName(path);
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw writeError(path, cause);
    }
  };
  try {
    const file = guard(() => openNew(temporary));
    try {
      for await (const chunk of chunks) guard(() => writeAll(file, chunk));
      if (durable) guard(() => fsyncSync(file));
    } finally {
      closeSync(file);
    }
    guard(() => {
      renameSync(temporary, path);
      if (durable) syncFolder(dirname(path));
    });
  } catch (cause) {
    removeQuietly(temporary);
    throw cause;
  }
}

/**
 * Removes temporary files that a killed process left in a folder: those of processes of this machine that are gone,
 * and those of other machines after a day. A folder that does not exist is left alone.
 */
export function removeAbandonedTemporaries(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const match = /\.(\d+)-([^.]*)-[0-9a-f]{8}\.tmp$/.exec(name);
    if (match && isAbandoned(join(folder, name), Number(match[1]), match[2])) {
      removeQuietly(join(folder, name));
    }
  }
}

/** Removes a file where it can: what made it useless is the error to hear of, not this one. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays, under a name that nothing reads.
  }
}

function isAbandoned(path: string, pid: number, host: string): boolean {
  if (host !== hostLabel()) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs > abandonedAfterMs;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** A name beside `path` that tells whose it is, so that what a killed process left can be told from work in progress. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${hostLabel()}-${randomUUID().slice(0, 8)}.tmp`;
}

function hostLabel(): string {
  return hostname().replace(/[^A-Za-z0-9]/g, "_");
}

function openNew(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, "wx");
}

function writeAll(file: number, bytes: Uint8Array): void {
  // One call of the system writes less than 2 GiB.
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
  }
}

/**
 * Waits until files that were written without waiting, and their names in the folder, would survive a power cut.
 * @throws StoreError as writeFileAtomic
 */
export function makeDurable(folder: string, files: Iterable<string>): void {
  for (const name of files) {
    const path = join(folder, name);
    try {
      const file = openSync(path, "r+");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
  syncFolder(folder);
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
