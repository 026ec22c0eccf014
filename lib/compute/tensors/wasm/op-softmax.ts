import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { registerOp, rowsOf } from "./op-register.js";

/** Softmax over the last axis, and its gradient from the output. */
export function registerSoftmax(): void {
  registerOp("WeightbookSoftmax", ({ x }) => {
    const heap = wasmHeap();
    const y = heap.output(x.shape);
    const { rows, width } = rowsOf(x);
    tensorKernels().softmaxForward(heap.addressOf(x), heap.addressOf(y), rows, width, 1);
    return y;
  });
  registerOp("WeightbookSoftmaxGradient", ({ dy, y }) => {
    const heap = wasmHeap();
    const dx = heap.output(y.shape);
    const { rows, width } = rowsOf(y);
    const [up, value, down] = [dy, y, dx].map((tensor) => heap.addressOf(tensor));
    tensorKernels().softmaxBackward(up, value, down, rows, width, 1);
    return dx;
  });
}
