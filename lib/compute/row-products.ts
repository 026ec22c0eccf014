import { workerCount } from "../core/environment.js";
import type { StopOptions } from "../core/progress.js";
import { RightOperand } from "./gemm.js";
import { laneSimd } from "./lanes.js";
import { ProductThreads, type RowBlock, type SharedRows, shared32 } from "./product-threads.js";

/** Inner products of a block, [to - from, columns]; valid until the next block is asked for. */
export interface ProductBlock extends RowBlock {
  readonly products: Float32Array;
}

export interface ProductOptions extends StopOptions {
  /** What the products are for, as an interrupted or failed thread names it. */
  readonly label: string;
  /** Threads; by default all cores where the work takes more than a moment, else the calling one. */
  readonly workers?: number;
}

/** Blocks that are computed ahead of the one in use. */
const ahead = 2;
/** Multiply-adds that take about as long as starting the threads. */
const alone = 4e9;

/** The number of threads asked for, else all cores for that many multiply-adds, else one. */
export function productWorkers(multiplyAdds: number, asked?: number): number {
  return asked ?? (multiplyAdds > alone ? workerCount() : 1);
}

/**
 * Inner products of blocks of rows with leading rows, block by block in the given order; threads compute ahead while the
 * caller uses a block. The bits are the same on any number of threads, but not on any machine: products are fused with
 * sums where that is faster.
 * @throws InterruptedError when the signal is aborted while threads work; on the calling thread nothing looks at it
 */
export async function* productBlocks(
  rows: SharedRows<Float32Array>,
  blocks: readonly RowBlock[],
  options: ProductOptions,
): AsyncGenerator<ProductBlock> {
  const work = blocks.reduce((sum, { from, to, columns }) => sum + (to - from) * columns * rows.cols, 0);
  const workers = productWorkers(work, options.workers);
  if (workers === 1) yield* onThisThread(rows, blocks);
  else yield* onThreads(rows, blocks, workers, options);
}

function* onThisThread(
  { data, rows, cols }: SharedRows<Float32Array>,
  blocks: readonly RowBlock[],
): Generator<ProductBlock> {
  const right = new RightOperand<Float32Array>(data, cols, rows, true, laneSimd());
  const room = new Float32Array(largest(blocks));
  for (const block of blocks) {
    const { from, to, columns } = block;
    const products = room.subarray(0, (to - from) * columns);
    right.multiply(data.subarray(from * cols, to * cols), to - from, products, { columns });
    yield { ...block, products };
  }
}

async function* onThreads(
  rows: SharedRows<Float32Array>,
  blocks: readonly RowBlock[],
  workers: number,
  options: ProductOptions,
): AsyncGenerator<ProductBlock> {
  const threads = new ProductThreads(workers, options.label, options);
  const rooms = Array.from({ length: ahead + 1 }, () => shared32(largest(blocks)));
  const simd = laneSimd();
  const started: Promise<unknown>[] = [];
  const start = (index: number) => {
    if (index >= blocks.length) return;
    started[index] = threads.run(rows, rows, blocks[index], rooms[index % rooms.length], simd);
  };
  try {
    for (let index = 0; index < ahead; index++) start(index);
    for (const [index, block] of blocks.entries()) {
      start(index + ahead);
      await started[index];
      const products = rooms[index % rooms.length].subarray(0, (block.to - block.from) * block.columns);
      yield { ...block, products };
    }
  } finally {
    await threads.close();
  }
}

/** Most products of a block. */
function largest(blocks: readonly RowBlock[]): number {
  return blocks.reduce((most, { from, to, columns }) => Math.max(most, (to - from) * columns), 0);
}
