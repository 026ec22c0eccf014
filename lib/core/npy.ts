import { readFileSync } from "node:fs";
import { SpecError } from "./errors.js";
import { writeFileAtomic } from "./files.js";
import { type NpyArray, type NpyData, type NpyType, npyMagic, parseNpy } from "./npy-bytes.js";

export {
  type NpyArray,
  type NpyData,
  type NpyHeader,
  type NpyType,
  npyBytes,
  npyHeaderBytes,
  parseNpy,
  parseNpyHeader,
  truncatedNpy,
} from "./npy-bytes.js";

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
  const head = Uint8Array.from([...npyMagic, 1, 0, padded.length & 255, padded.length >> 8]);
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
