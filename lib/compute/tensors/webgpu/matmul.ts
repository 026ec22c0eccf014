import type { Tensor } from "@tensorflow/tfjs";
import type { KernelFunction, OwnKernel, TensorInfo } from "../kernels/types.js";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of matrices, with any leading axes broadcast and any axis empty. */
export const batchMatMul: OwnKernel = { name: "BatchMatMul", make: withPreparedOperands };

/** The same with a bias and an activation. */
export const fusedMatMul: OwnKernel = { name: "_FusedMatMul", make: withPreparedOperands };

/** tfjs's kernel on operands that it multiplies rightly. */
function withPreparedOperands(stock: KernelFunction): KernelFunction {
  return (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const attrs = call.attrs as MatMulAttributes;
    const operands = tensorflow().tidy(() => emptySum(a, b, attrs) ?? broadcast(a, b));
    try {
      return stock({ ...call, inputs: { ...call.inputs, ...operands } });
    } finally {
      tensorflow().dispose(operands);
    }
  };
}

/** A sum over nothing is 0, where tfjs leaves whatever was in the GPU's memory: an inner axis of one zero instead. */
function emptySum(a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: MatMulAttributes) {
  const [innerA, innerB] = [a.shape.length - (transposeA ? 2 : 1), b.shape.length - (transposeB ? 1 : 2)];
  if (a.shape[innerA] !== 0 || b.shape[innerB] !== 0) return undefined;
  const zero = ({ shape }: TensorInfo, inner: number) => tensorflow().zeros(shape.with(inner, 1));
  return { a: zero(a, innerA), b: zero(b, innerB) };
}

/** tfjs repeats one matrix, but not a stack of several with axes of length 1 in it. */
function broadcast(a: TensorInfo, b: TensorInfo): Record<string, Tensor> {
  const tf = tensorflow();
  const [ownA, ownB] = [a, b].map(({ shape }) => shape.slice(0, -2));
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(ownA, ownB);
  const fits = (own: readonly number[]) => sizeOf(own) === 1 || sizeOf(own) === sizeOf(batch);
  // The engine calls kernels with whole tensors.
  const full = (x: TensorInfo) => tf.broadcastTo(x as Tensor, [...batch, ...x.shape.slice(-2)]);
  return { ...(fits(ownA) ? {} : { a: full(a) }), ...(fits(ownB) ? {} : { b: full(b) }) };
}
