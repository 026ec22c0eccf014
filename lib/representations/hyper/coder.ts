import { addBias, linear, relu, transformerBlock } from "../../compute/tensors/ops/index.js";
import type { BlockParameters, LinearParameters } from "../../compute/tensors/ops/transformer-block.js";
import { type Tensor, type Tensor1D, type Tensor2D, tensorflow } from "../../compute/tensors/tf.js";
import type { HyperConfig } from "./config.js";
import type { ParameterTensors } from "./parameters.js";
import type { TokenPlan } from "./tokens.js";

/** What encoder and decoder are made of. */
export interface Coder {
  readonly config: HyperConfig;
  readonly plan: TokenPlan;
  readonly parameters: ParameterTensors;
}

/** Dropout of a training step; none while evaluating. */
export interface CoderDropout {
  /** A seed for block `index`; encoder blocks first. */
  readonly seed: (index: number) => number;
}

/**
 * The hyper-representations z of a batch, within `tidy`.
 * @param groups the batch by token group: [batch, tokens, width] each
 * @returns [batch, latent]
 */
export function encode(coder: Coder, groups: readonly Tensor[], dropout?: CoderDropout): Tensor2D {
  const { config, plan } = coder;
  const batch = groups[0].shape[0];
  if (config.architecture === "FF") {
    const flat = groups[0].reshape([batch, plan.parameters]);
    return squash(config, layers(coder, "encoder", flat));
  }
  const hasToken = config.architecture.endsWith("+t");
  const embedded = groups.map((group, i) => apply(coder, `encoder.embed${i}`, group));
  let x = join(embedded);
  // The compression token comes first; as it is learned, its position alone is enough.
  if (hasToken) x = tensorflow().pad(x, [[0, 0], [1, 0], [0, 0]]); // biome-ignore format: one line
  x = withPositions(x, coder.parameters.get("encoder.positions")!);
  x = stack(coder, "encoder", x, 0, dropout);
  const { width } = config;
  const kept = hasToken
    ? tensorflow().slice(x, [0, 0, 0], [batch, 1, width]).reshape([batch, width])
    : x.reshape([batch, plan.tokens * width]);
  return squash(config, apply(coder, "encoder.compress", kept));
}

/**
 * Reconstructions of a batch by token group, within `tidy`.
 * @param z [batch, latent]
 * @returns [batch, tokens, width] each
 */
export function decode(coder: Coder, z: Tensor2D, dropout?: CoderDropout): Tensor[] {
  const tf = tensorflow();
  const { config, plan, parameters } = coder;
  const [batch] = z.shape;
  if (config.architecture === "FF") return [layers(coder, "decoder", z).reshape([batch, 1, plan.parameters])];
  const { width, blocks } = config;
  const positions = parameters.get("decoder.positions")!;
  const start = apply(coder, "decoder.expand", z);
  const hasToken = config.architecture.endsWith("+t");
  const x = hasToken
    ? tf.add(start.reshape([batch, 1, width]), positions.reshape([1, plan.tokens, width]))
    : withPositions(start.reshape([batch, plan.tokens, width]), positions);
  const y = stack(coder, "decoder", x, blocks, dropout);
  return plan.groups.map(({ first, tokens }, i) => {
    const own = plan.groups.length === 1 ? y : tf.slice(y, [0, first, 0], [batch, tokens, width]);
    return apply(coder, `decoder.restore${i}`, own);
  });
}

/** The projection head of contrastive losses: linear, ReLU, linear. */
export function project(coder: Coder, z: Tensor2D): Tensor2D {
  return apply(coder, "project.second", relu(apply(coder, "project.first", z))) as Tensor2D;
}

function squash({ tanh }: HyperConfig, z: Tensor): Tensor2D {
  return (tanh ? z.tanh() : z) as Tensor2D;
}

function join(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0] : tensorflow().concat([...parts], 1);
}

/** Ten linear layers with ReLU between them: without one at the end, since weights have both signs. */
function layers(coder: Coder, name: string, x: Tensor): Tensor {
  let flow = x;
  for (let i = 0; i < 10; i++) {
    const { kernel, bias } = linearOf(coder, `${name}.layer${i}`);
    flow = linear(flow, kernel, bias, i < 9 ? { activation: "relu" } : {});
  }
  return flow;
}

function withPositions(x: Tensor, positions: Tensor): Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  const flat = addBias(x.reshape([batch, tokens * width]), positions.reshape([-1]) as Tensor1D);
  return flat.reshape([batch, tokens, width]);
}

function stack(coder: Coder, name: string, x: Tensor, firstSeed: number, dropout?: CoderDropout): Tensor {
  const { heads, blocks, dropout: rate } = coder.config;
  let flow = x;
  for (let i = 0; i < blocks; i++) {
    const drop = dropout && rate > 0 ? { dropout: { rate, seed: dropout.seed(firstSeed + i) } } : {};
    flow = transformerBlock(flow, blockOf(coder, `${name}.block${i}`), { heads, ...drop });
  }
  return flow;
}

function apply(coder: Coder, name: string, x: Tensor): Tensor {
  const { kernel, bias } = linearOf(coder, name);
  return linear(x, kernel, bias);
}

function linearOf({ parameters }: Coder, name: string): LinearParameters {
  const kernel = parameters.get(`${name}.kernel`) as Tensor2D;
  return { kernel, bias: parameters.get(`${name}.bias`) as Tensor1D };
}

function blockOf(coder: Coder, name: string): BlockParameters {
  const { parameters } = coder;
  const norm = (which: string) => ({
    gamma: parameters.get(`${name}.${which}.gamma`) as Tensor1D,
    beta: parameters.get(`${name}.${which}.beta`) as Tensor1D,
  });
  return {
    norm1: norm("norm1"),
    qkv: linearOf(coder, `${name}.qkv`),
    out: linearOf(coder, `${name}.out`),
    norm2: norm("norm2"),
    first: linearOf(coder, `${name}.first`),
    second: linearOf(coder, `${name}.second`),
  };
}
