import type { Tensor, Tensor1D, Tensor2D } from "../tf.js";

/** A linear map x K^T + b, in torch's order. */
export interface LinearParameters {
  /** [outputs, inputs]. */
  readonly kernel: Tensor2D;
  /** [outputs]. */
  readonly bias: Tensor1D;
}

/** Scale and shift of a layer norm, [width] each. */
export interface NormParameters {
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
}

/** Parameters of a pre-norm transformer block of width d and hidden width f. */
export interface BlockParameters {
  readonly norm1: NormParameters;
  /** Queries, keys and values, stacked: [3 d, d]. */
  readonly qkv: LinearParameters;
  /** [d, d]. */
  readonly out: LinearParameters;
  readonly norm2: NormParameters;
  /** [f, d]. */
  readonly first: LinearParameters;
  /** [d, f]. */
  readonly second: LinearParameters;
}

/** Options of `transformerBlock`. */
export interface BlockOptions {
  readonly heads: number;
  /** Of both layer norms; 1e-5 by default. */
  readonly epsilon?: number;
  /** Dropout of what attention and the hidden layer give, and after the hidden layer's activation; none by default. */
  readonly dropout?: { readonly rate: number; readonly seed: number };
}

/** The parameters in the order in which gradients are given. */
export function blockTensors({ norm1, qkv, out, norm2, first, second }: BlockParameters): Tensor[] {
  return [norm1, qkv, out, norm2, first, second].flatMap((part) =>
    "gamma" in part ? [part.gamma, part.beta] : [part.kernel, part.bias],
  );
}
