import type { Tensor } from "@tensorflow/tfjs";
import { checkOptions, SpecError } from "../../../core/errors.js";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";
import { gelu, relu } from "./activations.js";
import { checkFloats, checkShape, hasKernel, isRecording, lastAxis, runKernel, withGradient } from "./run.js";

/** What a linear layer may do besides. */
export interface LinearOptions {
  /** Added to the product, [..., outputs]. */
  readonly residual?: Tensor;
  /** Applied last. */
  readonly activation?: "gelu" | "relu";
}

/** How activations are told to the kernel. */
export const activationCodes = { none: 0, gelu: 1, relu: 2 } as const;

/**
 * activation(x K^T + bias + residual), the weights in torch's order.
 * @param x [..., inputs]
 * @param kernel [outputs, inputs]
 * @param bias [outputs]; may be left out
 * @returns [..., outputs]
 * @throws SpecError when shapes do not fit, types are not float32 or an option is unknown
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor {
  checkLinear(x, kernel, bias, options);
  if (!hasKernel("WeightbookLinear")) return plainLinear(x, kernel, bias, options);
  const { residual, activation: name } = options;
  const activation = activationCodes[name ?? "none"];
  const slope = isRecording() ? 1 : 0;
  const biased = bias ? 1 : 0;
  const added = [bias, residual].filter((tensor) => tensor !== undefined);
  const forward = () => {
    const outputs = runKernel("WeightbookLinear", { x, kernel, bias, residual }, { activation, slope });
    // GELU's backward pass needs its derivative (the last output), ReLU's its output.
    const kept = name ? [outputs[outputs.length - 1]] : [];
    return { value: outputs[0], saved: [x, kernel, ...kept, ...(name === "gelu" ? added : [])] };
  };
  return withGradient([x, kernel, ...added], forward, (dy, [input, weights, by, ...rest]) => {
    // GELU's derivative depends on what was added too: named, so that second derivatives over it are refused.
    const names = { dy, x: input, kernel: weights, slope: by, bias: rest[0], residual: rest[1] };
    const gradients = runKernel("WeightbookLinearGradient", names, { activation, biased });
    const own = gradients.slice(0, 2 + biased);
    if (!residual) return own;
    return [...own, name ? gradients[2 + biased] : tensorflow().reshape(dy, residual.shape)];
  });
}

function checkLinear(x: Tensor, kernel: Tensor, bias: Tensor | undefined, options: LinearOptions): void {
  checkOptions(options, ["residual", "activation"], "linear");
  const { residual, activation } = options;
  if (activation !== undefined && activation !== "gelu" && activation !== "relu") {
    throw new SpecError(
      "tensors/activation",
      `linear: activation is "${activation}"; give gelu or relu, or leave it out`,
      { value: activation },
    );
  }
  checkFloats({ x, kernel, bias, residual }, "linear");
  const outputs = kernel.shape[0];
  checkShape(kernel, [outputs, lastAxis(x, "linear")], "kernel", "linear");
  if (bias) checkShape(bias, [outputs], "bias", "linear");
  if (residual) checkShape(residual, [...x.shape.slice(0, -1), outputs], "residual", "linear");
}

function plainLinear(x: Tensor, kernel: Tensor, bias: Tensor | undefined, options: LinearOptions): Tensor {
  const tf = tensorflow();
  const { residual, activation } = options;
  const [outputs, inputs] = kernel.shape;
  const leading = x.shape.slice(0, -1);
  const rows = sizeOf(leading);
  return tf.tidy(() => {
    const flat = tf.reshape(x, [rows, inputs]);
    let y: Tensor = tf.reshape(tf.matMul(flat, kernel, false, true), [...leading, outputs]);
    if (bias) y = tf.add(y, bias);
    if (residual) y = tf.add(y, residual);
    if (activation === "gelu") return gelu(y);
    return activation === "relu" ? relu(y) : y;
  });
}
