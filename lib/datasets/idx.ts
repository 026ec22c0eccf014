import { gunzipSync } from "node:zlib";
import { DataError } from "../core/errors.js";
import type { NamedBytes } from "./byte-stream.js";
import type { ImageSet } from "./types.js";

const imagesMagic = 0x00000803;
const labelsMagic = 0x00000801;

/** Images of an IDX file, before their labels are known. */
export interface IdxImages {
  /** Pixels 0..255, row-major, `count x height x width`. */
  readonly images: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** True when the bytes start as a gzip stream does, whatever the file is called. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks a gzip stream; bytes that are not gzip are returned as they are.
 * @param name of the file, for the error's sentence
 * @throws DataError "data/gzip" when the stream is damaged or cut short
 */
export function unpack(bytes: Uint8Array, name: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { chunkSize: unpackedBytes(bytes) + 1 });
  } catch (cause) {
    throw new DataError(
      "data/gzip",
      `${name} is a damaged gzip file (${bytes.length} bytes: ${(cause as Error).message}); fetch it again`,
      { value: name, cause },
    );
  }
}

/** What a gzip stream says of its own length, as far as that can be: in one piece nothing is copied. */
function unpackedBytes(bytes: Uint8Array): number {
  const end = bytes.length - 4;
  const told = new DataView(bytes.buffer, bytes.byteOffset).getUint32(Math.max(0, end), true);
  // Deflate packs 1032 bytes into one at most; a damaged file may say anything.
  return Math.min(Math.max(told, 64), 1032 * bytes.length, 2 ** 28);
}

/** Checks the first four bytes of an IDX file, and that its header is whole. */
function checkHeader(view: DataView, magic: number, headerBytes: number, kind: string, name: string): void {
  if (view.byteLength >= 4 && view.getUint32(0) !== magic) {
    const found = `0x${view.getUint32(0).toString(16).padStart(8, "0")}`;
    throw new DataError(
      "data/magic",
      `${name} is not an IDX file of ${kind}: it starts with ${found}, not 0x${magic.toString(16).padStart(8, "0")}`,
      { value: found },
    );
  }
  if (view.byteLength < headerBytes) {
    throw lengthError(name, headerBytes, view.byteLength, "for its header alone");
  }
}

function lengthError(name: string, expected: number, got: number, why: string): DataError {
  return new DataError(
    "data/truncated",
    `${name} should hold ${expected} bytes ${why} but holds ${got}; fetch it again`,
    { value: got },
  );
}

/** The bytes behind the header, which must be exactly `length` long. */
function body(raw: Uint8Array, headerBytes: number, length: number, name: string, why: string): Uint8Array {
  if (raw.length !== headerBytes + length) throw lengthError(name, headerBytes + length, raw.length, why);
  // Not a Buffer, whose slice() would share memory where a Uint8Array's copies.
  return new Uint8Array(raw.buffer, raw.byteOffset + headerBytes, length);
}

/**
 * Reads an IDX file of images (magic 0x00000803, big-endian, uint8; the format of MNIST), plain or gzipped.
 * @param name of the file, for the errors' sentences
 * @throws DataError "data/magic", "data/truncated" (also for bytes too many) or "data/gzip"
 */
export function parseIdxImages(bytes: Uint8Array, name: string): IdxImages {
  const raw = unpack(bytes, name);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  checkHeader(view, imagesMagic, 16, "images", name);
  const [count, height, width] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  const why = `for ${count} images of ${height} x ${width}`;
  return { images: body(raw, 16, count * height * width, name, why), count, height, width };
}

/**
 * Reads an IDX file of labels (magic 0x00000801), plain or gzipped.
 * @param name of the file, for the errors' sentences
 * @param classes number of classes; every label must be below it
 * @throws DataError "data/magic", "data/truncated", "data/gzip", or "data/label" when a label is out of range
 */
export function parseIdxLabels(bytes: Uint8Array, name: string, classes = 256): Uint8Array {
  const raw = unpack(bytes, name);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  checkHeader(view, labelsMagic, 8, "labels", name);
  const count = view.getUint32(4);
  const labels = body(raw, 8, count, name, `for ${count} labels`);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DataError(
      "data/label",
      `${name} gives image ${wrong} the label ${labels[wrong]}, but there are only ${classes} classes (0 to ${classes - 1})`,
      { value: labels[wrong] },
    );
  }
  return labels;
}

/**
 * Reads images and their labels, two IDX files, into one set.
 * @param imagesFile plain or gzipped, as labelsFile
 * @param classes number of classes; every label must be below it
 * @throws DataError as parseIdxImages and parseIdxLabels, or "data/count" when the two files differ in their count
 */
export function parseIdxPair(imagesFile: NamedBytes, labelsFile: NamedBytes, classes = 256): ImageSet {
  const pictures = parseIdxImages(imagesFile.bytes, imagesFile.name);
  const labels = parseIdxLabels(labelsFile.bytes, labelsFile.name, classes);
  if (labels.length !== pictures.count) {
    throw new DataError(
      "data/count",
      `${labelsFile.name} holds ${labels.length} labels but ${imagesFile.name} holds ${pictures.count} images; they are not a pair`,
      { value: labels.length },
    );
  }
  return { ...pictures, labels };
}
