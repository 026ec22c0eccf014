import { workerCount } from "../core/environment.js";
import type { StopOptions } from "../core/progress.js";
import { WorkerPool } from "../core/workers.js";
import { RightOperand } from "./gemm.js";
import type { ProductsJob, ProductsSetup } from "./row-products-worker.js";

/** Rows on shared memory, float32, row-major. */
export interface SharedRows {
  readonly data: Float32Array;
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

/** Inner products of a block, [to - from, columns]; valid until the next block is asked for. */
export interface ProductBlock extends RowBlock {
  readonly products: Float32Array;
}

export interface ProductOptions extends StopOptions {
  /** What the products are for, as workers name it when they fail. */
  readonly label: string;
  /** Threads; by default all cores where the work takes more than a moment, else the calling one. */
  readonly workers?: number;
}

/** Blocks that are computed ahead of the one in use. */
const ahead = 2;
/** Multiply-adds that take about as long as starting the threads. */
const alone = 4e9;

/** Room for rows that threads share. */
export function sharedRows(rows: number, cols: number): SharedRows {
  return { data: new Float32Array(new SharedArrayBuffer(4 * rows * cols)), rows, cols };
}

/**
 * Inner products of blocks of rows with leading rows, block by block in the given order. On worker threads each packs and
 * multiplies its share of the rows, and computes ahead while the caller uses a block; the bits are the same on any number
 * of threads. Packed rows take as much memory as the rows, whatever the number of threads.
 * @throws InterruptedError when the signal is aborted while threads work; on the calling thread nothing looks at it
 */
export async function* productBlocks(
  rows: SharedRows,
  blocks: readonly RowBlock[],
  options: ProductOptions,
): AsyncGenerator<ProductBlock> {
  const work = blocks.reduce((sum, { from, to, columns }) => sum + (to - from) * columns * rows.cols, 0);
  const workers = options.workers ?? (work > alone ? workerCount() : 1);
  if (workers === 1) yield* onThisThread(rows, blocks);
  else yield* onWorkers(rows, blocks, workers, options);
}

function* onThisThread(
  { data, rows, cols }: SharedRows,
  blocks: readonly RowBlock[],
): Generator<ProductBlock> {
  const right = new RightOperand<Float32Array>(data, cols, rows, true);
  const room = new Float32Array(largest(blocks));
  for (const block of blocks) {
    const { from, to, columns } = block;
    const products = room.subarray(0, (to - from) * columns);
    right.multiply(data.subarray(from * cols, to * cols), to - from, products, { columns });
    yield { ...block, products };
  }
}

async function* onWorkers(
  { data, rows, cols }: SharedRows,
  blocks: readonly RowBlock[],
  workers: number,
  { label, signal }: ProductOptions,
): AsyncGenerator<ProductBlock> {
  const script = new URL("./row-products-worker.js", import.meta.url);
  // A pool a thread: each has its own part of the rows.
  const pools = Array.from({ length: workers }, (_, part) => {
    const setup: ProductsSetup = {
      data: data.buffer as unknown as SharedArrayBuffer,
      rows,
      cols,
      part,
      parts: workers,
    };
    return new WorkerPool<ProductsJob, null>(script, { label, signal, workers: 1, workerData: setup });
  });
  const rooms = Array.from({ length: ahead + 1 }, () => new SharedArrayBuffer(4 * largest(blocks)));
  const started: Promise<unknown>[] = [];
  const start = (index: number) => {
    if (index >= blocks.length) return;
    const job = { ...blocks[index], out: rooms[index % rooms.length] };
    const parts = Promise.all(pools.map((pool) => pool.run(job)));
    // A failure is thrown where the block is awaited; until then nobody listens.
    parts.catch(() => undefined);
    started[index] = parts;
  };
  try {
    for (let index = 0; index < ahead; index++) start(index);
    for (const [index, block] of blocks.entries()) {
      start(index + ahead);
      await started[index];
      const length = (block.to - block.from) * block.columns;
      yield { ...block, products: new Float32Array(rooms[index % rooms.length], 0, length) };
    }
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Most products of a block. */
function largest(blocks: readonly RowBlock[]): number {
  return blocks.reduce((most, { from, to, columns }) => Math.max(most, (to - from) * columns), 0);
}
