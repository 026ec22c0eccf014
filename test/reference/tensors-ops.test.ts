import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as ops from "#lib/compute/tensors/ops/index.js";
import type { Tensor } from "#lib/compute/tensors/tf.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";
import { type Block, blockOf, compute, expectClose, ones, outcome, toTensor } from "../helpers/tensors.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const fixture = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));

interface LayerCase {
  heads: number;
  d_model: number;
  norm_first: boolean;
  activation: "relu" | "gelu";
  params: Record<string, unknown>;
  grads: Record<string, unknown>;
  input: number[][][];
  output: number[][][];
  loss_coef: number[][][];
  grad_input: number[][][];
  self_attn_output_on_input: number[][][];
}
const layers = (fixture("transformer_layer") as { cases: LayerCase[] }).cases;

interface ContrastCase {
  temperature: number;
  loss: number;
  grad_z1?: number[][];
  grad_z2?: number[][];
  grad_z1_norm?: number;
  grad_z2_norm?: number;
}
const contrasts = fixture("nt_xent") as Record<
  string,
  { z1: number[][]; z2: number[][]; cases: ContrastCase[] }
>;
const functions = fixture("ops") as Record<string, number[] | number[][]>;

/** torch's encoder layer, made of our ops; parameters in the order of its state_dict. */
function encoderLayer({ heads, norm_first, activation }: LayerCase, x: Tensor, parameters: Tensor[]): Tensor {
  const [inW, inB, outW, outB, w1, b1, w2, b2, g1, s1, g2, s2] = parameters;
  const attend = (input: Tensor, residual: Tensor) =>
    ops.linear(ops.attention(ops.linear(input, inW, inB), heads), outW, outB, { residual });
  const feed = (input: Tensor, residual: Tensor) =>
    ops.linear(ops.linear(input, w1, b1, { activation }), w2, b2, { residual });
  if (norm_first) {
    const middle = attend(ops.layerNorm(x, g1, s1), x);
    return feed(ops.layerNorm(middle, g2, s2), middle);
  }
  const middle = ops.layerNorm(attend(x, x), g1, s1);
  return ops.layerNorm(feed(middle, middle), g2, s2);
}

const names = [
  "self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight", "self_attn.out_proj.bias",
  "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
  "norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias",
]; // biome-ignore format: in the order in which the layer takes them

function norm({ values }: Block): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

onEngines(engines, "ops against torch", () => {
  it.each(layers)("nn.TransformerEncoderLayer, norm_first $norm_first, $activation", async (layer) => {
    expect(Object.keys(layer.params).sort()).toEqual([...names].sort());
    const inputs = [layer.input, ...names.map((name) => layer.params[name])].map(blockOf);
    const run = (x: Tensor, ...parameters: Tensor[]) => encoderLayer(layer, x, parameters);
    const { value, gradients } = await outcome(run, inputs, {
      coefficients: () => blockOf(layer.loss_coef),
    });
    expectClose(value, blockOf(layer.output), 1e-5, "output");
    expectClose(gradients[0], blockOf(layer.grad_input), 1e-5, "gradient of the input");
    names.forEach((name, i) => {
      expectClose(gradients[i + 1], blockOf(layer.grads[name]), 1e-5, `gradient of ${name}`);
    });
  });

  it.each(layers)("the attention block alone, norm_first $norm_first, $activation", async (layer) => {
    const [block] = await compute(() => {
      const [inW, inB, outW, outB] = names.slice(0, 4).map((name) => toTensor(blockOf(layer.params[name])));
      const qkv = ops.linear(toTensor(blockOf(layer.input)), inW, inB);
      return [ops.linear(ops.attention(qkv, layer.heads), outW, outB)];
    });
    expectClose(block, blockOf(layer.self_attn_output_on_input), 1e-5, "output");
  });

  describe.each(Object.keys(contrasts))("NT-Xent %s", (name) => {
    const { z1, z2, cases } = contrasts[name];
    it.each(cases)("temperature $temperature", async (given) => {
      const run = (a: Tensor, b: Tensor) => ops.ntXent(a, b, given.temperature);
      const { value, gradients } = await outcome(run, [z1, z2].map(blockOf));
      expect(Math.abs(value.values[0] / given.loss - 1)).toBeLessThanOrEqual(1e-5);
      const [first, second] = [given.grad_z1, given.grad_z2];
      if (first && second) {
        expectClose(gradients[0], blockOf(first), 1e-5, "gradient of z1");
        expectClose(gradients[1], blockOf(second), 1e-5, "gradient of z2");
      } else {
        const norms = [given.grad_z1_norm, given.grad_z2_norm] as number[];
        norms.forEach((expected, i) => {
          expect(Math.abs(norm(gradients[i]) / expected - 1)).toBeLessThanOrEqual(1e-5);
        });
      }
    });
  });

  it("GELU, softmax and layer norm", async () => {
    const z = blockOf(functions.z);
    const zero: Block = { values: new Float32Array(7), shape: [7] };
    const { value } = await outcome(ops.gelu, [blockOf(functions.x)]);
    expectClose(value, blockOf(functions.gelu_erf), 1e-6, "gelu");
    expectClose((await outcome(ops.softmax, [z])).value, blockOf(functions.softmax), 1e-6, "softmax");
    const norm = (x: Tensor, gamma: Tensor, beta: Tensor) => ops.layerNorm(x, gamma, beta);
    const normed = await outcome(norm, [z, ones([7]), zero]);
    expectClose(normed.value, blockOf(functions.layer_norm_no_affine), 2e-6, "layer norm");
  });
});
