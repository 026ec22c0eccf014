import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { registerOp, rowsOf } from "./op-register.js";

/** A vector added to every row, and the sums of columns. */
export function registerRows(): void {
  registerOp("WeightbookAddBias", ({ x, bias }) => {
    const heap = wasmHeap();
    const y = heap.output(x.shape);
    const { rows, width } = rowsOf(x);
    tensorKernels().addRows(heap.addressOf(x), heap.addressOf(bias), heap.addressOf(y), rows, width);
    return y;
  });
  registerOp("WeightbookSumRows", ({ x }) => {
    const heap = wasmHeap();
    const { rows, width } = rowsOf(x);
    const sums = heap.output([width]);
    tensorKernels().fill(heap.addressOf(sums), width, 0);
    tensorKernels().sumRows(heap.addressOf(x), heap.addressOf(sums), rows, width);
    return sums;
  });
}
