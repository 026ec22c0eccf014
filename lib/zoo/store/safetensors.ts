import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "../../core/errors.js";
import { writeChunksAtomic } from "../../core/files.js";
import {
  headerLength,
  malformed,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type StoredTensor,
  type TensorInfo,
  tensorBytes,
} from "../../core/safetensors-bytes.js";

export {
  type SafetensorsHeader,
  type SafetensorsType,
  type StoredTensor,
  type TensorInfo,
  tensorBytes,
} from "../../core/safetensors-bytes.js";

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
  const length = headerLength(path, readBytes(path, file, 0, Math.min(8, size)), size);
  return parseSafetensorsHeader(path, readBytes(path, file, 8, length), size);
}
