import type { TensorInfo } from "../kernels/types.js";
import { sizeOf } from "../sizes.js";
import { wasmGemm } from "./gemm.js";
import { type WasmHeap, wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { outputsOf, registerOp } from "./op-register.js";

/** NT-Xent: outputs the loss, dz1 and dz2 for an upstream gradient of 1; its gradient scales them. */
export function registerContrast(): void {
  registerOp("WeightbookNtXent", ({ z1, z2 }, { temperature }) => {
    const heap = wasmHeap();
    const [n, width] = z1.shape;
    // Unit vectors, their gradients, similarities, and three numbers a row; a tensor only while the kernel runs.
    const [loss, dz1, dz2, room] = outputsOf([], z1.shape, z2.shape, [2 * n, 2 * width + 2 * n + 3]);
    const mean = contrast(heap, [z1, z2], [dz1, dz2], heap.addressOf(room), temperature);
    heap.floats()[heap.addressOf(loss) / 4] = mean;
    heap.release(room);
    return [loss, dz1, dz2];
  });
  registerOp("WeightbookNtXentGradient", ({ dy, dz1, dz2 }) => {
    const heap = wasmHeap();
    const outputs = outputsOf(dz1.shape, dz2.shape);
    const floats = heap.floats();
    const factor = floats[heap.addressOf(dy) / 4];
    outputs.forEach((output, i) => {
      const [from, to] = [[dz1, dz2][i], output].map((tensor) => heap.addressOf(tensor) / 4);
      const count = sizeOf(output.shape);
      for (let at = 0; at < count; at++) floats[to + at] = factor * floats[from + at];
    });
    return outputs;
  });
}

function contrast(
  heap: WasmHeap,
  inputs: TensorInfo[],
  gradients: TensorInfo[],
  room: number,
  temperature: number,
): number {
  const kernels = tensorKernels();
  const gemm = wasmGemm();
  const [n, width] = inputs[0].shape;
  const rows = 2 * n;
  // Both views' unit vectors lie one below the other, so that all similarities are one product.
  const units = room;
  const slopes = units + 4 * rows * width;
  const similarities = slopes + 4 * rows * width;
  const inverse = similarities + 4 * rows * rows;
  const sums = inverse + 4 * rows;
  const gaps = sums + 4 * rows;
  const half = 4 * n * width;
  inputs.forEach((z, i) => {
    kernels.unitRows(heap.addressOf(z), units + i * half, inverse + i * 4 * n, n, width);
  });
  gemm(false, true, rows, rows, width, 1 / temperature, units, width, units, width, 0, similarities, rows);
  kernels.contrast(similarities, sums, gaps, n, 1 / rows);
  // A similarity depends on both of its rows: (G + G^T) Z.
  const share = 1 / temperature;
  gemm(false, false, rows, width, rows, share, similarities, rows, units, width, 0, slopes, width);
  gemm(true, false, rows, width, rows, share, similarities, rows, units, width, 1, slopes, width);
  gradients.forEach((dz, i) => {
    const [from, of] = [slopes + i * half, units + i * half];
    kernels.unitRowsBackward(from, of, inverse + i * 4 * n, heap.addressOf(dz), n, width);
  });
  return meanLoss(heap.floats(), sums / 4, gaps / 4, rows);
}

/** Mean over the anchors of ln(1 + sum e^gap), in float64; e^gap may be beyond any number. */
function meanLoss(values: Float32Array, sums: number, gaps: number, rows: number): number {
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const [sum, gap] = [values[sums + row], values[gaps + row]];
    loss += gap > 80 ? Math.log(sum) + gap : Math.log1p(sum * Math.exp(gap));
  }
  return loss / rows;
}
