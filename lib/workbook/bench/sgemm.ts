import { RightOperand } from "../../compute/gemm.js";
import { laneSimd } from "../../compute/lanes.js";
import { secondsOf } from "./measure.js";

/**
 * GFLOP/s of the project's own sgemm kernel on square matrices of 512, one thread, with the kind of SIMD that the lane
 * kernels use here.
 */
export function sgemmRate(): number {
  const n = 512;
  const a = new Float32Array(n * n).fill(0.5);
  const right = new RightOperand(a, n, n, false, laneSimd());
  const out = new Float32Array(n * n);
  const seconds = secondsOf(() => {
    for (let i = 0; i < 8; i++) right.multiply(a, n, out);
  });
  return (8 * 2 * n ** 3) / seconds / 1e9;
}
