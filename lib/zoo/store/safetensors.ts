import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "../../core/errors.js";
import { writeChunksAtomic } from "../../core/files.js";

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
const maxHeaderBytes = 100_000_000;

/** Bytes that a tensor of this shape and type takes. */
export function tensorBytes(tensor: TensorInfo): number {
  return tensor.shape.reduce((product, side) => product * side, 1) * entryBytes[tensor.dtype];
}

/**
 * The header of a safetensors file: length (8 bytes, little-endian), then JSON padded with spaces so that the data
 * start on a multiple of 8. Tensors follow each other in the given order without gaps.
 */
export function encodeHeader(
  tensors: readonly TensorInfo[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const tensor of tensors) {
    const end = offset + tensorBytes(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, 8);
  return bytes;
}

/**
 * Writes a safetensors file under a temporary name and renames it when it is whole.
 * @param tensors in the order of their data
 * @param data the tensors' bytes in that order, in pieces of any size
 * @throws DataError "safetensors/length" when the pieces do not add up; StoreError when it cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorInfo[],
  metadata: Readonly<Record<string, string>>,
  data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const expected = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield encodeHeader(tensors, metadata);
    let written = 0;
    for await (const chunk of data) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== expected) {
      throw new DataError(
        "safetensors/length",
        `${path} needs ${expected} bytes of tensor data but was given ${written}`,
        { value: written },
      );
    }
  }
  await writeChunksAtomic(path, chunks());
}

/**
 * Reads and checks the header of a safetensors file.
 * @throws DataError when the file is missing, not of the format, truncated, too long, or its offsets do not fit
 */
export function readHeader(path: string): SafetensorsHeader {
  const file = open(path);
  try {
    return parseHeader(path, file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

/**
 * Reads one float32 tensor.
 * @param name of the tensor
 * @throws DataError as readHeader, or when there is no such tensor or it is not float32
 */
export function readFloat32(
  path: string,
  name: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const { tensor, bytes } = readTensor(path, name);
  if (tensor.dtype !== "F32") {
    throw new DataError("safetensors/dtype", `tensor "${name}" of ${path} is ${tensor.dtype}, not F32`, {
      value: tensor.dtype,
    });
  }
  return { shape: tensor.shape, data: new Float32Array(bytes.buffer) };
}

/**
 * Reads the bytes of one tensor of any type (little-endian, row-major).
 * @throws DataError as readHeader, or when there is no such tensor
 */
export function readTensor(path: string, name: string): { tensor: StoredTensor; bytes: Uint8Array } {
  const file = open(path);
  try {
    const { tensors } = parseHeader(path, file, fstatSync(file).size);
    const tensor = tensors.find((candidate) => candidate.name === name);
    if (!tensor) {
      const names = tensors.map((candidate) => candidate.name).join(", ");
      throw new DataError("safetensors/tensor", `${path} has no tensor "${name}"; it has ${names}`, {
        value: name,
      });
    }
    return { tensor, bytes: readBytes(path, file, tensor.start, tensor.bytes) };
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new DataError("safetensors/missing", `cannot open ${path}`, { value: path, cause });
  }
}

/** Reads exactly `length` bytes from `position`; one call of the system reads less than 2 GiB. */
function readBytes(path: string, file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (count === 0) throw malformed(path, `it ends after ${position + done} bytes`);
    done += count;
  }
  return bytes;
}

function parseHeader(path: string, file: number, size: number): SafetensorsHeader {
  if (size < 8) throw malformed(path, `it has only ${size} bytes`);
  const first = readBytes(path, file, 0, 8);
  const length = Number(new DataView(first.buffer).getBigUint64(0, true));
  if (length > maxHeaderBytes || 8 + length > size) {
    throw malformed(path, `its header claims ${length} bytes and the file has ${size}`);
  }
  const json = parseJson(path, readBytes(path, file, 8, length));
  const dataStart = 8 + length;
  const { __metadata__: metadata = {}, ...entries } = json;
  const tensors = Object.entries(entries).map(([name, entry]) => parseTensor(path, name, entry, dataStart));
  checkOffsets(path, tensors, dataStart, size);
  return { metadata: parseMetadata(path, metadata), tensors, dataStart };
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

function malformed(path: string, why: string, cause?: unknown): DataError {
  return new DataError(
    "safetensors/format",
    `${path} is not a whole safetensors file: ${why}; get it or make it again`,
    { value: path, cause },
  );
}
