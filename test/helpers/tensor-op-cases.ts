import * as ops from "#lib/compute/tensors/ops/index.js";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import type { RandomStream } from "#lib/core/random.js";
import { type Block, type Program, randomBlock } from "./tensors.js";

/** An op at a random shape, and what it should be, in tfjs's own operations. */
export interface OpCase {
  readonly what: string;
  readonly inputs: Block[];
  readonly op: Program;
  readonly plain: Program;
}

const between = (rng: RandomStream, low: number, high: number) => low + rng.integer(high - low + 1);

/** Leading axes: none, one or two; with `empty`, one of at least one is of length 0. */
function leading(rng: RandomStream, empty: boolean): number[] {
  const axes = empty ? between(rng, 1, 2) : rng.integer(3);
  const shape = Array.from({ length: axes }, () => between(rng, 1, 7));
  if (empty) shape[rng.integer(axes)] = 0;
  return shape;
}

function plainGelu(x: Tensor): Tensor {
  const tf = tensorflow();
  return tf.mul(x, tf.add(tf.mul(tf.erf(tf.div(x, Math.SQRT2)), 0.5), 0.5));
}

function activations(rng: RandomStream, empty: boolean): OpCase[] {
  const tf = tensorflow();
  // From two values on: the gradient of a softmax over one is zero, which no relative distance can judge.
  const shape = [...leading(rng, empty), between(rng, 2, 40)];
  const inputs = [randomBlock(rng, shape, 3)];
  return [
    { what: `gelu [${shape}]`, inputs, op: ops.gelu, plain: plainGelu },
    { what: `relu [${shape}]`, inputs, op: ops.relu, plain: (x) => tf.maximum(x, 0) },
    { what: `softmax [${shape}]`, inputs, op: ops.softmax, plain: plainSoftmax },
  ];
}

function plainSoftmax(x: Tensor): Tensor {
  const tf = tensorflow();
  const powers = tf.exp(tf.sub(x, 2));
  return tf.div(powers, tf.sum(powers, -1, true));
}

function rows(rng: RandomStream, empty: boolean): OpCase[] {
  const tf = tensorflow();
  // From three values on: two are always normed to 1 and -1, and the gradient is what rounding leaves of nothing.
  const width = between(rng, 3, 40);
  const shape = [...leading(rng, empty), width];
  const [x, gamma, beta] = [shape, [width], [width]].map((size) => randomBlock(rng, size));
  const plainNorm = (input: Tensor, scale: Tensor, shift: Tensor) => {
    const { mean, variance } = tf.moments(input, input.rank - 1, true);
    const unit = tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-3)));
    return tf.add(tf.mul(unit, scale), shift);
  };
  return [
    { what: `addBias [${shape}]`, inputs: [x, beta], op: ops.addBias, plain: (a, b) => tf.add(a, b) },
    {
      what: `layerNorm [${shape}]`,
      inputs: [x, gamma, beta],
      op: (a, b, c) => ops.layerNorm(a, b, c, { epsilon: 1e-3 }),
      plain: plainNorm,
    },
  ];
}

function linear(rng: RandomStream, empty: boolean): OpCase[] {
  const tf = tensorflow();
  const [inputs, outputs] = [between(rng, 1, 30), between(rng, 1, 30)];
  const front = leading(rng, empty);
  const activation = ([undefined, "gelu", "relu"] as const)[rng.integer(3)];
  const [biased, residual] = [rng.integer(2) === 1, rng.integer(2) === 1];
  const shapes = [
    [...front, inputs],
    [outputs, inputs],
  ];
  if (biased) shapes.push([outputs]);
  if (residual) shapes.push([...front, outputs]);
  const parts = (rest: Tensor[]) => [
    biased ? rest[0] : undefined,
    residual ? rest[rest.length - 1] : undefined,
  ];
  return [
    {
      what: `linear ${JSON.stringify(shapes)} ${activation} bias ${biased} residual ${residual}`,
      inputs: shapes.map((shape) => randomBlock(rng, shape)),
      op: (x, kernel, ...rest) => {
        const [bias, added] = parts(rest);
        return ops.linear(x, kernel, bias, { residual: added, activation });
      },
      plain: (x, kernel, ...rest) => {
        const [bias, added] = parts(rest);
        // A product of rows and kernel by broadcasting: no matrix product takes part.
        const pairs = tf.mul(tf.expandDims(x, -2), kernel);
        let y: Tensor = tf.sum(pairs, -1);
        if (bias) y = tf.add(y, bias);
        if (added) y = tf.add(y, added);
        if (activation === "gelu") return plainGelu(y);
        return activation === "relu" ? tf.maximum(y, 0) : y;
      },
    },
  ];
}

/** Attention with `tokens` tokens: the products of few and of many tokens take different ways. */
export function attentionCase(
  rng: RandomStream,
  batch: number,
  tokens: number,
  heads: number,
  head: number,
): OpCase {
  const tf = tensorflow();
  const width = heads * head;
  const plain = (qkv: Tensor) => {
    const [q, k, v] = tf.split(qkv, 3, 2);
    const mixed = Array.from({ length: heads }, (_, h) => {
      const [qh, kh, vh] = [q, k, v].map((part) => tf.slice(part, [0, 0, h * head], [batch, tokens, head]));
      const scores = tf.matMul(qh, tf.transpose(kh, [0, 2, 1]));
      return tf.matMul(tf.softmax(tf.div(scores, Math.sqrt(head))), vh);
    });
    return tf.concat(mixed, 2);
  };
  return {
    what: `attention ${batch} x ${tokens} tokens x ${heads} heads of ${head}`,
    inputs: [randomBlock(rng, [batch, tokens, 3 * width])],
    op: (qkv) => ops.attention(qkv, heads),
    plain,
  };
}

function contrast(rng: RandomStream): OpCase {
  const tf = tensorflow();
  const [n, d] = [between(rng, 2, 12), between(rng, 2, 20)];
  const temperature = rng.uniform(0.2, 2);
  const plain = (z1: Tensor, z2: Tensor) => {
    const z = tf.concat([z1, z2]);
    const u = tf.div(z, tf.norm(z, 2, 1, true));
    const powers = tf.exp(tf.div(tf.sum(tf.mul(tf.expandDims(u, 1), tf.expandDims(u, 0)), 2), temperature));
    const eye = tf.eye(2 * n);
    const partner = tf.concat([tf.slice(eye, [n, 0], [n, 2 * n]), tf.slice(eye, [0, 0], [n, 2 * n])]);
    const others = tf.sum(tf.mul(powers, tf.sub(1, eye)), 1);
    return tf.mean(tf.neg(tf.log(tf.div(tf.sum(tf.mul(powers, partner), 1), others))));
  };
  return {
    what: `ntXent [${n}, ${d}] at ${temperature}`,
    inputs: [randomBlock(rng, [n, d]), randomBlock(rng, [n, d])],
    op: (a, b) => ops.ntXent(a, b, temperature),
    plain,
  };
}

/** One case of every op (dropout has tests of its own), on an empty batch if asked to and the op takes one. */
export function opCases(rng: RandomStream, empty: boolean): OpCase[] {
  const batch = empty ? 0 : between(rng, 1, 4);
  return [
    ...activations(rng, empty),
    ...rows(rng, empty),
    ...linear(rng, empty),
    attentionCase(rng, batch, between(rng, 2, 13), between(rng, 1, 3), between(rng, 1, 20)),
    contrast(rng),
  ];
}
