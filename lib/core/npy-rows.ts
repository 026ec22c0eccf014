import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "./errors.js";
import { writeChunksAtomic } from "./files.js";
import {
  formatNpyHeader,
  type NpyHeader,
  npyBytes,
  npyHeaderBytes,
  parseNpyHeader,
  truncatedNpy,
} from "./npy.js";

/**
 * A .npy matrix of real numbers that stays on disk: any of its rows is read when it is asked for, so that a matrix
 * of many gigabytes needs the memory of one row. Close it when it is no longer needed.
 */
export class NpyRows {
  readonly rows: number;
  readonly cols: number;
  private readonly bytes: Uint8Array;

  private constructor(
    readonly path: string,
    private readonly file: number,
    private readonly header: NpyHeader,
  ) {
    [this.rows, this.cols] = header.shape;
    this.bytes = new Uint8Array(this.cols * npyBytes[header.dtype]);
  }

  /**
   * Opens a .npy file and checks its header and size.
   * @throws DataError "npy/missing", "npy/truncated", "npy/matrix" for an array that is not a matrix of f4 or f8,
   *   and as parseNpyHeader
   */
  static open(path: string): NpyRows {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (cause) {
      throw new DataError("npy/missing", `cannot open ${path}`, { value: path, cause });
    }
    try {
      const { size } = fstatSync(file);
      const first = new Uint8Array(Math.min(size, npyHeaderBytes));
      readSync(file, first, 0, first.length, 0);
      const header = parseNpyHeader(first, path);
      const isReal = header.dtype === "f4" || header.dtype === "f8";
      if (header.shape.length !== 2 || !isReal) {
        const found = `${header.dtype} of shape [${header.shape}]`;
        throw new DataError("npy/matrix", `${path} holds ${found}; give a matrix of f4 or f8`, {
          value: header.shape,
        });
      }
      if (size < header.end) throw truncatedNpy(path, size, header.end);
      return new NpyRows(path, file, header);
    } catch (cause) {
      closeSync(file);
      throw cause;
    }
  }

  /**
   * Reads one row into `target`, as float32.
   * @param target `cols` numbers
   * @throws DataError when the file was cut since it was opened
   */
  readRow(row: number, target: Float32Array): void {
    const { bytes } = this;
    const position = this.header.start + row * bytes.length;
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.file, bytes, done, bytes.length - done, position + done);
      if (count === 0) throw truncatedNpy(this.path, position + done, this.header.end);
      done += count;
    }
    target.set(this.header.dtype === "f4" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer));
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * Writes a float32 matrix to a .npy file in pieces of any size, under a temporary name that is renamed at the end.
 * @param pieces row-major entries, in order
 * @throws DataError "npy/length" when the pieces do not add up to rows x cols; StoreError when it cannot be written
 */
export async function writeNpyRows(
  path: string,
  rows: number,
  cols: number,
  pieces: AsyncIterable<Float32Array>,
): Promise<void> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield formatNpyHeader("f4", [rows, cols]);
    let written = 0;
    for await (const piece of pieces) {
      written += piece.length;
      yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
    }
    if (written !== rows * cols) {
      throw new DataError("npy/length", `${path} needs ${rows * cols} numbers but was given ${written}`, {
        value: written,
      });
    }
  }
  await writeChunksAtomic(path, chunks());
}
