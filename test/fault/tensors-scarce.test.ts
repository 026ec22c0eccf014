import { expect, test } from "vitest";
import { valueAndGradients } from "#lib/compute/tensors/gradients/value-and-gradients.js";
import * as ops from "#lib/compute/tensors/ops/index.js";
import { type Scalar, type Tensor, tensorflow, type Variable } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";
import { held, withoutAllocation } from "../helpers/scarce.js";
import { onEngines, wasmEngines } from "../helpers/tensor-engines.js";
import { opCases } from "../helpers/tensor-op-cases.js";
import { type Input, type Program, randomBlock, randomIntegers, toTensor } from "../helpers/tensors.js";

const tf = tensorflow();

interface Case {
  readonly what: string;
  readonly inputs: readonly Input[];
  readonly op: Program;
  /** Whether there is no gradient. */
  readonly forwardOnly?: boolean;
}

const rng = RandomStream.fromSeed("scarce");
const block = (...shape: number[]) => randomBlock(rng, shape);
const whole = (below: number, ...shape: number[]) => randomIntegers(rng, shape, below);

/** One of our own kernels, called as it is. */
const own =
  (name: string, inputs: readonly string[], attrs: Record<string, number>): Program =>
  (...given) => {
    const named = Object.fromEntries(inputs.map((input, i) => [input, given[i]]));
    const outputs: Tensor | Tensor[] = tf.engine().runKernel(name, named, attrs);
    return [outputs].flat()[0];
  };

function transformer(dropout?: { rate: number; seed: number }): Case {
  const [d, f] = [4, 6];
  const shapes = [[d], [d], [3 * d, d], [3 * d], [d, d], [d], [d], [d], [f, d], [f], [d, f], [d]];
  const op: Program = (x, ...p) => {
    const norm = (i: number) => ({ gamma: p[i], beta: p[i + 1] });
    const map = (i: number) => ({ kernel: p[i], bias: p[i + 1] });
    const parts = {
      norm1: norm(0),
      qkv: map(2),
      out: map(4),
      norm2: norm(6),
      first: map(8),
      second: map(10),
    };
    return ops.transformerBlock(x, parts as never, { heads: 2, dropout });
  };
  const inputs = [block(2, 3, d), ...shapes.map((shape) => block(...shape))];
  return { what: `transformerBlock ${dropout ? "with dropout" : ""}`, inputs, op };
}

type Four = Parameters<typeof tf.conv2d>[0] & Parameters<typeof tf.conv2d>[1];

function convolutions(): Case[] {
  const images = [block(1, 6, 6, 2), block(3, 3, 2, 2)];
  const conv = (pad: "same" | "valid") => (x: Tensor, filter: Tensor) =>
    tf.conv2d(x as Four, filter as Four, 1, pad);
  const fused = (x: Tensor, filter: Tensor, bias: Tensor) =>
    tf.fused.conv2d({
      x: x as Four,
      filter: filter as Four,
      strides: 1,
      pad: "same",
      bias,
      activation: "elu",
    });
  const depthwise = (x: Tensor, filter: Tensor) => tf.depthwiseConv2d(x as Four, filter as Four, 1, "same");
  return [
    { what: "conv2d", inputs: images, op: conv("same") },
    { what: "conv2d of pixels", inputs: [images[0], block(1, 1, 2, 3)], op: conv("valid") },
    { what: "fused conv2d", inputs: [...images, block(2)], op: fused, forwardOnly: true },
    { what: "depthwiseConv2d", inputs: [images[0], block(3, 3, 2, 1)], op: depthwise },
  ];
}

function products(): Case[] {
  const [a, b] = [block(3, 4), block(4, 5)];
  const fused = (x: Tensor, y: Tensor, bias: Tensor) =>
    tf.fused.matMul({ a: x, b: y, bias, activation: "elu" });
  return [
    { what: "matMul", inputs: [a, b], op: (x, y) => tf.matMul(x, y) },
    { what: "matMul, broadcast", inputs: [block(2, 1, 3, 4), block(3, 4, 2)], op: (x, y) => tf.matMul(x, y) },
    { what: "fused matMul, a row", inputs: [a, b, block(5)], op: fused },
    { what: "fused matMul, full bias", inputs: [a, b, block(3, 5)], op: fused },
    { what: "einsum", inputs: [a, b], op: (x, y) => tf.einsum("ij,jk->ki", x, y) },
    { what: "tile", inputs: [a], op: (x) => tf.tile(x, [2, 3]) },
    { what: "clone", inputs: [a], op: (x) => tf.clone(x) },
    { what: "sum of nothing", inputs: [block(0, 3)], op: (x) => tf.sum(x, 0) },
    { what: "gather", inputs: [a, whole(3, 5)], op: (x, i) => tf.gather(x, i as never) },
    {
      what: "segment sum of integers",
      inputs: [whole(9, 4), whole(3, 4)],
      op: (x, i) => tf.unsortedSegmentSum(x, i as never, 3),
      forwardOnly: true,
    },
  ];
}

function maps(): Case[] {
  const x = block(2, 6, 3);
  const taken = { entries: 4, pixels: 6, width: 1, taps: 2 };
  const names = ["x", "table"];
  const runs: Input = { values: Int32Array.of(0, 2, -1, 1, 3, 1), shape: [3, 2] };
  const pairs: Input = { values: Int32Array.of(0, 1, 2, 3), shape: [4] };
  const back = own("WeightbookMaxWindowsBack", ["dy", "winners", "table"], { ...taken });
  const lists: Input = { values: Int32Array.of(0, 1, 2, 3, 4, 5), shape: [6] };
  return [
    { what: "gather runs", inputs: [x, runs], op: own("WeightbookGatherRuns", ["x", "runs"], taken) },
    { what: "collect entries", inputs: [x, lists], op: own("WeightbookCollectEntries", names, taken) },
    { what: "max windows", inputs: [x, pairs], op: own("WeightbookMaxWindows", names, taken) },
    {
      what: "max windows back",
      inputs: [block(2, 2, 3), { values: new Float32Array(12), shape: [2, 2, 3] }, lists],
      op: back,
    },
    {
      what: "cut columns",
      inputs: [block(4, 5)],
      op: own("WeightbookCutColumns", ["x"], { offset: 1, size: 2 }),
    },
  ].map((given) => ({ ...given, forwardOnly: true }));
}

const cases: readonly Case[] = [
  ...Array.from({ length: 6 }, () => opCases(rng, false))
    .flat()
    .map(({ what, inputs, op }) => ({ what, inputs, op })),
  { what: "dropout", inputs: [block(3, 5)], op: (x) => ops.dropout(x, 0.5, 3) },
  transformer(),
  transformer({ rate: 0.25, seed: 5 }),
  ...convolutions(),
  ...products(),
  ...maps(),
];

/** Lets every allocation of some work fail, one after the other, and expects that nothing is left each time. */
function failEach(what: string, work: () => void): number {
  work();
  const before = held();
  for (let count = 0; ; count++) {
    const { failed, blocks } = withoutAllocation(count, work);
    expect({ ...held(), blocks }, `${what}, allocation ${count}`).toEqual({ ...before, blocks: 0 });
    if (!failed) return count;
  }
}

onEngines(wasmEngines, "when an allocation fails, nothing is left", () => {
  const names = [...new Set(cases.map(({ what }) => what.split(" [")[0]))];
  test.each(names)("of %s", (name) => {
    for (const { what, inputs, op, forwardOnly } of cases.filter(
      (given) => given.what.split(" [")[0] === name,
    )) {
      const tensors = inputs.map(toTensor);
      failEach(what, () => tf.dispose(tf.tidy(() => op(...tensors))));
      if (!forwardOnly) {
        const variables = tensors.map((x) => (x.dtype === "float32" ? tf.variable(x) : x));
        const trained = variables.filter(({ dtype }) => dtype === "float32") as Variable[];
        const loss = () => tf.sum(op(...variables)) as Scalar;
        failEach(`${what}, gradients`, () => tf.dispose(valueAndGradients(loss, trained)));
        tf.dispose(trained);
      }
      tf.dispose(tensors);
    }
  });

  test("of a training step, and the next one works", async () => {
    const size = { tokens: 3, width: 5, d: 8, heads: 2, blocks: 1, hidden: 12, latent: 4, batch: 6 };
    const training = new HyperrepTraining(size);
    expect(failEach("a step", () => training.step().dispose())).toBeGreaterThan(50);
    const loss = training.step();
    expect((await loss.data())[0]).toBeGreaterThan(0);
    loss.dispose();
    training.dispose();
  });
});
