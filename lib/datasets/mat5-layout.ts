import { DataError } from "../core/errors.js";
import type { ByteStream } from "./byte-stream.js";

/** Kinds of data element whose content is no plain number. */
export const matrixType = 14;
export const compressedType = 15;

/** How the numbers of a data element are stored. */
export interface NumberType {
  readonly bytes: number;
  readonly get: (view: DataView, at: number, isLittle: boolean) => number;
}

const numberTypes: Readonly<Record<number, NumberType>> = {
  1: { bytes: 1, get: (view, at) => view.getInt8(at) },
  2: { bytes: 1, get: (view, at) => view.getUint8(at) },
  3: { bytes: 2, get: (view, at, isLittle) => view.getInt16(at, isLittle) },
  4: { bytes: 2, get: (view, at, isLittle) => view.getUint16(at, isLittle) },
  5: { bytes: 4, get: (view, at, isLittle) => view.getInt32(at, isLittle) },
  6: { bytes: 4, get: (view, at, isLittle) => view.getUint32(at, isLittle) },
  7: { bytes: 4, get: (view, at, isLittle) => view.getFloat32(at, isLittle) },
  9: { bytes: 8, get: (view, at, isLittle) => view.getFloat64(at, isLittle) },
  12: { bytes: 8, get: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)) },
  13: { bytes: 8, get: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)) },
};

const classNames: Readonly<Record<number, string>> = {
  ...{ 1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8" },
  ...{ 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64" },
};

/** Numbers of the first numeric class and of the last. */
const numericClasses = [6, 15] as const;
const complexFlag = 8;
/** No array of MATLAB has more dimensions than this in practice, nor a longer name; damaged files do. */
const mostDimensions = 32;
const longestName = 1024;

/** What a MAT file says of an array before its numbers. */
export interface ArrayHeader {
  readonly name: string;
  /** MATLAB's name of its class, e.g. "uint8". */
  readonly className: string;
  readonly isNumeric: boolean;
  readonly isComplex: boolean;
  readonly dimensions: readonly number[];
}

/** A file's name, for errors, and the order of its bytes. */
export interface MatFormat {
  readonly file: string;
  readonly isLittle: boolean;
}

export function malformed({ file }: MatFormat, what: string): DataError {
  return new DataError("data/mat5", `${file} is a damaged MAT file: ${what}; fetch it again`, {
    value: file,
  });
}

/** The tag of a data element; `small` holds the content where the tag itself does. */
export interface ElementTag {
  readonly type: number;
  readonly byteLength: number;
  readonly small?: Uint8Array;
}

/** Reads a tag of eight bytes, of the long kind or the small one, which has room for four bytes of content. */
export function parseTag(bytes: Uint8Array, format: MatFormat): ElementTag {
  const view = viewOf(bytes);
  const first = view.getUint32(0, format.isLittle);
  const smallLength = first >>> 16;
  if (smallLength === 0) return { type: first, byteLength: view.getUint32(4, format.isLittle) };
  if (smallLength > 4) throw malformed(format, `a small data element states ${smallLength} bytes`);
  return { type: first & 0xffff, byteLength: smallLength, small: bytes.subarray(4, 4 + smallLength) };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function numberTypeOf(type: number, format: MatFormat): NumberType {
  const found = numberTypes[type];
  if (!found) throw malformed(format, `a data element of type ${type} is not numeric`);
  return found;
}

/** Reads a short data element whole, with its padding to eight bytes. */
async function shortElement(
  stream: ByteStream,
  type: number,
  most: number,
  format: MatFormat,
): Promise<Uint8Array> {
  const tag = parseTag(await stream.take(8), format);
  if (tag.type !== type) throw malformed(format, `a data element has type ${tag.type}, not ${type}`);
  if (tag.byteLength > most)
    throw malformed(format, `a header's data element states ${tag.byteLength} bytes`);
  if (tag.small) return tag.small;
  const bytes = await stream.take(tag.byteLength);
  await stream.skip((8 - (tag.byteLength % 8)) % 8);
  return bytes;
}

/**
 * Reads what stands before an array's numbers: flags, dimensions and name.
 * @returns undefined for an array of a class whose layout is another (opaque objects, functions)
 * @throws DataError "data/mat5" or "data/truncated"; what the stream throws
 */
export async function readArrayHeader(
  stream: ByteStream,
  format: MatFormat,
): Promise<ArrayHeader | undefined> {
  const flags = await shortElement(stream, 6, 8, format);
  if (flags.length !== 8) throw malformed(format, `an array's flags take ${flags.length} bytes, not 8`);
  const word = viewOf(flags).getUint32(0, format.isLittle);
  const number = word & 0xff;
  const className = classNames[number];
  if (className === undefined) return undefined;
  const sides = await shortElement(stream, 5, 4 * mostDimensions, format);
  if (sides.length < 8 || sides.length % 4 !== 0) throw malformed(format, "an array has no two dimensions");
  const dimensions = Array.from({ length: sides.length / 4 }, (_, i) =>
    viewOf(sides).getInt32(4 * i, format.isLittle),
  );
  if (dimensions.some((side) => side < 0)) throw malformed(format, "an array has a negative dimension");
  const name = new TextDecoder().decode(await shortElement(stream, 1, longestName, format));
  const isNumeric = number >= numericClasses[0] && number <= numericClasses[1];
  return { name, className, isNumeric, isComplex: ((word >>> 8) & complexFlag) !== 0, dimensions };
}
