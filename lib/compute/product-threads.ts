import type { StopOptions } from "../core/progress.js";
import { WorkerPool } from "../core/workers.js";
import type { Reals } from "./gemm.js";
import type { ProductJob, SharedOperand, ThreadPart } from "./product-worker.js";
import type { SimdKind } from "./simd.js";

/** Rows on shared memory, row-major. */
export interface SharedRows<T extends Reals = Reals> {
  readonly data: T;
  readonly rows: number;
  readonly cols: number;
}

/** Rows from..to of a block. */
export interface RowBlock {
  readonly from: number;
  readonly to: number;
  /** The block's rows are multiplied with rows 0..columns. */
  readonly columns: number;
}

/** Room for float32 numbers that threads share. */
export function shared32(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** Room for float64 numbers that threads share. */
export function shared64(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/**
 * Threads that multiply rows with rows. Each packs and multiplies its own part of the right operand, so that what is
 * packed takes as much memory as the operand, whatever the number of threads. Bits do not depend on their number.
 */
export class ProductThreads {
  private readonly pools: readonly WorkerPool<ProductJob, null>[];
  private readonly ids = new WeakMap<SharedRows, number>();
  private lastId = 0;

  /** @param label what the products are for, as an interrupted or failed thread names it */
  constructor(workers: number, label: string, { signal }: StopOptions) {
    const script = new URL("./product-worker.js", import.meta.url);
    // A pool a thread, for each has its part.
    this.pools = Array.from({ length: workers }, (_, part) => {
      const workerData: ThreadPart = { part, parts: workers };
      return new WorkerPool<ProductJob, null>(script, { label, signal, workers: 1, workerData });
    });
  }

  /**
   * Writes the inner products of a block of rows of `left` with leading rows of `right` into `out`. Calls are served in
   * order; `right` is packed again when it is another object than in the call before. All must be on shared memory.
   * @throws InterruptedError when the signal is aborted
   */
  run<T extends Reals>(
    left: SharedRows<T>,
    right: SharedRows<T>,
    block: RowBlock,
    out: T,
    simd: SimdKind,
  ): Promise<unknown> {
    const size = right.data.BYTES_PER_ELEMENT as 4 | 8;
    const { rows, cols } = right;
    const operand: SharedOperand = {
      data: bufferOf(right.data),
      rows,
      cols,
      size,
      id: this.idOf(right),
      simd,
    };
    const job = {
      left: { data: bufferOf(left.data), cols: left.cols, size },
      right: operand,
      ...block,
      out: bufferOf(out),
    };
    const parts = Promise.all(this.pools.map((pool) => pool.run(job)));
    // A failure is thrown where the caller awaits it, which may be later.
    parts.catch(() => undefined);
    return parts;
  }

  async close(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.close()));
  }

  private idOf(rows: SharedRows): number {
    let id = this.ids.get(rows);
    if (id === undefined) {
      id = ++this.lastId;
      this.ids.set(rows, id);
    }
    return id;
  }
}

function bufferOf(data: Reals): SharedArrayBuffer {
  return data.buffer as unknown as SharedArrayBuffer;
}
