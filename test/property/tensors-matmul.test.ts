import { expect, test } from "vitest";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, fastEngines, onEngines } from "../helpers/tensor-engines.js";
import { type Block, compareWithCpu, type Program, randomBlock } from "../helpers/tensors.js";

const tf = tensorflow();

/** A sum of products of broadcast tensors: what a matrix product is, from other operations and their gradients. */
function productOfSums(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const swap = (x: Tensor) => tf.transpose(x, [...Array(x.rank - 2).keys(), x.rank - 1, x.rank - 2]);
  const left = transposeA ? swap(a) : a;
  const right = transposeB ? swap(b) : b;
  return tf.sum(tf.mul(tf.expandDims(left, -1), tf.expandDims(right, -3)), -2);
}

/** Leading axes of two operands that can be broadcast. */
function batches(stream: RandomStream): [number[], number[]] {
  const axes = Array.from({ length: stream.integer(3) }, () => 1 + stream.integer(3));
  const mask = () => axes.map((length) => (stream.uniform() < 0.3 ? 1 : length));
  const cut = (shape: number[]) => shape.slice(stream.uniform() < 0.3 ? Math.min(1, shape.length) : 0);
  const [a, b] = [mask(), mask()];
  return stream.uniform() < 0.5 ? [cut(a), b] : [a, cut(b)];
}

/** Two operands of a random product. */
function operands(stream: RandomStream, transposeA: boolean, transposeB: boolean): [Block, Block] {
  const size = () => stream.pick([0, 1, 1, 2, 3, 4, 5, 8, 9, 17, 33]);
  const [m, n, k] = [size(), size(), size()];
  const [batchA, batchB] = batches(stream);
  const a = randomBlock(stream, [...batchA, ...(transposeA ? [k, m] : [m, k])]);
  return [a, randomBlock(stream, [...batchB, ...(transposeB ? [n, k] : [k, n])])];
}

onEngines(fastEngines, "matrix products", (engine) => {
  test("value and gradient for any transposition and broadcast, empty and single axes too", async () => {
    const stream = RandomStream.fromSeed("products");
    for (let run = 0; run < 60; run++) {
      const [ta, tb] = [stream.uniform() < 0.5, stream.uniform() < 0.5];
      const inputs = operands(stream, ta, tb);
      // tfjs's products of single values have no gradient where a tensor is empty.
      const isEmpty = inputs.some(({ values }) => values.length === 0);
      await compareWithCpu(engine, (a, b) => tf.matMul(a, b, ta, tb), inputs, {
        what: `matMul ${ta} ${tb}`,
        reference: isEmpty ? undefined : (a, b) => productOfSums(a, b, ta, tb),
      });
    }
  });

  test("larger products, whose programs differ with their sizes", async () => {
    const stream = RandomStream.fromSeed("larger");
    // webgpu has programs for results of few values, for few and for many tiles, and for inner lengths from 2000 on.
    for (let run = 0; run < 24; run++) {
      const [ta, tb] = [run % 2 === 1, run % 4 > 1];
      const [m, n, k] = [100, 100, 300].map((most) => 1 + stream.integer(most));
      // Every third is a stack, and every fourth of sizes that are multiples of 4.
      const [rows, columns, inner] = [m, n, run < 4 ? 1950 + k : k].map((size) =>
        run % 4 === 0 ? 4 * Math.ceil(size / 4) : size,
      );
      const batch = run % 3 === 0 ? [2] : [];
      const a = randomBlock(stream, [...batch, ...(ta ? [inner, rows] : [rows, inner])]);
      const b = randomBlock(stream, [...batch, ...(tb ? [columns, inner] : [inner, columns])]);
      const product: Program = (x, y) => tf.matMul(x, y, ta, tb);
      await compareWithCpu(engine, product, [a, b], { what: `matMul ${ta} ${tb}` });
    }
  });

  test("a product in a chain", async () => {
    const stream = RandomStream.fromSeed("chain");
    const shapes = [[70, 300], [50, 300], [2, 50, 90]]; // biome-ignore format: one line
    const inputs = shapes.map((shape) => randomBlock(stream, shape));
    const chain: Program = (a, b, c) => tf.tanh(tf.mul(tf.matMul(tf.matMul(a, b, false, true), c), 0.01));
    await compareWithCpu(engine, chain, inputs, { what: "chain" });
  });

  test("with bias and every activation", async () => {
    const stream = RandomStream.fromSeed("fused");
    const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
    const biases = [undefined, [7], [1, 7], [5, 7], [1], []];
    for (const activation of activations) {
      for (const bias of biases) {
        const [ta, tb] = [stream.uniform() < 0.5, stream.uniform() < 0.5];
        // Each is a program of its own, which the GPU in software takes a tenth of a second to compile.
        if (engine.backend === "webgpu" && stream.uniform() < 0.6) continue;
        const shapes = [ta ? [4, 5] : [5, 4], tb ? [7, 4] : [4, 7], ...(bias ? [bias] : []), [7]];
        const inputs = shapes.map((shape) => randomBlock(stream, shape));
        const program: Program = (a, b, ...rest) =>
          tf.fused.matMul({
            a,
            b,
            transposeA: ta,
            transposeB: tb,
            bias: bias ? rest[0] : undefined,
            activation,
            preluActivationWeights: activation === "prelu" ? rest.at(-1) : undefined,
            leakyreluAlpha: 0.3,
          });
        const what = `${activation} with bias [${bias}]`;
        await compareWithCpu(engine, program, inputs, { what, gradients: false });
        if (activation === "linear" || activation === "relu") {
          const used = inputs.slice(0, bias ? 3 : 2);
          await compareWithCpu(engine, program, used, { what });
        }
      }
    }
  });
});

onEngines(engines, "matrix products", () => {
  test("shapes that do not fit are refused", () => {
    tf.tidy(() => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/shapes/);
    });
  });
});
