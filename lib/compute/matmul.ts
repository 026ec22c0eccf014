import { SpecError } from "../core/errors.js";
import type { Matrix } from "../core/matrix.js";
import { RightOperand } from "./gemm.js";

function checkInner(left: number, right: number, what: string): void {
  if (left !== right) {
    throw new SpecError("matmul/shape", `${what}: inner dimensions ${left} and ${right} differ`, {
      value: [left, right],
    });
  }
}

/**
 * A B of a [m, k] and b [k, n], float32, one thread. Equal operands give equal bits on every machine.
 * @throws SpecError when the inner dimensions differ
 */
export function matmul(a: Matrix, b: Matrix): Matrix {
  checkInner(a.cols, b.rows, "A B");
  const data = new Float32Array(a.rows * b.cols);
  new RightOperand(b.data, b.rows, b.cols).multiply(a.data, a.rows, data);
  return { data, rows: a.rows, cols: b.cols };
}

/**
 * A B^T of a [m, k] and b [n, k], float32, one thread.
 * @throws SpecError when the inner dimensions differ
 */
export function matmulTransposedB(a: Matrix, b: Matrix): Matrix {
  checkInner(a.cols, b.cols, "A B^T");
  const data = new Float32Array(a.rows * b.rows);
  new RightOperand(b.data, b.cols, b.rows, true).multiply(a.data, a.rows, data);
  return { data, rows: a.rows, cols: b.rows };
}

/**
 * A^T B of a [k, m] and b [k, n], float32, one thread.
 * @throws SpecError when the inner dimensions differ
 */
export function matmulTransposedA(a: Matrix, b: Matrix): Matrix {
  checkInner(a.rows, b.rows, "A^T B");
  const data = new Float32Array(a.cols * b.cols);
  new RightOperand(b.data, b.rows, b.cols).multiply(a.data, a.cols, data, { transposed: true });
  return { data, rows: a.cols, cols: b.cols };
}
