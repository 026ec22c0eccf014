import { serveTasks } from "../core/workers.js";
import { RightOperand } from "./gemm.js";
import { Stripes } from "./stripes.js";

/** What a worker of `productBlocks` is given at its start; the buffer is shared. */
export interface ProductsSetup {
  /** Float32, [rows, cols]. */
  readonly data: SharedArrayBuffer;
  readonly rows: number;
  readonly cols: number;
  readonly part: number;
  readonly parts: number;
}

/** Inner products of rows from..to with rows 0..columns, of which a worker writes its stripes. */
export interface ProductsJob {
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  /** Float32, [to - from, columns], shared. */
  readonly out: SharedArrayBuffer;
}

type Multiply = (job: ProductsJob) => void;

/** Packs the worker's own rows and multiplies with them. */
function multiplier({ data, rows, cols, part, parts }: ProductsSetup): Multiply {
  const all = new Float32Array(data);
  const stripes = new Stripes(part, parts);
  const own = stripes.count(rows);
  const scattered = {
    length: own * cols,
    BYTES_PER_ELEMENT: 4,
    copy: (from: number, to: number, target: Float32Array) =>
      stripes.each(from, to, (start, end, row) => {
        target.set(all.subarray(row * cols, (row + end - start) * cols), (start - from) * cols);
      }),
  };
  const right = new RightOperand<Float32Array>(scattered, cols, own, true);
  let products = new Float32Array(0);
  return ({ from, to, columns, out }) => {
    const count = stripes.count(columns);
    const size = (to - from) * count;
    if (products.length < size) products = new Float32Array(size);
    const block = all.subarray(from * cols, to * cols);
    right.multiply(block, to - from, products.subarray(0, size), { columns: count });
    const target = new Float32Array(out);
    for (let i = 0; i < to - from; i++) {
      stripes.each(0, count, (start, end, column) => {
        target.set(products.subarray(i * count + start, i * count + end), i * columns + column);
      });
    }
  };
}

let multiply: Multiply | undefined;

serveTasks<ProductsJob, null, never, ProductsSetup>(async (job, { workerData }) => {
  multiply ??= multiplier(workerData);
  multiply(job);
  return { result: null };
});
