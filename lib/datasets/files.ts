import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../core/environment.js";
import { DataError, throwIfAborted } from "../core/errors.js";
import { sha256 } from "../core/hash.js";
import { type DownloadOptions, downloadFile } from "./download.js";
import { type IdxFile, isGzip } from "./idx.js";
import type { DatasetSource, SourceFile } from "./registry.js";

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new DataError("data/read", `cannot read ${path} (${code}); check that it is a readable file`, {
      value: path,
      cause,
    });
  }
}

/** What is wrong with a file's bytes, as the end of a sentence; undefined when they are the published ones. */
function damage(bytes: Uint8Array, file: SourceFile): string | undefined {
  const packed = isGzip(bytes) || bytes.length < 2;
  const expected = packed ? file.sha256 : file.unpackedSha256;
  const sum = sha256(bytes);
  if (sum === expected) return undefined;
  if (packed && bytes.length < file.byteLength) {
    return `is truncated: expected ${file.byteLength} bytes but it holds ${bytes.length}`;
  }
  return `is not the published file: expected SHA-256 ${expected} but got ${sum} (${bytes.length} bytes)`;
}

/** The file in the reader's own folder (`WEIGHTBOOK_DATA`), as published or unpacked; undefined when not there. */
function fromDataFolder(set: string, file: SourceFile): IdxFile | undefined {
  const folder = process.env.WEIGHTBOOK_DATA;
  if (!folder) return undefined;
  const names = [file.name, file.name.replace(/\.gz$/, "")];
  const name = names.map((entry) => join(folder, set, entry)).find((path) => existsSync(path));
  if (!name) return undefined;
  const bytes = readBytes(name);
  const wrong = damage(bytes, file);
  if (wrong) {
    throw new DataError("data/checksum", `${name} ${wrong}; fetch it again or remove it`, { value: name });
  }
  return { name, bytes };
}

function missing(source: DatasetSource, file: SourceFile): DataError {
  return new DataError(
    "data/missing",
    `${source.name} has no public download in this form and ${file.name} was not found; put its files into a folder "${source.name}" and set WEIGHTBOOK_DATA to the folder that holds it`,
    { value: file.name },
  );
}

/**
 * Finds one file of a data set: in `WEIGHTBOOK_DATA`, then in the cache, then by download into the cache. Every file
 * is checked by its SHA-256 each time.
 * @throws DataError "data/checksum" when the file in WEIGHTBOOK_DATA is damaged, or when the one in the cache is and
 * cannot be fetched again; "data/missing" when there is nowhere to get it from; else as downloadFile
 */
export async function obtainFile(
  source: DatasetSource,
  file: SourceFile,
  options: DownloadOptions = {},
): Promise<IdxFile> {
  throwIfAborted(options.signal, `loading ${source.name}`);
  const own = fromDataFolder(source.name, file);
  if (own) return own;
  const folder = join(cacheFolder(), "datasets", source.name);
  const path = join(folder, file.name);
  let wrong: string | undefined;
  if (existsSync(path)) {
    const bytes = readBytes(path);
    wrong = damage(bytes, file);
    if (!wrong) return { name: path, bytes };
  }
  try {
    if (source.mirrors.length === 0) throw missing(source, file);
    const bytes = await downloadFile(source.name, file, source.mirrors, folder, options);
    return { name: path, bytes };
  } catch (cause) {
    // Out of reach is one thing; a damaged copy at hand is another, and the reader should hear of it.
    if (!wrong || !(cause instanceof DataError)) throw cause;
    const message = `${path} ${wrong}, and it could not be fetched again: ${cause.message}`;
    throw new DataError("data/checksum", message, { value: path, cause });
  }
}
