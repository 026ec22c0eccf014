import type * as tfjs from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { sizeOf } from "../sizes.js";

/**
 * The gradient of batched matrix products, with leading axes that are broadcast summed up again; that of tfjs fails
 * there. One B for all of A gets its gradient from one tall product.
 */
export function registerMatMulGradient(tf: typeof tfjs): void {
  const gradFunc: tfjs.GradFunc = (dy, saved, attrs) => {
    const [a, b] = saved;
    const d = dy as Tensor;
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const toA = () => (transposeA ? tf.matMul(b, d, transposeB, true) : tf.matMul(d, b, false, !transposeB));
    const toB = () => {
      if (transposeA || sizeOf(b.shape.slice(0, -2)) !== 1)
        return productOf(tf, a, d, transposeA, transposeB);
      return productOf(tf, tall(a), tall(d), false, transposeB);
    };
    return { a: () => reduce(tf, toA(), a.shape), b: () => reduce(tf, toB(), b.shape) };
  };
  tf.registerGradient({ kernelName: "BatchMatMul", inputsToSave: ["a", "b"], gradFunc });
}

/** The gradient of B where nothing is broadcast. */
function productOf(tf: typeof tfjs, a: Tensor, dy: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
}

/** The matrices of a stack below each other. */
function tall(x: Tensor): Tensor {
  return x.reshape([sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);
}

/** Sums over the axes that were broadcast. */
function reduce(tf: typeof tfjs, gradient: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return (axes.length === 0 ? gradient : tf.sum(gradient, axes)).reshape(shape);
}
