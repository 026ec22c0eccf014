// The types come from tfjs itself: tf.ts registers gradients made here, and imports run one way.
import type * as tfjs from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

type TensorFlow = typeof tfjs;

/** A tensor whose axes have names, one letter each. */
interface Named {
  readonly axes: readonly string[];
  readonly tensor: Tensor;
}

/** Names of the axes of the operands and of the result. */
interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** The axes of an equation such as "ij,jk->ik", checked by tfjs, which allows one or two operands. */
export function equationOf(tf: TensorFlow, equation: string, operands: number): Equation {
  const { allDims, idDims, summedDims } = tf.backend_util.decodeEinsumEquation(equation, operands);
  return {
    operands: idDims.map((axes) => axes.map((axis) => allDims[axis])),
    result: allDims.slice(0, allDims.length - summedDims.length),
  };
}

/**
 * Einsum as a batch of matrix products: axes that one operand has alone and the result has not are summed first; what
 * is left is batch (in both and in the result), inner (in both only), rows (of the first) or columns (of the second).
 * Operands are transposed only where no transposed product does it. To be called in `tidy`.
 * @param tensors one or two, as the equation says; integers are exact up to 2^24
 */
export function contract(tf: TensorFlow, equation: string, tensors: readonly Tensor[]): Tensor {
  const { operands, result } = equationOf(tf, equation, tensors.length);
  checkSizes(tf, equation, tensors);
  const [a, b] = operands.map((axes, i) => {
    const needed = (axis: string) =>
      result.includes(axis) || operands.some((o, j) => j !== i && o.includes(axis));
    return sumAway(tf, { axes, tensor: tensors[i] }, needed);
  });
  if (!b) return arrange(tf, a, result);
  const dtype = tf.upcastType(a.tensor.dtype, b.tensor.dtype);
  const out = multiply(tf, a, b, result);
  return dtype === "float32" ? out : out.cast(dtype);
}

function checkSizes(tf: TensorFlow, equation: string, tensors: readonly Tensor[]): void {
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, [...tensors]);
}

/** Sums over the axes that are not needed. */
function sumAway(tf: TensorFlow, { axes, tensor }: Named, needed: (axis: string) => boolean): Named {
  const summed = axes.flatMap((axis, i) => (needed(axis) ? [] : [i]));
  return {
    axes: axes.filter(needed),
    tensor: summed.length === 0 ? tensor : tf.sum(tensor, summed),
  };
}

/** The tensor with its axes in another order. */
function arrange(tf: TensorFlow, { axes, tensor }: Named, order: readonly string[]): Tensor {
  const permutation = order.map((axis) => axes.indexOf(axis));
  return permutation.every((axis, i) => axis === i) ? tensor.clone() : tf.transpose(tensor, permutation);
}

function multiply(tf: TensorFlow, a: Named, b: Named, result: readonly string[]): Tensor {
  const batch = result.filter((axis) => a.axes.includes(axis) && b.axes.includes(axis));
  const rows = result.filter((axis) => !b.axes.includes(axis));
  const columns = result.filter((axis) => !a.axes.includes(axis));
  const inner = a.axes.filter((axis) => b.axes.includes(axis) && !result.includes(axis));
  const size = (axes: readonly string[]) => axes.reduce((product, axis) => product * lengthOf(axis, a, b), 1);
  /** A stack of matrices, and whether they are transposed: as they lie, if they lie so, else copied into order. */
  const stack = (operand: Named, first: readonly string[], second: readonly string[]) => {
    const flipped = sameOrder(operand.axes, [...batch, ...second, ...first]);
    const [r, c] = flipped ? [second, first] : [first, second];
    const tensor = arrange(tf, operand, [...batch, ...r, ...c]).cast("float32");
    return { matrices: tensor.reshape<tfjs.Tensor3D>([size(batch), size(r), size(c)]), flipped };
  };
  const left = stack(a, rows, inner);
  const right = stack(b, inner, columns);
  const product = tf.matMul(left.matrices, right.matrices, left.flipped, right.flipped);
  const axes = [...batch, ...rows, ...columns];
  const tensor = product.reshape(axes.map((axis) => lengthOf(axis, a, b)));
  return arrange(tf, { axes, tensor }, result);
}

function sameOrder(axes: readonly string[], order: readonly string[]): boolean {
  return axes.every((axis, i) => axis === order[i]);
}

function lengthOf(axis: string, a: Named, b: Named): number {
  const place = a.axes.indexOf(axis);
  return place < 0 ? b.tensor.shape[b.axes.indexOf(axis)] : a.tensor.shape[place];
}
