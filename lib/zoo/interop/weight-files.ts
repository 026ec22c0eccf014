import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { DataError } from "../../core/errors.js";
import {
  type NpyHeader,
  npyBytes,
  npyHeaderBytes,
  parseNpyHeader,
  readNpy,
  truncatedNpy,
} from "../../core/npy.js";
import { decodeReals } from "../../core/safetensors-bytes.js";
import { readHeader, readTensor } from "../store/safetensors.js";

/** One tensor of a file of weights, in the order in which they are read. */
export interface FileTensor {
  /** "" for the array of a .npy file. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly length: number;
}

/** A file of weights by its head: its tensors of real numbers, sorted by name. */
export interface WeightFile {
  readonly path: string;
  readonly tensors: readonly FileTensor[];
  /** Number of weights. */
  readonly parameters: number;
}

const endings = [".safetensors", ".npy"];
const realTypes = ["F32", "F64", "F16", "BF16"];

/**
 * Paths of all files of weights in a folder and the folders in it, relative to it with "/", in natural order.
 * @throws DataError when the folder is not there or holds none
 */
export function listWeightFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DataError("weights/folder", `there is no folder ${folder}`, { value: folder });
  }
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, "/"));
  if (found.length === 0) {
    throw new DataError(
      "weights/none",
      `${folder} holds no ${endings.join(" or ")} files; give a folder of checkpoints, one file each`,
      { value: folder },
    );
  }
  return found.sort(new Intl.Collator("en", { numeric: true }).compare);
}

/**
 * Reads the head of a file of weights: a .npy array, or a safetensors file, whose tensors of whole numbers (batch norm's
 * counters) are left out. Tensors are sorted by name, since writers differ in the order in which they store the same
 * tensors, and distances only mean something where equal places hold equal weights.
 * @throws DataError naming the file that cannot be read or holds no real numbers
 */
export function openWeightFile(path: string): WeightFile {
  const tensors = path.endsWith(".npy") ? [npyTensor(path)] : realTensors(path);
  const parameters = tensors.reduce((sum, { length }) => sum + length, 0);
  if (parameters === 0) {
    throw new DataError("weights/empty", `${path} holds no real numbers`, { value: path });
  }
  return { path, tensors, parameters };
}

/**
 * The weights of a file, tensor by tensor in their order, as real numbers.
 * @throws DataError naming the file that is truncated or was changed since it was opened
 */
export function* weightsOf({ path, tensors }: WeightFile): Generator<ArrayLike<number>> {
  if (path.endsWith(".npy")) {
    yield readNpy(path).data;
    return;
  }
  for (const { name } of tensors) {
    const { tensor, bytes } = readTensor(path, name);
    yield decodeReals(bytes, tensor.dtype, `${path}, tensor "${name}"`);
  }
}

function npyTensor(path: string): FileTensor {
  const { dtype, shape, start, end } = npyHeader(path);
  if (!dtype.startsWith("f")) {
    throw new DataError("weights/type", `${path} holds whole numbers (${dtype}); give f4 or f8`, {
      value: dtype,
    });
  }
  return { name: "", shape, length: (end - start) / npyBytes[dtype] };
}

function npyHeader(path: string): NpyHeader {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const first = new Uint8Array(Math.min(size, npyHeaderBytes));
    readSync(file, first, 0, first.length, 0);
    const header = parseNpyHeader(first, path);
    if (size < header.end) throw truncatedNpy(path, size, header.end);
    return header;
  } finally {
    closeSync(file);
  }
}

function realTensors(path: string): FileTensor[] {
  return readHeader(path)
    .tensors.filter(({ dtype }) => realTypes.includes(dtype))
    .map(({ name, shape }) => ({ name, shape, length: shape.reduce((product, side) => product * side, 1) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
