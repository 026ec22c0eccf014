import type { Pacer } from "../core/numeric/pacer.js";
import { type Reals, RightOperand } from "./gemm.js";
import type { GramPrecision } from "./gram.js";
import { laneSimd } from "./lanes.js";
import { ProductThreads, type SharedRows, shared32, shared64 } from "./product-threads.js";
import { productWorkers } from "./row-products.js";
import type { SimdKind } from "./simd.js";

const rowsAtOnce = 128;
/** How often an iteration multiplies with its matrix, about. */
const usualProducts = 30;

export interface OperatorOptions {
  /** In which products are computed; "float64" by default. Float32 ones are fused where the machine can. */
  readonly precision?: GramPrecision;
  /** Threads to use in place of own ones; they stay open. */
  readonly threads?: ProductThreads | undefined;
}

/**
 * A symmetric matrix G [size, size] that blocks of vectors are multiplied with again and again, on all cores when it is
 * large; bits do not depend on that. To be closed.
 */
export class SymmetricOperator {
  /** On the calling thread. */
  private readonly right: RightOperand<Reals> | undefined;
  /** On others. */
  private readonly shared: { threads: ProductThreads; rows: SharedRows } | undefined;
  private readonly room: (length: number) => Reals;
  private readonly simd: SimdKind;

  /** @param width most vectors at once */
  constructor(
    g: Float64Array,
    private readonly size: number,
    width: number,
    private readonly pacer: Pacer,
    private readonly options: OperatorOptions = {},
  ) {
    const isExact = (options.precision ?? "float64") === "float64";
    this.simd = isExact ? "plain" : laneSimd();
    const workers = productWorkers(usualProducts * width * size * size);
    if (workers === 1 && !options.threads) {
      this.room = isExact ? (length) => new Float64Array(length) : (length) => new Float32Array(length);
      this.right = new RightOperand<Reals>(isExact ? g : Float32Array.from(g), size, size, false, this.simd);
      return;
    }
    this.room = isExact ? shared64 : shared32;
    const data = this.room(size * size);
    data.set(g);
    const threads = options.threads ?? new ProductThreads(workers, pacer.label, pacer);
    this.shared = { threads, rows: { data, rows: size, cols: size } };
  }

  /** V G for `count` vectors, the rows of V: [count, size]. */
  async apply(v: Float64Array, count: number): Promise<Float64Array> {
    const { shared, right, size, pacer } = this;
    const data = this.room(count * size);
    data.set(v);
    const out = right ? await times(right, data, count, pacer) : this.room(count * size);
    const block = { from: 0, to: count, columns: size };
    await shared?.threads.run({ data, rows: count, cols: size }, shared.rows, block, out, this.simd);
    return out instanceof Float64Array ? out : Float64Array.from(out);
  }

  async close(): Promise<void> {
    if (!this.options.threads) await this.shared?.threads.close();
  }
}

/** V B for the rows of V, a block of rows at a time. */
export async function times<T extends Reals>(
  right: RightOperand<T>,
  v: T,
  rows: number,
  pacer: Pacer,
): Promise<T> {
  const { inner, columns } = right;
  const out = new (v.constructor as new (length: number) => T)(rows * columns);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const rowsOut = out.subarray(from * columns, to * columns) as T;
    right.multiply(v.subarray(from * inner, to * inner) as T, to - from, rowsOut);
    if (pacer.due()) await pacer.pause();
  }
  return out;
}
