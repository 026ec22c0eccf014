import { DataError } from "../../core/errors.js";
import { parseNpy } from "../../core/npy-bytes.js";
import {
  decodeReals,
  headerLength,
  parseSafetensorsHeader,
  type StoredTensor,
} from "../../core/safetensors-bytes.js";
import { layerOrder } from "./layer-order.js";

// This file runs in a browser page as it is: nothing of Node.

/** Tensors of other types (batch norm's counters) are no weights. */
const realTypes = ["F32", "F64", "F16", "BF16"];

/**
 * All weights in a file of one network, joined in the order of its layers: those of a safetensors file, or the one array of
 * a .npy file.
 * @param name of the file; its ending says what it is
 * @throws DataError "weights/kind" for another ending, "weights/many" for a file of many checkpoints, "weights/empty",
 *   "weights/type", and what the formats' readers throw for files that are damaged
 */
export function readWeights(name: string, bytes: Uint8Array): Float32Array {
  const ending = /\.(safetensors|npy)$/i.exec(name)?.[1].toLowerCase();
  if (ending === undefined) {
    throw new DataError(
      "weights/kind",
      `"${name}" is no weights file; drop a .safetensors file or a .npy file of one network`,
      { value: name },
    );
  }
  const theta = ending === "npy" ? npyWeights(name, bytes) : safetensorsWeights(name, bytes);
  if (theta.length > 0) return theta;
  throw new DataError("weights/empty", `"${name}" holds no real numbers; drop a file with weights`);
}

function npyWeights(name: string, bytes: Uint8Array): Float32Array {
  const { data, dtype } = parseNpy(bytes, `"${name}"`);
  if (dtype.startsWith("f")) return Float32Array.from(data);
  throw new DataError(
    "weights/type",
    `"${name}" holds whole numbers (${dtype}); save the weights as f4 or f8`,
  );
}

function safetensorsWeights(name: string, bytes: Uint8Array): Float32Array {
  const where = `"${name}"`;
  const length = headerLength(where, bytes.subarray(0, 8), bytes.length);
  const { tensors, metadata } = parseSafetensorsHeader(where, bytes.subarray(8, 8 + length), bytes.length);
  const real = tensors.filter(({ dtype }) => realTypes.includes(dtype)).sort((a, b) => a.start - b.start);
  // A zoo's file: one tensor with a row a checkpoint, or, where networks differ, a tensor each.
  const isMatrix = real.length === 1 && real[0].name === "weights" && metadata.layout !== undefined;
  const checkpoints = isMatrix ? real[0].shape[0] : real.filter(({ name: it }) => isCheckpoint(it)).length;
  if (checkpoints > 1) {
    throw new DataError(
      "weights/many",
      `"${name}" holds ${checkpoints} checkpoints; weightbook zoo export ZOO --format safetensors writes one file each`,
      { value: checkpoints },
    );
  }
  return joined(layerOrder(real), bytes, where);
}

const isCheckpoint = (name: string): boolean => /^weights\/\d+\/\d+$/.test(name);

function joined(tensors: readonly StoredTensor[], bytes: Uint8Array, where: string): Float32Array {
  const parts = tensors.map(({ start, bytes: length, dtype, name }) =>
    // A copy: typed arrays need aligned offsets.
    decodeReals(new Uint8Array(bytes.subarray(start, start + length)), dtype, `${where}, tensor "${name}"`),
  );
  const theta = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    theta.set(part, at);
    at += part.length;
  }
  return theta;
}
