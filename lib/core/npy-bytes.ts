import { DataError } from "./errors.js";

// This file runs in a browser page as it is: nothing of Node.

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

/** The first bytes of every .npy file. */
export const npyMagic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

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
  if (bytes.length < 12 || npyMagic.some((byte, i) => bytes[i] !== byte)) {
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
