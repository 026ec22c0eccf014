import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../core/environment.js";
import { DataError, throwIfAborted } from "../core/errors.js";
import { sha256 } from "../core/hash.js";
import type { NamedBytes } from "./byte-stream.js";
import { type DownloadOptions, downloadFile } from "./download.js";
import { isGzip } from "./idx.js";
import type { DatasetSource, SourceFile, SourceForm } from "./source.js";

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
  const unpackedSha256 = isGzip(bytes) || bytes.length < 2 ? undefined : file.unpackedSha256;
  const expected = unpackedSha256 ?? file.sha256;
  const sum = sha256(bytes);
  if (sum === expected) return undefined;
  if (!unpackedSha256 && bytes.length < file.byteLength) {
    return `is truncated: expected ${file.byteLength} bytes but it holds ${bytes.length}`;
  }
  return `is not the published file: expected SHA-256 ${expected} but got ${sum} (${bytes.length} bytes)`;
}

/** Where the file is in the reader's own folder (`WEIGHTBOOK_DATA`), as published or unpacked; undefined when not there. */
function ownPath(set: string, file: SourceFile): string | undefined {
  const folder = process.env.WEIGHTBOOK_DATA;
  if (!folder) return undefined;
  const names = file.unpackedSha256 ? [file.name, file.name.replace(/\.gz$/, "")] : [file.name];
  return names.map((entry) => join(folder, set, entry)).find((path) => existsSync(path));
}

function cachePath(set: string, file: SourceFile): string {
  return join(cacheFolder(), "datasets", set, file.name);
}

/** Where the file is, in the reader's own folder or in the cache; undefined when in neither. */
function placeOf(set: string, file: SourceFile): string | undefined {
  const cached = cachePath(set, file);
  return ownPath(set, file) ?? (existsSync(cached) ? cached : undefined);
}

function formIsAtHand(set: string, form: SourceForm): boolean {
  const files: readonly SourceFile[] = Object.values(form.files);
  return files.every((file) => placeOf(set, file) !== undefined);
}

/** Whether all files of a data set, in one form, lie in WEIGHTBOOK_DATA or the cache (their content is not checked). */
export function isAtHand({ name, forms }: DatasetSource): boolean {
  return forms.some((form) => formIsAtHand(name, form));
}

/**
 * The form to read a data set in: the first that is at hand, else the first to be downloaded, else the first. Where
 * another form lacks only some of its files, a line on stderr names them: else who has put the set there would not know
 * why it is downloaded.
 */
export function formToRead({ name, forms }: DatasetSource): SourceForm {
  const found = forms.find((form) => formIsAtHand(name, form));
  if (found) return found;
  const remote = forms.find(({ mirrors }) => mirrors.length > 0);
  if (!remote) return forms[0];
  for (const form of forms) if (form !== remote) tellOfMissing(name, form, remote);
  return remote;
}

/** Says which files a form lacks, where it has some, and what is downloaded instead. */
function tellOfMissing(set: string, form: SourceForm, remote: SourceForm): void {
  const filesOf = ({ files }: SourceForm): readonly SourceFile[] => Object.values(files);
  const missing = filesOf(form).filter((file) => placeOf(set, file) === undefined);
  const place = filesOf(form).flatMap((file) => placeOf(set, file) ?? [])[0];
  if (place === undefined) return;
  const names = (files: readonly SourceFile[]) => files.map((file) => file.name).join(", ");
  const wanted = filesOf(remote).filter((file) => placeOf(set, file) === undefined);
  const megabytes = Math.ceil(wanted.reduce((sum, { byteLength }) => sum + byteLength, 0) / 1e6);
  process.stderr.write(
    `weightbook: ${set}: ${place} is there but not ${names(missing)}; without it ${names(wanted)} (${megabytes} MB) is downloaded\n`,
  );
}

function fromDataFolder(set: string, file: SourceFile): NamedBytes | undefined {
  const name = ownPath(set, file);
  if (!name) return undefined;
  const bytes = readBytes(name);
  const wrong = damage(bytes, file);
  if (wrong) {
    throw new DataError("data/checksum", `${name} ${wrong}; fetch it again or remove it`, { value: name });
  }
  return { name, bytes };
}

function missing(set: string, file: SourceFile): DataError {
  return new DataError(
    "data/missing",
    `${set} has no public download in this form and ${file.name} was not found; put its files into a folder "${set}" and set WEIGHTBOOK_DATA to the folder that holds it`,
    { value: file.name },
  );
}

/**
 * Finds one file of a data set's form: in `WEIGHTBOOK_DATA`, then in the cache, then by download into the cache. Every file
 * is checked by its SHA-256 each time.
 * @throws DataError "data/checksum" when the file in WEIGHTBOOK_DATA is damaged, or when the one in the cache is and
 * cannot be fetched again; "data/missing" when there is nowhere to get it from; else as downloadFile
 */
export async function obtainFile(
  set: string,
  { mirrors }: Pick<SourceForm, "mirrors">,
  file: SourceFile,
  options: DownloadOptions = {},
): Promise<NamedBytes> {
  throwIfAborted(options.signal, `loading ${set}`);
  const own = fromDataFolder(set, file);
  if (own) return own;
  const path = cachePath(set, file);
  let wrong: string | undefined;
  if (existsSync(path)) {
    const bytes = readBytes(path);
    wrong = damage(bytes, file);
    if (!wrong) return { name: path, bytes };
  }
  try {
    if (mirrors.length === 0) throw missing(set, file);
    const bytes = await downloadFile(set, file, mirrors, dirname(path), options);
    return { name: path, bytes };
  } catch (cause) {
    // Out of reach is one thing; a damaged copy at hand is another, and the reader should hear of it.
    if (!wrong || !(cause instanceof DataError)) throw cause;
    const message = `${path} ${wrong}, and it could not be fetched again: ${cause.message}`;
    throw new DataError("data/checksum", message, { value: path, cause });
  }
}
