import { workerCount } from "../core/environment.js";
import type { StopOptions } from "../core/progress.js";
import { type Reals, RightOperand } from "./gemm.js";
import { laneSimd } from "./lanes.js";
import { ProductThreads, type RowBlock, type SharedRows, shared32 } from "./product-threads.js";
import type { SimdKind } from "./simd.js";

/** A block of rows to be multiplied with leading rows of the same operand. */
export interface ProductStep<T extends Reals> extends RowBlock {
  readonly rows: SharedRows<T>;
}

/** Inner products of a block, [to - from, columns]; valid until the next block is asked for. */
export interface ProductBlock<T extends Reals> extends RowBlock {
  readonly products: T;
}

export interface ProductOptions extends StopOptions {
  /** What the products are for, as an interrupted or failed thread names it. */
  readonly label: string;
  /** Threads; by default all cores where the work takes more than a moment, else the calling one. */
  readonly workers?: number;
}

export interface StepOptions<T extends Reals> extends ProductOptions {
  /** Room for so many numbers, on shared memory. */
  readonly room: (length: number) => T;
  /** Most products of a step. */
  readonly largest: number;
  readonly simd: SimdKind;
  readonly workers: number;
  /** Threads to use in place of own ones; they stay open. */
  readonly threads?: ProductThreads | undefined;
}

/** Steps that are computed ahead of the one in use. */
export const stepsAhead = 2;
/** Multiply-adds that take about as long as starting the threads. */
const alone = 4e9;

/** The number of threads asked for, else all cores for that many multiply-adds, else one. */
export function productWorkers(multiplyAdds: number, asked?: number): number {
  return asked ?? (multiplyAdds > alone ? workerCount() : 1);
}

/**
 * Calls `work` with threads that several products of one computation share, or without any where so many multiply-adds
 * take but a moment.
 */
export async function withProductThreads<T>(
  multiplyAdds: number,
  { label, signal }: ProductOptions,
  work: (threads: ProductThreads | undefined) => Promise<T>,
): Promise<T> {
  const workers = productWorkers(multiplyAdds);
  if (workers === 1) return work(undefined);
  const threads = new ProductThreads(workers, label, { signal });
  try {
    return await work(threads);
  } finally {
    await threads.close();
  }
}

/**
 * Float32 inner products of blocks of rows with leading rows, block by block in the given order; threads compute ahead
 * while the caller uses a block. The bits are the same on any number of threads, but not on any machine: products are
 * fused with sums where that is faster.
 * @throws InterruptedError when the signal is aborted while threads work; on the calling thread nothing looks at it
 */
export async function* productBlocks(
  rows: SharedRows<Float32Array>,
  blocks: readonly RowBlock[],
  options: ProductOptions,
): AsyncGenerator<ProductBlock<Float32Array>> {
  const sizes = blocks.map(({ from, to, columns }) => (to - from) * columns);
  const work = rows.cols * sizes.reduce((sum, size) => sum + size, 0);
  yield* productSteps(
    blocks.map((block) => ({ ...block, rows })),
    {
      ...options,
      workers: productWorkers(work, options.workers),
      room: shared32,
      largest: sizes.reduce((most, size) => Math.max(most, size), 0),
      simd: laneSimd(),
    },
  );
}

/**
 * The same for steps that are made while the work goes on: at most `stepsAhead` of them before the caller has used the one
 * in hand. A step that brings other rows than the one before has them packed.
 */
export async function* productSteps<T extends Reals>(
  steps: Iterable<ProductStep<T>>,
  options: StepOptions<T>,
): AsyncGenerator<ProductBlock<T>> {
  if (options.workers === 1 && !options.threads) yield* onThisThread(steps, options);
  else yield* onThreads(steps, options);
}

function* onThisThread<T extends Reals>(
  steps: Iterable<ProductStep<T>>,
  { room, largest, simd }: StepOptions<T>,
): Generator<ProductBlock<T>> {
  const out = room(largest);
  let packed: { rows: SharedRows<T>; right: RightOperand<T> } | undefined;
  for (const { rows, from, to, columns } of steps) {
    const { data, cols } = rows;
    if (packed?.rows !== rows) {
      packed = { rows, right: new RightOperand(data, cols, rows.rows, true, simd) };
    }
    const products = out.subarray(0, (to - from) * columns) as T;
    const left = data.subarray(from * cols, to * cols) as T;
    packed.right.multiply(left, to - from, products, { columns });
    yield { from, to, columns, products };
  }
}

async function* onThreads<T extends Reals>(
  steps: Iterable<ProductStep<T>>,
  { workers, label, signal, room, largest, simd, threads: given }: StepOptions<T>,
): AsyncGenerator<ProductBlock<T>> {
  const threads = given ?? new ProductThreads(workers, label, { signal });
  const rooms = Array.from({ length: stepsAhead + 1 }, () => room(largest));
  const iterator = steps[Symbol.iterator]();
  const started: { block: RowBlock; out: T; done: Promise<unknown> }[] = [];
  let count = 0;
  const start = () => {
    const next = iterator.next();
    if (next.done) return;
    const { rows, from, to, columns } = next.value;
    const block = { from, to, columns };
    const out = rooms[count++ % rooms.length];
    started.push({ block, out, done: threads.run(rows, rows, block, out, simd) });
  };
  try {
    for (let index = 0; index < stepsAhead; index++) start();
    for (start(); started.length > 0; start()) {
      const { block, out, done } = started.shift()!;
      await done;
      const products = out.subarray(0, (block.to - block.from) * block.columns) as T;
      yield { ...block, products };
    }
  } finally {
    if (!given) await threads.close();
  }
}
