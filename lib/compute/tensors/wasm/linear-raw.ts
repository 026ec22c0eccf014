import { wasmGemm } from "./gemm.js";

/** y [rows, outputs] = x K^T + beta y, of x [rows, inputs] and K [outputs, inputs]; addresses in bytes. */
export function multiplyKernel(
  x: number,
  kernel: number,
  y: number,
  { rows, inputs, outputs }: LinearShape,
  beta: 0 | 1,
): void {
  wasmGemm()(false, true, rows, outputs, inputs, 1, x, inputs, kernel, inputs, beta, y, outputs);
}

/** Sizes of a linear map on rows. */
export interface LinearShape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** dx [rows, inputs] = dy K. */
export function inputGradient(
  dy: number,
  kernel: number,
  dx: number,
  { rows, inputs, outputs }: LinearShape,
): void {
  wasmGemm()(false, false, rows, inputs, outputs, 1, dy, outputs, kernel, inputs, 0, dx, inputs);
}

/** dK [outputs, inputs] = dy^T x. */
export function kernelGradient(
  dy: number,
  x: number,
  dkernel: number,
  { rows, inputs, outputs }: LinearShape,
): void {
  wasmGemm()(true, false, outputs, inputs, rows, 1, dy, outputs, x, inputs, 0, dkernel, inputs);
}
