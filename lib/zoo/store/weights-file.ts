import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { damaged, type ZooManifest } from "./manifest.js";

/** One call of the system reads less than 2 GiB. */
const mostBytesAtOnce = 1 << 30;

/** The rows of a zoo's merged file of weights, read by position. The file is open only while it is read. */
export class WeightsFile {
  readonly rows: number;

  /**
   * @param dataStart position of the first weight in the file
   * @param starts where each row starts among the weights, and, last, their number
   */
  constructor(
    private readonly path: string,
    private readonly dataStart: number,
    readonly starts: Float64Array,
    private readonly kind: ZooManifest["kind"],
  ) {
    this.rows = starts.length - 1;
  }

  /**
   * The weights of rows `first` to `end` (exclusive), behind each other.
   * @throws StoreError "zoo/damaged" when the file is not what it was when it was opened
   */
  read(first: number, end: number): Float32Array {
    const { bytes, position, weights } = this.place(first, end);
    const file = this.guard(() => openSync(this.path, "r"));
    try {
      this.checkSize(fstatSync(file).size);
      for (let done = 0; done < bytes.length; ) {
        const most = Math.min(bytes.length - done, mostBytesAtOnce);
        done += this.count(this.guard(() => readSync(file, bytes, done, most, position + done)));
      }
    } finally {
      closeSync(file);
    }
    return weights;
  }

  /** As read, without making the thread wait. */
  async readLater(first: number, end: number): Promise<Float32Array> {
    const { bytes, position, weights } = this.place(first, end);
    const file = await open(this.path, "r").catch((cause: unknown) => {
      throw this.altered(cause);
    });
    try {
      this.checkSize((await file.stat()).size);
      for (let done = 0; done < bytes.length; ) {
        const most = Math.min(bytes.length - done, mostBytesAtOnce);
        done += this.count((await file.read(bytes, done, most, position + done)).bytesRead);
      }
    } finally {
      await file.close();
    }
    return weights;
  }

  private place(first: number, end: number) {
    const weights = new Float32Array(this.starts[end] - this.starts[first]);
    return {
      weights,
      bytes: new Uint8Array(weights.buffer),
      position: this.dataStart + 4 * this.starts[first],
    };
  }

  private checkSize(bytes: number): void {
    if (bytes !== this.dataStart + 4 * this.starts[this.rows]) throw this.altered();
  }

  private count(bytes: number): number {
    if (bytes === 0) throw this.altered();
    return bytes;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw this.altered(cause);
    }
  }

  private altered(cause?: unknown) {
    const why = "it was altered since it was opened";
    return damaged(dirname(this.path), basename(this.path), why, { kind: this.kind, cause });
  }
}
