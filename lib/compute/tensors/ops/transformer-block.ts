import { checkOptions, SpecError } from "../../../core/errors.js";
import { type Tensor, type Tensor1D, type Tensor2D, tensorflow } from "../tf.js";
import { maskSeed, parameterNames, traceNames } from "../wasm/block-setting.js";
import { attention } from "./attention.js";
import { dropout } from "./dropout.js";
import { dropoutPlan } from "./dropout-mask.js";
import { checkEpsilon, layerNorm } from "./layer-norm.js";
import { linear } from "./linear.js";
import { checkFloats, checkShape, hasKernel, isRecording, runKernel, withGradient } from "./run.js";

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

/**
 * A pre-norm transformer block (Vaswani et al. 2017, norms as in Xiong et al. 2020): middle = x + attention(norm(x)),
 * y = middle + second(gelu(first(norm(middle)))). On the wasm backend one operation, which keeps a third of what the
 * single operations would for the backward pass; elsewhere made of these.
 * @param x [batch, tokens, d]
 * @returns [batch, tokens, d]
 * @throws SpecError for an unknown option or one out of its range, shapes that do not fit each other, or types that are
 * not float32
 */
export function transformerBlock(x: Tensor, parameters: BlockParameters, options: BlockOptions): Tensor {
  checkBlockOptions(options);
  checkShapes(x, parameters, options.heads);
  if (!hasKernel("WeightbookTransformerBlock"))
    return tensorflow().tidy(() => composed(x, parameters, options));
  return fused(x, parameters, options);
}

/** The parameters in the order in which gradients are given. */
function blockTensors({ norm1, qkv, out, norm2, first, second }: BlockParameters): Tensor[] {
  return [norm1, qkv, out, norm2, first, second].flatMap((part) =>
    "gamma" in part ? [part.gamma, part.beta] : [part.kernel, part.bias],
  );
}

function checkBlockOptions(options: BlockOptions): void {
  const where = "transformerBlock";
  checkOptions(options, ["heads", "epsilon", "dropout"], where);
  const { epsilon = 1e-5, dropout: drop } = options;
  checkEpsilon(epsilon, where);
  if (!drop) return;
  checkOptions(drop, ["rate", "seed"], `${where}'s dropout`);
  dropoutPlan(drop.rate, drop.seed);
}

function checkShapes(x: Tensor, parameters: BlockParameters, heads: number): void {
  const where = "transformerBlock";
  checkFloats({ x }, where);
  if (x.rank !== 3) {
    const message = `${where}: x has shape [${x.shape}]; give [batch, tokens, d]`;
    throw new SpecError("tensors/shape", message, { value: x.shape });
  }
  const [, , d] = x.shape as number[];
  const f = parameters.first.kernel.shape[0];
  const wanted = [[d], [d], [3 * d, d], [3 * d], [d, d], [d], [d], [d], [f, d], [f], [d, f], [d]];
  blockTensors(parameters).forEach((tensor, i) => {
    checkFloats({ [parameterNames[i]]: tensor }, where);
    checkShape(tensor, wanted[i], parameterNames[i], where);
  });
  if (!(Number.isInteger(heads) && heads > 0 && d % heads === 0)) {
    const message = `${where}: heads is ${heads}; give a divisor of the width ${d}`;
    throw new SpecError("tensors/heads", message, { value: heads });
  }
}

function composed(x: Tensor, p: BlockParameters, { heads, epsilon, dropout: drop }: BlockOptions): Tensor {
  const dropped = (values: Tensor, which: 0 | 1 | 2) =>
    drop ? dropout(values, drop.rate, maskSeed(drop.seed, which)) : values;
  const branch = (around: Tensor, values: Tensor, { kernel, bias }: LinearParameters, which: 0 | 2) =>
    drop
      ? around.add(dropped(linear(values, kernel, bias), which))
      : linear(values, kernel, bias, { residual: around });
  const normed = layerNorm(x, p.norm1.gamma, p.norm1.beta, { epsilon });
  const attended = attention(linear(normed, p.qkv.kernel, p.qkv.bias), heads);
  const middle = branch(x, attended, p.out, 0);
  const again = layerNorm(middle, p.norm2.gamma, p.norm2.beta, { epsilon });
  const hidden = linear(again, p.first.kernel, p.first.bias, { activation: "gelu" });
  return branch(middle, dropped(hidden, 1), p.second, 2);
}

function fused(
  x: Tensor,
  parameters: BlockParameters,
  { heads, epsilon = 1e-5, dropout: drop }: BlockOptions,
): Tensor {
  const keep = isRecording() ? 1 : 0;
  const attributes = { heads, epsilon, rate: drop?.rate ?? 0, seed: drop?.seed ?? 0, keep };
  const tensors = [x, ...blockTensors(parameters)];
  const names = ["x", ...parameterNames];
  const forward = () => {
    const [value, ...trace] = runKernel("WeightbookTransformerBlock", named(names, tensors), attributes);
    return { value, saved: [...tensors, ...trace] };
  };
  const back = ["dy", ...names, ...traceNames.slice(1)];
  return withGradient(tensors, forward, (dy, saved) =>
    runKernel("WeightbookTransformerBlockGradient", named(back, [dy, ...saved]), attributes),
  );
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
}
