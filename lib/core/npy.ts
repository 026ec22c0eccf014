import { readFileSync } from "node:fs";
import { DataError, SpecError } from "./errors.js";
import { writeFileAtomic } from "./files.js";

/** Element types by numpy's names; all little-endian. */
export type NpyType = "f4" | "f8" | "i4" | "i8" | "u1";
export type NpyData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** An array of a .npy file, in C order. */
export interface NpyArray {
  readonly dtype: NpyType;
  readonly shape: readonly number[];
  /** `i8` values are held as Float64Array, since every integer up to 2^53 is exact there. */
  readonly data: NpyData;
}

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly dtype: NpyType;
  readonly shape: readonly number[];
  /** Position of the first data byte. */
  readonly start: number;
  /** Bytes of the whole file. */
  readonly end: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Bytes of one element of each type. */
export const npyBytes: Readonly<Record<NpyType, number>> = { f4: 4, f8: 8, i4: 4, i8: 8, u1: 1 };

/** Bytes from the start of a file that hold its whole header, whatever its version: numpy pads it to far less. */
export const npyHeaderBytes: number = 1 << 16;

/**
 * Reads the array in the bytes of a .npy file (format versions 1 to 3).
 * @param where what the bytes are, for messages
 * @throws DataError "npy/format", "npy/type", "npy/order", "npy/truncated" or "npy/range"
 */
export function parseNpy(bytes: Uint8Array, where = "the .npy data"): NpyArray {
  const { dtype, shape, start, end } = parseNpyHeader(bytes, where);
  if (bytes.length < end) throw truncatedNpy(where, bytes.length, end);
  return { dtype, shape, data: decode(new Uint8Array(bytes.subarray(start, end)), dtype, where) };
}

/**
 * Reads the header in the first bytes of a .npy file.
 * @param bytes at least the whole header; the first `npyHeaderBytes` of the file always are
 * @param where what the bytes are, for messages
 * @throws DataError as parseNpy, but for the data
 */
export function parseNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const { text, start } = headerOf(bytes, where);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dimensions = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || dimensions === undefined) {
    throw new DataError("npy/format", `${where} has a .npy header that cannot be read: ${text.trim()}`);
  }
  const dtype = descr.replace(/^[<|]/, "") as NpyType;
  if (!(dtype in npyBytes) || descr.startsWith(">")) {
    throw new DataError(
      "npy/type",
      `${where} holds elements of type ${descr}; save it as f4, f8, i4, i8 or u1`,
      { value: descr },
    );
  }
  if (order === "True") {
    throw new DataError("npy/order", `${where} is in Fortran order; save it with numpy.ascontiguousarray`);
  }
  const shape = dimensions
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype, shape, start, end: start + count * npyBytes[dtype] };
}

/** The error of a .npy file that is shorter than its header says. */
export function truncatedNpy(where: string, got: number, wanted: number): DataError {
  return new DataError("npy/truncated", `${where} is truncated: ${got} bytes of ${wanted}; get it again`, {
    value: got,
  });
}

function headerOf(bytes: Uint8Array, where: string): { text: string; start: number } {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError("npy/format", `${where} is not a .npy file`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = bytes[6] === 1 ? 10 : 12;
  const start = from + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw new DataError("npy/truncated", `${where} ends within its .npy header`);
  return { text: new TextDecoder("latin1").decode(bytes.subarray(from, start)), start };
}

/** `copy` must own its buffer: typed arrays need aligned offsets. */
function decode(copy: Uint8Array, dtype: NpyType, where: string): NpyData {
  const buffer = copy.buffer as ArrayBuffer;
  if (dtype === "u1") return copy;
  if (dtype === "f4") return new Float32Array(buffer);
  if (dtype === "f8") return new Float64Array(buffer);
  if (dtype === "i4") return new Int32Array(buffer);
  const numbers = Float64Array.from(new BigInt64Array(buffer), Number);
  if (!numbers.every(Number.isSafeInteger)) {
    throw new DataError("npy/range", `${where} holds 64-bit integers beyond 2^53; save it as f8`);
  }
  return numbers;
}

/** Reads a .npy file; see parseNpy. */
export function readNpy(path: string): NpyArray {
  return parseNpy(readFileSync(path), path);
}

/**
 * The bytes of a .npy file (format version 1, C order).
 * @param shape product must be the number of values
 * @param dtype default: the type of the typed array; `i8` takes whole numbers in a Float64Array
 * @throws SpecError when shape, type and data do not fit
 */
export function formatNpy(
  data: NpyData,
  shape: readonly number[] = [data.length],
  dtype?: NpyType,
): Uint8Array {
  const natural = naturalType(data);
  const type = dtype ?? natural;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new SpecError("npy/shape", `shape [${shape}] holds ${count} values but there are ${data.length}`, {
      value: shape,
    });
  }
  const wide = type === "i8" && natural === "f8" && data.every(Number.isSafeInteger);
  if (type !== natural && !wide) {
    throw new SpecError("npy/type", `${natural} values cannot be written as ${type} without loss`, {
      value: type,
    });
  }
  const values = wide ? BigInt64Array.from(data as Float64Array, BigInt) : data;
  const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([formatNpyHeader(type, shape), body]);
}

/** The header of a .npy file (format version 1, C order), padded so that the data start on a multiple of 64 bytes. */
export function formatNpyHeader(dtype: NpyType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${dtype === "u1" ? "|" : "<"}${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const head = Uint8Array.from([...magic, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([head, Buffer.from(padded, "latin1")]);
}

function naturalType(data: NpyData): NpyType {
  if (data instanceof Float32Array) return "f4";
  if (data instanceof Float64Array) return "f8";
  return data instanceof Int32Array ? "i4" : "u1";
}

/** Writes a .npy file atomically; see formatNpy. */
export function writeNpy(path: string, data: NpyData, shape?: readonly number[], dtype?: NpyType): void {
  writeFileAtomic(path, formatNpy(data, shape, dtype));
}
