import { serveTasks } from "../core/workers.js";
import { type Reals, RightOperand } from "./gemm.js";
import type { SimdKind } from "./simd.js";
import { Stripes } from "./stripes.js";

/** Rows that all threads see, row-major [rows, cols]. */
export interface SharedOperand {
  readonly data: SharedArrayBuffer;
  readonly rows: number;
  readonly cols: number;
  /** Bytes of a number: float32 or float64. */
  readonly size: 4 | 8;
  /** Tells what was packed from what is new. */
  readonly id: number;
  readonly simd: SimdKind;
}

/** Which of the threads this one is. */
export interface ThreadPart {
  readonly part: number;
  readonly parts: number;
}

/** Inner products of rows from..to of `left` with rows 0..columns of `right`, of which a thread writes its stripes. */
export interface ProductJob {
  readonly left: Pick<SharedOperand, "data" | "cols" | "size">;
  readonly right: SharedOperand;
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  /** [to - from, columns], shared. */
  readonly out: SharedArrayBuffer;
}

/** Numbers of a shared buffer. */
export function sharedReals(data: SharedArrayBuffer, size: 4 | 8): Reals {
  return size === 4 ? new Float32Array(data) : new Float64Array(data);
}

/** This thread's share of a right operand, packed. */
class Share {
  private readonly right: RightOperand<Reals>;
  private readonly stripes: Stripes;
  private products: Reals;

  constructor(
    readonly operand: SharedOperand,
    { part, parts }: ThreadPart,
  ) {
    const { rows, cols, data, size, simd } = operand;
    const all = sharedReals(data, size);
    const stripes = new Stripes(part, parts);
    const own = stripes.count(rows);
    const scattered = {
      length: own * cols,
      BYTES_PER_ELEMENT: size,
      copy: (from: number, to: number, target: Reals) =>
        stripes.each(from, to, (start, end, row) => {
          target.set(all.subarray(row * cols, (row + end - start) * cols), (start - from) * cols);
        }),
    };
    this.stripes = stripes;
    this.right = new RightOperand<Reals>(scattered, cols, own, true, simd);
    this.products = all.subarray(0, 0);
  }

  multiply({ left, from, to, columns, out }: ProductJob): void {
    const { stripes, right } = this;
    const { cols, size } = this.operand;
    const count = stripes.count(columns);
    const length = (to - from) * count;
    if (this.products.length < length) {
      this.products = size === 4 ? new Float32Array(length) : new Float64Array(length);
    }
    const products = this.products.subarray(0, length);
    const block = sharedReals(left.data, size).subarray(from * cols, to * cols);
    right.multiply(block, to - from, products, { columns: count });
    const target = sharedReals(out, size);
    for (let i = 0; i < to - from; i++) {
      stripes.each(0, count, (start, end, column) => {
        target.set(products.subarray(i * count + start, i * count + end), i * columns + column);
      });
    }
  }
}

let share: Share | undefined;

serveTasks<ProductJob, null, never, ThreadPart>(async (job, { workerData }) => {
  if (share?.operand.id !== job.right.id) share = new Share(job.right, workerData);
  share.multiply(job);
  return { result: null };
});
