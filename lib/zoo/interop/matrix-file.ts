import { closeSync, openSync, readSync } from "node:fs";
import { DataError } from "../../core/errors.js";
import { NpyRows } from "../../core/npy-rows.js";
import { decodeReals } from "../../core/safetensors-bytes.js";
import { readHeader, type StoredTensor } from "../store/safetensors.js";

/** A matrix on disk, rows = checkpoints, of which any row can be read as float32. Close it at the end. */
export interface MatrixFile {
  readonly rows: number;
  readonly cols: number;
  /** Reads a row into `target`, which has `cols` entries. */
  readRow(row: number, target: Float32Array): void;
  close(): void;
}

/** Name of the tensor that holds all checkpoints of a safetensors file. */
export const matrixTensor = "weights";

/**
 * Opens a matrix of checkpoints: a .npy file, or the tensor `weights` of a safetensors file.
 * @throws DataError naming the file that is missing, truncated, or holds no such matrix
 */
export function openMatrix(path: string): MatrixFile {
  return path.endsWith(".safetensors") ? new SafetensorsRows(path) : NpyRows.open(path);
}

class SafetensorsRows implements MatrixFile {
  readonly rows: number;
  readonly cols: number;
  private readonly tensor: StoredTensor;
  private readonly file: number;
  private readonly bytes: Uint8Array;

  constructor(private readonly path: string) {
    const tensor = readHeader(path).tensors.find(({ name }) => name === matrixTensor);
    if (tensor?.shape.length !== 2) {
      throw new DataError(
        "safetensors/tensor",
        `${path} has no matrix "${matrixTensor}" (rows = checkpoints)`,
      );
    }
    [this.rows, this.cols] = tensor.shape;
    this.tensor = tensor;
    this.bytes = new Uint8Array(tensor.bytes / Math.max(1, this.rows));
    this.file = openSync(path, "r");
  }

  readRow(row: number, target: Float32Array): void {
    const { bytes, tensor } = this;
    const position = tensor.start + row * bytes.length;
    if (readSync(this.file, bytes, 0, bytes.length, position) !== bytes.length) {
      throw new DataError("safetensors/format", `${this.path} was cut while it was read; get it again`);
    }
    target.set(decodeReals(bytes, tensor.dtype, `${this.path}, tensor "${tensor.name}"`));
  }

  close(): void {
    closeSync(this.file);
  }
}
