import { checkOptions, SpecError } from "../../../core/errors.js";
import { type Tensor, type Tensor1D, type Tensor2D, tensorflow } from "../tf.js";
import { blockGradKernel, blockKernel } from "../wasm/block-kernels.js";
import { type BlockSetting, parameterNames, traceNames } from "../wasm/block-setting.js";
import { attention } from "./attention.js";
import { dropout } from "./dropout.js";
import { dropoutMask } from "./dropout-mask.js";
import { layerNorm } from "./layer-norm.js";
import { linear } from "./linear.js";

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
 * @throws SpecError for an unknown option, or shapes that do not fit each other
 */
export function transformerBlock(x: Tensor, parameters: BlockParameters, options: BlockOptions): Tensor {
  checkOptions(options, ["heads", "epsilon", "dropout"], "transformerBlock");
  const setting = { epsilon: 1e-5, ...options };
  checkShapes(x, parameters, setting.heads);
  const tf = tensorflow();
  if (tf.getKernel(blockKernel, tf.getBackend())) return fused(x, parameters, setting);
  return tf.tidy(() => composed(x, parameters, setting));
}

/** The parameters in the order in which gradients are given. */
function blockTensors({ norm1, qkv, out, norm2, first, second }: BlockParameters): Tensor[] {
  return [norm1, qkv, out, norm2, first, second].flatMap((part) =>
    "gamma" in part ? [part.gamma, part.beta] : [part.kernel, part.bias],
  );
}

function checkShapes(x: Tensor, parameters: BlockParameters, heads: number): void {
  const d = x.shape[2];
  const f = parameters.first.kernel.shape[0];
  const wanted = [[d], [d], [3 * d, d], [3 * d], [d, d], [d], [d], [d], [f, d], [f], [d, f], [d]];
  const wrong = blockTensors(parameters).findIndex(({ shape }, i) => String(shape) !== String(wanted[i]));
  if (x.rank !== 3 || wrong >= 0) {
    const what =
      x.rank !== 3
        ? `x of [${x.shape}]`
        : `${parameterNames[wrong]} of [${blockTensors(parameters)[wrong].shape}]`;
    const way = x.rank !== 3 ? "give [batch, tokens, d]" : `with x of [${x.shape}] it is [${wanted[wrong]}]`;
    throw new SpecError("ops/shape", `transformerBlock got ${what}; ${way}`, { value: x.shape });
  }
  if (!(Number.isInteger(heads) && heads > 0 && d % heads === 0)) {
    throw new SpecError("ops/heads", `transformerBlock cannot divide a width of ${d} among ${heads} heads`, {
      value: heads,
    });
  }
}

type Setting = BlockOptions & { readonly epsilon: number };

/** The seed of one of a block's three masks. */
function maskSeed(seed: number, which: 0 | 1 | 2): number {
  return (Math.imul(seed, 3) + which) >>> 0;
}

function composed(x: Tensor, p: BlockParameters, { heads, epsilon, dropout: drop }: Setting): Tensor {
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

function fused(x: Tensor, parameters: BlockParameters, { heads, epsilon, dropout: drop }: Setting): Tensor {
  const tf = tensorflow();
  const [batch, tokens, d] = x.shape;
  const mask = (which: 0 | 1 | 2) => dropoutMask(drop?.rate ?? 0, maskSeed(drop?.seed ?? 0, which));
  const setting: BlockSetting = {
    batch,
    tokens,
    d,
    hidden: parameters.first.kernel.shape[0],
    heads,
    epsilon,
    masks: drop ? [mask(0), mask(1), mask(2)] : undefined,
  };
  const run = (kernel: string, names: readonly string[], tensors: readonly Tensor[]) => {
    const inputs = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
    return tf.engine().runKernel(kernel, inputs, { setting } as never) as unknown as Tensor[];
  };
  const operation = tf.customGrad((...given) => {
    const save = given.pop() as unknown as (tensors: Tensor[]) => void;
    const tensors = given as Tensor[];
    const [value, ...trace] = run(blockKernel, ["x", ...parameterNames], tensors);
    save([...tensors, ...trace]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      run(blockGradKernel, ["dy", "x", ...parameterNames, ...traceNames.slice(1)], [dy, ...saved]);
    return { value, gradFunc };
  });
  return operation(x, ...blockTensors(parameters));
}
