import { DataError } from "../core/errors.js";
import type { ByteStream } from "./byte-stream.js";

const blockBytes = 512;

/** A file within a tar archive. */
export interface TarEntry {
  /** With its folders, e.g. "cifar-10-batches-bin/test_batch.bin". */
  readonly name: string;
  readonly byteLength: number;
}

/**
 * Goes through the files of a tar archive (ustar and older). While an entry is at hand, up to `byteLength` bytes of its
 * content can be taken from the stream; the rest is left out. Folders, links and extensions are passed over.
 * @param file name of the archive, for the errors' sentences
 * @throws DataError "data/tar" for a header that is none, "data/truncated" where the archive breaks off; what the stream
 *   throws
 */
export async function* tarEntries(stream: ByteStream, file: string): AsyncGenerator<TarEntry> {
  for (;;) {
    const place = stream.position;
    const header = await stream.take(blockBytes);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header, file, place);
    const byteLength = octal(header, 124, 12, file, place);
    const start = stream.position;
    if (isRegular(header)) yield { name: nameOf(header), byteLength };
    const padded = Math.ceil(byteLength / blockBytes) * blockBytes;
    await stream.skip(start + padded - stream.position);
  }
}

/** The text of a field, up to its first NUL. */
function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, at: number, length: number, file: string, place: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw damaged(file, place);
  return Number.parseInt(digits, 8);
}

/** The header's bytes add up to the number that it states, its own field counted as eight spaces. */
function checkSum(header: Uint8Array, file: string, place: number): void {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i];
  if (octal(header, 148, 8, file, place) !== sum) throw damaged(file, place);
}

function isRegular(header: Uint8Array): boolean {
  return header[156] === 0 || header[156] === 0x30;
}

function nameOf(header: Uint8Array): string {
  const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
  return (prefix && `${prefix}/`) + text(header, 0, 100);
}

function damaged(file: string, place: number): DataError {
  return new DataError(
    "data/tar",
    `${file} is no tar archive or a damaged one: byte ${place} starts no entry; fetch it again`,
    { value: place },
  );
}
