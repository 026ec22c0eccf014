import type * as tfjs from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { contract, equationOf } from "../einsum.js";

/**
 * The gradient of einsum, which tfjs lacks: the gradient of an operand is the einsum of the result's gradient and the
 * other operand, by `contract`, since tfjs's own einsum is slow and fails for some equations. Along axes that only this
 * operand has, and that are summed, the gradient is the same everywhere.
 */
export function registerEinsumGradient(tf: typeof tfjs): void {
  const gradFunc: tfjs.GradFunc = (dy, saved, attrs) => {
    const equation = attrs.equation as string;
    const { operands, result } = equationOf(tf, equation, saved.length);
    const gradient = (i: number) => () => {
      const { shape, dtype } = saved[i];
      const other = saved.length === 2 ? 1 - i : undefined;
      const given = other === undefined ? [result] : [result, operands[other]];
      const found = operands[i].filter((axis) => given.some((axes) => axes.includes(axis)));
      const terms = given.map((axes) => axes.join("")).join(",");
      const factors = other === undefined ? [dy as Tensor] : [dy as Tensor, saved[other].cast("float32")];
      const sum = contract(tf, `${terms}->${found.join("")}`, factors);
      const expanded = sum.reshape(operands[i].map((axis, j) => (found.includes(axis) ? shape[j] : 1)));
      const full = found.length === operands[i].length ? expanded : tf.broadcastTo(expanded, shape);
      return dtype === "float32" ? full : full.cast(dtype);
    };
    return Object.fromEntries(saved.map((_, i) => [i, gradient(i)]));
  };
  tf.registerGradient({ kernelName: "Einsum", saveAllInputs: true, gradFunc });
}
