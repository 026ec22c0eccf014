import { WeightbookError } from "../../../../core/errors.js";
import type { OwnKernel, TensorInfo } from "../../kernels/types.js";
import { sizeOf } from "../../sizes.js";
import { tensorflow } from "../../tf.js";
import { wasmGemm } from "../gemm.js";
import { type WasmHeap, wasmHeap } from "../heap.js";
import { tensorKernels } from "../kernels.js";
import { canFuse, finish } from "./fused.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of matrices with any transposition, leading dimensions broadcast. */
export const batchMatMul: OwnKernel = {
  name: "BatchMatMul",
  make: (stock) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    if (a.dtype !== "float32" || b.dtype !== "float32") return stock(call);
    return product(wasmHeap(), a, b, call.attrs as MatMulAttributes);
  },
};

/** The same with a bias and an activation. */
export const fusedMatMul: OwnKernel = {
  name: "_FusedMatMul",
  make: (stock) => (call) => {
    const { a, b, bias } = call.inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
    if (!canFuse(call)) return stock(call);
    const attrs = call.attrs as MatMulAttributes;
    const simple = bias && fitsRows(bias, outputShape(a, b, attrs));
    const out = product(wasmHeap(), a, b, attrs, simple ? bias : undefined);
    return finish(call, out, bias && !simple ? bias : undefined);
  },
};

/** The product's shape: leading dimensions broadcast, then rows and columns. */
function outputShape(a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: MatMulAttributes): number[] {
  const { broadcast_util } = tensorflow();
  const batch = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
}

/** Whether a bias is one row that is added to all rows. */
function fitsRows({ shape }: TensorInfo, out: readonly number[]): boolean {
  return (
    shape.length > 0 && shape.at(-1) === out.at(-1) && shape.slice(0, -1).every((length) => length === 1)
  );
}

/** op(A) op(B), plus one row if given: C starts as copies of it and the product is added. */
function product(
  heap: WasmHeap,
  a: TensorInfo,
  b: TensorInfo,
  attrs: MatMulAttributes,
  bias?: TensorInfo,
): TensorInfo {
  const { transposeA, transposeB } = attrs;
  const shape = outputShape(a, b, attrs);
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [rows, columns] = shape.slice(-2);
  const inner = transposeA ? aRows : aColumns;
  if (inner !== (transposeB ? bColumns : bRows)) {
    const message = `matrices of shapes [${a.shape}] and [${b.shape}] cannot be multiplied (transposed: ${transposeA}, ${transposeB})`;
    throw new WeightbookError("tensors/shape", message);
  }
  const out = heap.output(shape);
  const [aAt, bAt, cAt] = [heap.addressOf(a), heap.addressOf(b), heap.addressOf(out)];
  const gemm = wasmGemm();
  const batch = shape.slice(0, -2);
  const beta = bias ? 1 : 0;
  const count = sizeOf(batch);
  if (bias) tensorKernels().addRows(0, heap.addressOf(bias), cAt, count * rows, columns);
  const lda = Math.max(1, aColumns);
  const ldb = Math.max(1, bColumns);
  const ldc = Math.max(1, columns);
  const multiply = (m: number, aPlace: number, bPlace: number, cPlace: number) =>
    gemm(transposeA, transposeB, m, columns, inner, 1, aPlace, lda, bPlace, ldb, beta, cPlace, ldc);
  if (sizeOf(b.shape.slice(0, -2)) === 1 && !transposeA) {
    // One B for all of A: its matrices are one tall one.
    multiply(count * rows, aAt, bAt, cAt);
    return out;
  }
  const aOf = matricesOf(a.shape, batch);
  const bOf = matricesOf(b.shape, batch);
  for (let i = 0; i < count; i++) {
    multiply(
      rows,
      aAt + 4 * aOf(i) * aRows * aColumns,
      bAt + 4 * bOf(i) * bRows * bColumns,
      cAt + 4 * i * rows * columns,
    );
  }
  return out;
}

/** Which matrix of an operand belongs to the i-th of the result, when leading dimensions of 1 are repeated. */
function matricesOf(shape: readonly number[], batch: readonly number[]): (i: number) => number {
  const own = shape.slice(0, -2);
  const count = sizeOf(own);
  if (count === sizeOf(batch)) return (i) => i;
  if (count === 1) return () => 0;
  const lengths = [...Array<number>(batch.length - own.length).fill(1), ...own];
  return (i) => {
    let [index, stride, rest] = [0, 1, i];
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      if (lengths[axis] > 1) index += (rest % batch[axis]) * stride;
      stride *= lengths[axis];
      rest = Math.floor(rest / batch[axis]);
    }
    return index;
  };
}
