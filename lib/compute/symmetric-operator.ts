import type { Pacer } from "../core/numeric/pacer.js";
import { RightOperand } from "./gemm.js";
import { ProductThreads, type SharedRows, shared64 } from "./product-threads.js";
import { productWorkers } from "./row-products.js";

const rowsAtOnce = 128;
/** How often an iteration multiplies with its matrix, about. */
const usualProducts = 30;

/**
 * A symmetric matrix G [size, size] that blocks of vectors are multiplied with again and again, on all cores when it is
 * large; bits do not depend on that. To be closed.
 */
export class SymmetricOperator {
  /** On the calling thread. */
  private readonly right: RightOperand<Float64Array> | undefined;
  /** On others. */
  private readonly shared: { threads: ProductThreads; rows: SharedRows<Float64Array> } | undefined;

  /** @param width most vectors at once */
  constructor(
    g: Float64Array,
    private readonly size: number,
    width: number,
    private readonly pacer: Pacer,
  ) {
    const workers = productWorkers(usualProducts * width * size * size);
    if (workers === 1) {
      this.right = new RightOperand(g, size, size);
      return;
    }
    const data = shared64(size * size);
    data.set(g);
    const threads = new ProductThreads(workers, pacer.label, pacer);
    this.shared = { threads, rows: { data, rows: size, cols: size } };
  }

  /** V G for `count` vectors, the rows of V: [count, size]. */
  async apply(v: Float64Array, count: number): Promise<Float64Array> {
    const { shared, right, size, pacer } = this;
    if (right) return times(right, v, count, pacer);
    const data = shared64(count * size);
    data.set(v);
    const out = shared64(count * size);
    const block = { from: 0, to: count, columns: size };
    await shared?.threads.run({ data, rows: count, cols: size }, shared.rows, block, out, "plain");
    return out;
  }

  async close(): Promise<void> {
    await this.shared?.threads.close();
  }
}

/** V B for the rows of V, a block of rows at a time. */
export async function times(
  right: RightOperand<Float64Array>,
  v: Float64Array,
  rows: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const { inner, columns } = right;
  const out = new Float64Array(rows * columns);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const rowsOut = out.subarray(from * columns, to * columns);
    right.multiply(v.subarray(from * inner, to * inner), to - from, rowsOut);
    if (pacer.due()) await pacer.pause();
  }
  return out;
}
