import type { KernelFunction, OwnKernel, TensorInfo } from "../kernels/types.js";
import { tensorflow } from "../tf.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of matrices; those over an empty inner axis are 0. */
export const batchMatMul: OwnKernel = { name: "BatchMatMul", make: withEmptySums };

/** The same with a bias and an activation. */
export const fusedMatMul: OwnKernel = { name: "_FusedMatMul", make: withEmptySums };

/**
 * A sum over nothing is 0, but tfjs's kernels leave whatever was in the GPU's memory. They are given an inner axis of
 * one zero instead.
 */
function withEmptySums(stock: KernelFunction): KernelFunction {
  return (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as MatMulAttributes;
    const [innerA, innerB] = [a.shape.length - (transposeA ? 2 : 1), b.shape.length - (transposeB ? 1 : 2)];
    if (a.shape[innerA] !== 0 || b.shape[innerB] !== 0) return stock(call);
    const zeros = { a: oneZero(a, innerA), b: oneZero(b, innerB) };
    const out = stock({ ...call, inputs: { ...call.inputs, ...zeros } });
    tensorflow().dispose(zeros);
    return out;
  };
}

function oneZero({ shape }: TensorInfo, inner: number) {
  return tensorflow().zeros(shape.map((length, axis) => (axis === inner ? 1 : length)));
}
