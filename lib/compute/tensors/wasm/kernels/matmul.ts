import { WeightbookError } from "../../../../core/errors.js";
import { tensorflow } from "../../tf.js";
import { wasmGemm } from "../gemm.js";
import { type TensorInfo, type WasmHeap, wasmHeap } from "../heap.js";
import { tensorKernels } from "../kernels.js";
import type { KernelCall, KernelFunction, WasmKernel } from "./types.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface FusedAttributes extends MatMulAttributes {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/** Kernels of the backend that do the activations which tfjs fuses into products. */
const activations: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** Products of matrices with any transposition, leading dimensions broadcast. */
export const batchMatMul: WasmKernel = {
  name: "BatchMatMul",
  make: (stock) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    if (a.dtype !== "float32" || b.dtype !== "float32") return stockOr(stock, "BatchMatMul", call);
    return product(wasmHeap(), a, b, call.attrs as MatMulAttributes);
  },
};

/** The same with a bias and an activation. */
export const fusedMatMul: WasmKernel = {
  name: "_FusedMatMul",
  make: (stock) => (call) => {
    const { a, b, bias, preluActivationWeights: slopes } = call.inputs as Record<string, TensorInfo>;
    const attrs = call.attrs as FusedAttributes;
    const activation = attrs.activation ?? "linear";
    const known = activation === "linear" || activation in activations;
    if (!known || [a, b, bias, slopes].some((t) => t && t.dtype !== "float32")) {
      return stockOr(stock, "_FusedMatMul", call);
    }
    const heap = wasmHeap();
    const simple = bias && fitsRows(bias, outputShape(a, b, attrs));
    let out = product(heap, a, b, attrs, simple ? bias : undefined);
    if (bias && !simple) out = replace(heap, out, "Add", { a: out, b: bias }, {}, call);
    if (activation === "linear") return out;
    const inputs: Record<string, TensorInfo> =
      activation === "prelu" ? { x: out, alpha: slopes } : { x: out };
    return replace(heap, out, activations[activation], inputs, { alpha: attrs.leakyreluAlpha ?? 0 }, call);
  },
};

/** Runs a kernel of the backend on an intermediate result and gives that back. */
function replace(
  heap: WasmHeap,
  old: TensorInfo,
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: object,
  { backend }: KernelCall,
): TensorInfo {
  const kernel = tensorflow().getKernel(name, "wasm").kernelFunc as unknown as KernelFunction;
  const out = kernel({ inputs, attrs, backend }) as TensorInfo;
  heap.release(old);
  return out;
}

function stockOr(stock: KernelFunction | undefined, name: string, call: KernelCall) {
  if (stock) return stock(call);
  throw new WeightbookError("tensors/no-kernel", `${name} on wasm takes float32 tensors only; cast them`);
}

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
  const count = size(batch);
  if (bias) tensorKernels().repeatRow(heap.addressOf(bias), cAt, count * rows, columns);
  const lda = Math.max(1, aColumns);
  const ldb = Math.max(1, bColumns);
  const ldc = Math.max(1, columns);
  const multiply = (m: number, aPlace: number, bPlace: number, cPlace: number) =>
    gemm(transposeA, transposeB, m, columns, inner, 1, aPlace, lda, bPlace, ldb, beta, cPlace, ldc);
  if (size(b.shape.slice(0, -2)) === 1 && !transposeA) {
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

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Which matrix of an operand belongs to the i-th of the result, when leading dimensions of 1 are repeated. */
function matricesOf(shape: readonly number[], batch: readonly number[]): (i: number) => number {
  const own = shape.slice(0, -2);
  const count = size(own);
  if (count === size(batch)) return (i) => i;
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
