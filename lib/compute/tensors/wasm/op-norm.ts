import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { outputsOf, registerOp, rowsOf } from "./op-register.js";

/** Layer norm over the last axis: outputs y, means, inverse deviations; its gradient: dx, dgamma, dbeta. */
export function registerLayerNorm(): void {
  registerOp("WeightbookLayerNorm", ({ x, gamma, beta }, { epsilon }) => {
    const heap = wasmHeap();
    const { rows, width } = rowsOf(x);
    const outputs = outputsOf(x.shape, [rows], [rows]);
    const [y, mean, inverse] = outputs.map((output) => heap.addressOf(output));
    const [input, scale, shift] = [x, gamma, beta].map((tensor) => heap.addressOf(tensor));
    tensorKernels().layerNormForward(input, scale, shift, y, mean, inverse, rows, width, epsilon);
    return outputs;
  });
  registerOp("WeightbookLayerNormGradient", ({ dy, x, gamma, mean, inverse }) => {
    const heap = wasmHeap();
    const { rows, width } = rowsOf(x);
    const outputs = outputsOf(x.shape, [width], [width]);
    const [dx, dgamma, dbeta] = outputs.map((output) => heap.addressOf(output));
    const [up, input, scale, centres, inverses] = [dy, x, gamma, mean, inverse].map((tensor) =>
      heap.addressOf(tensor),
    );
    const kernels = tensorKernels();
    kernels.fill(dgamma, width, 0);
    kernels.fill(dbeta, width, 0);
    kernels.layerNormBackward(up, input, scale, centres, inverses, dx, dgamma, dbeta, rows, width, 0);
    return outputs;
  });
}
