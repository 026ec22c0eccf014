import { DataError } from "./errors.js";
import { decodeBfloat16, decodeFloat16 } from "./half.js";

// This file runs in a browser page as it is: nothing of Node.

/** Bytes of one entry of each type the format knows. */
const entryBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

/** Entry types of the format. */
export type SafetensorsType = keyof typeof entryBytes;

/** Shape and type of a tensor in a safetensors file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
}

/** A tensor as it stands in a file. */
export interface StoredTensor extends TensorInfo {
  /** Position of its first byte in the file. */
  readonly start: number;
  readonly bytes: number;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  /** The free text fields under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly StoredTensor[];
  /** Position of the first data byte. */
  readonly dataStart: number;
}

/** The format's own limit on the header. */
export const maxHeaderBytes: number = 100_000_000;

/** Bytes that a tensor of this shape and type takes. */
export function tensorBytes(tensor: TensorInfo): number {
  return tensor.shape.reduce((product, side) => product * side, 1) * entryBytes[tensor.dtype];
}

/**
 * Bytes that the JSON of a header takes, which starts at byte 8.
 * @param where what the file is called, for messages
 * @param first the first bytes of the file, at least 8 where it has so many
 * @param size bytes of the whole file
 * @throws DataError "safetensors/format"
 */
export function headerLength(where: string, first: Uint8Array, size: number): number {
  if (size < 8) throw malformed(where, `it has only ${size} bytes`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes || 8 + length > size) {
    throw malformed(where, `its header claims ${length} bytes and the file has ${size}`);
  }
  return length;
}

/**
 * Reads and checks the JSON of a header.
 * @param where what the file is called, for messages
 * @param bytes the JSON's bytes: those from byte 8, as many as headerLength says
 * @param size bytes of the whole file
 * @throws DataError "safetensors/format" when it is not of the format, or its offsets do not fit the file
 */
export function parseSafetensorsHeader(where: string, bytes: Uint8Array, size: number): SafetensorsHeader {
  const json = parseJson(where, bytes);
  const dataStart = 8 + bytes.length;
  const { __metadata__: metadata = {}, ...entries } = json;
  const tensors = Object.entries(entries).map(([name, entry]) => parseTensor(where, name, entry, dataStart));
  checkOffsets(where, tensors, dataStart, size);
  return { metadata: parseMetadata(where, metadata), tensors, dataStart };
}

function parseJson(path: string, bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed(path, "its header is not JSON", cause);
  }
  if (bytes[0] !== 0x7b || !isObject(json)) throw malformed(path, "its header is not a JSON object");
  return json;
}

function parseMetadata(path: string, value: unknown): Record<string, string> {
  if (!isObject(value) || Object.values(value).some((entry) => typeof entry !== "string")) {
    throw malformed(path, "its __metadata__ is not a map of texts");
  }
  return value as Record<string, string>;
}

function parseTensor(path: string, name: string, entry: unknown, dataStart: number): StoredTensor {
  if (!isObject(entry)) throw malformed(path, `tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(entryBytes, dtype)) {
    throw malformed(path, `tensor "${name}" has the unknown type ${JSON.stringify(dtype)}`);
  }
  if (!isCounts(shape)) throw malformed(path, `tensor "${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1] < offsets[0]) {
    throw malformed(path, `tensor "${name}" has no valid data_offsets`);
  }
  const [begin, end] = offsets;
  const tensor = { name, dtype: dtype as SafetensorsType, shape };
  if (tensorBytes(tensor) !== end - begin) {
    throw malformed(path, `tensor "${name}" needs ${tensorBytes(tensor)} bytes and has ${end - begin}`);
  }
  return { ...tensor, start: dataStart + begin, bytes: end - begin };
}

/** The format allows neither gaps nor overlaps, and the last tensor ends where the file does. */
function checkOffsets(path: string, tensors: readonly StoredTensor[], dataStart: number, size: number): void {
  let position = dataStart;
  for (const tensor of [...tensors].sort((a, b) => a.start - b.start || a.bytes - b.bytes)) {
    if (tensor.start !== position) throw malformed(path, `tensor "${tensor.name}" leaves a gap or overlaps`);
    position += tensor.bytes;
  }
  if (position !== size) throw malformed(path, `it has ${size} bytes where its header says ${position}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** The error of a file that is not of the format. */
export function malformed(path: string, why: string, cause?: unknown): DataError {
  return new DataError(
    "safetensors/format",
    `${path} is not a whole safetensors file: ${why}; get it or make it again`,
    { value: path, cause },
  );
}

/**
 * Real numbers of a safetensors tensor as float32.
 * @param bytes of the tensor, little-endian, at the start of their buffer
 * @throws DataError "safetensors/dtype" for a type that is not F32, F64, F16 or BF16
 */
export function decodeReals(bytes: Uint8Array, dtype: SafetensorsType, where: string): ArrayLike<number> {
  switch (dtype) {
    case "F32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    case "F64":
      return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    case "F16":
      return decodeFloat16(bytes);
    case "BF16":
      return decodeBfloat16(bytes);
    default:
      throw new DataError("safetensors/dtype", `${where} is ${dtype}; give F32, F64, F16 or BF16`, {
        value: dtype,
      });
  }
}
