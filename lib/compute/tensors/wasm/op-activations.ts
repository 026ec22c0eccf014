import { sizeOf } from "../sizes.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { outputsOf, registerOp } from "./op-register.js";

/** GELU, ReLU, and their gradients. */
export function registerActivations(): void {
  // With `slope` 1 the derivative is a second output.
  registerOp("WeightbookGelu", ({ x }, { slope }) => {
    const heap = wasmHeap();
    const [y, derivative] = outputsOf(x.shape, ...(slope ? [x.shape] : []));
    const kept = derivative ? heap.addressOf(derivative) : 0;
    tensorKernels().geluForward(heap.addressOf(x), heap.addressOf(y), kept, sizeOf(x.shape));
    return derivative ? [y, derivative] : y;
  });
  registerOp("WeightbookGeluGradient", ({ dy, slope }) => {
    const heap = wasmHeap();
    const dx = heap.output(dy.shape);
    const [up, by, down] = [dy, slope, dx].map((tensor) => heap.addressOf(tensor));
    tensorKernels().multiply(up, by, down, sizeOf(dy.shape));
    return dx;
  });
  registerOp("WeightbookRelu", ({ x }) => {
    const heap = wasmHeap();
    const y = heap.output(x.shape);
    tensorKernels().reluForward(heap.addressOf(x), heap.addressOf(y), sizeOf(x.shape));
    return y;
  });
  registerOp("WeightbookReluGradient", ({ dy, y }) => {
    const heap = wasmHeap();
    const dx = heap.output(dy.shape);
    tensorKernels().reluBackward(heap.addressOf(dy), heap.addressOf(y), heap.addressOf(dx), sizeOf(dy.shape));
    return dx;
  });
}
