import { describe, expect, test } from "vitest";
import type { Tensor, TensorFlow } from "#lib/compute/tensors/tf.js";
import { withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { registerWasmKernels } from "#lib/compute/tensors/wasm/register.js";
import { RandomStream } from "#lib/core/random.js";
import {
  compareWithCpu,
  expectClose,
  gemmKinds,
  type HostTensor,
  type Program,
  randomIntegers,
  randomTensor,
  runProgram,
  startBackend,
} from "../helpers/tensors.js";

/** A sum of products of broadcast tensors: what a matrix product is, from other operations and their gradients. */
function productOfSums(
  tf: TensorFlow,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
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
function operands(stream: RandomStream, transposeA: boolean, transposeB: boolean): [HostTensor, HostTensor] {
  const size = () => stream.pick([0, 1, 1, 2, 3, 4, 5, 8, 9, 17, 33]);
  const [m, n, k] = [size(), size(), size()];
  const [batchA, batchB] = batches(stream);
  const a = randomTensor([...batchA, ...(transposeA ? [k, m] : [m, k])], stream);
  return [a, randomTensor([...batchB, ...(transposeB ? [n, k] : [k, n])], stream)];
}

describe.each(await gemmKinds())("matrix products by %s", (kind) => {
  test("value and gradient for any transposition and broadcast, empty and single axes too", async () => {
    const stream = RandomStream.fromSeed("products");
    await startBackend("wasm");
    await withGemm(kind, async () => {
      for (let run = 0; run < 60; run++) {
        const [ta, tb] = [stream.uniform() < 0.5, stream.uniform() < 0.5];
        const inputs = operands(stream, ta, tb);
        // The engine's reduction of empty tensors is not the subject here.
        const gradients = inputs.every(({ values }) => values.length > 0);
        await compareWithCpu("wasm", (tf, a, b) => tf.matMul(a, b, ta, tb), inputs, {
          what: `matMul ${ta} ${tb}`,
          reference: gradients ? (tf, a, b) => productOfSums(tf, a, b, ta, tb) : undefined,
          gradients,
        });
      }
    });
  });

  test("larger products, and a product in a chain", async () => {
    const stream = RandomStream.fromSeed("larger");
    await startBackend("wasm");
    await withGemm(kind, async () => {
      const inputs = [
        [70, 300],
        [50, 300],
        [2, 50, 90],
      ].map((shape) => randomTensor(shape, stream));
      const program: Program = (tf, a, b, c) =>
        tf.tanh(tf.mul(tf.matMul(tf.matMul(a, b, false, true), c), 0.01));
      await compareWithCpu("wasm", program, inputs, { what: "chain" });
    });
  });

  test("with bias and every activation", async () => {
    const stream = RandomStream.fromSeed("fused");
    await startBackend("wasm");
    const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
    const biases = [undefined, [7], [1, 7], [5, 7], [1], []];
    await withGemm(kind, async () => {
      for (const activation of activations) {
        for (const bias of biases) {
          const [ta, tb] = [stream.uniform() < 0.5, stream.uniform() < 0.5];
          const shapes = [ta ? [4, 5] : [5, 4], tb ? [7, 4] : [4, 7], ...(bias ? [bias] : []), [7]];
          const inputs = shapes.map((shape) => randomTensor(shape, stream));
          const program: Program = (tf, a, b, ...rest) =>
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
          await compareWithCpu("wasm", program, inputs, { what, gradients: false });
          if (activation === "linear" || activation === "relu") {
            const used = inputs.slice(0, bias ? 3 : 2);
            await compareWithCpu("wasm", program, used, { what });
          }
        }
      }
    });
  });
});

describe("kernels beside products", () => {
  test("a clone shares its data, and outlives its source", async () => {
    const tf = await startBackend("wasm");
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2, 3]);
    const copy = x.clone();
    const next = copy.add(1);
    x.dispose();
    expect([...copy.dataSync()]).toEqual([1, 2, 3]);
    const other = tf.zeros([3]);
    expect([...copy.dataSync()]).toEqual([1, 2, 3]);
    for (const t of [copy, next, other]) t.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const words = tf.tensor1d(["a", "b"]).clone();
    expect([...words.dataSync()]).toEqual(["a", "b"]);
  });

  test("sums by segment, and the gradient of gather", async () => {
    const stream = RandomStream.fromSeed("segments");
    await startBackend("wasm");
    for (const [rows, rest, segments] of [
      [9, [5], 4],
      [1, [], 3],
      [20, [2, 3], 1],
      [6, [1, 17], 9],
    ] as const) {
      const ids = randomIntegers([rows], segments, stream);
      const inputs = [randomTensor([rows, ...rest], stream), ids];
      const sum: Program = (tf, x, i) => tf.unsortedSegmentSum(x, i as never, segments);
      await compareWithCpu("wasm", sum, inputs, { what: "unsortedSegmentSum" });
      const table = randomTensor([segments, ...rest], stream);
      await compareWithCpu("wasm", (tf, x, i) => tf.gather(x, i as never), [table, ids], { what: "gather" });
    }
    const columns = [randomTensor([3, 8, 2], stream), randomIntegers([5], 8, stream)];
    await compareWithCpu("wasm", (tf, x, i) => tf.gather(x, i as never, 1), columns, {
      what: "gather axis 1",
    });
  });

  test("rows of segments that do not exist are left out", async () => {
    const tf = await startBackend("wasm");
    const sums = tf.tidy(() =>
      tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4]), tf.tensor1d([-1, 1, 2], "int32"), 2),
    );
    expect([...sums.dataSync()]).toEqual([0, 2]);
    sums.dispose();
  });

  test("the gradient of tile equals that of a product with ones, for any rank", async () => {
    const stream = RandomStream.fromSeed("tiles");
    for (let run = 0; run < 25; run++) {
      const rank = 1 + stream.integer(5);
      const shape = Array.from({ length: rank }, () => 1 + stream.integer(3));
      const reps = shape.map(() => 1 + stream.integer(3));
      const x = randomTensor(shape, stream);
      await startBackend("cpu");
      const { gradients, value } = runProgram((tf, t) => tf.tile(t, reps), [x]);
      // Adding up by index what the tape hands back: the same weights, made again.
      const full = shape.map((length, axis) => length * reps[axis]);
      const weights = randomTensor(full, RandomStream.fromSeed(7)).values;
      const expected = new Float64Array(x.values.length);
      for (let i = 0; i < value.length; i++) {
        let [rest, index, stride] = [i, 0, 1];
        for (let axis = rank - 1; axis >= 0; axis--) {
          index += ((rest % full[axis]) % shape[axis]) * stride;
          stride *= shape[axis];
          rest = Math.floor(rest / full[axis]);
        }
        expected[index] += weights[i];
      }
      expectClose(gradients[0], expected, 1e-5, `tile [${shape}] by [${reps}] on cpu`);
      await compareWithCpu("wasm", (tf, t) => tf.tile(t, reps), [x], { what: `tile by [${reps}]` });
    }
  });

  test("registering again changes nothing", async () => {
    const tf = await startBackend("wasm");
    const kernel = tf.getKernel("BatchMatMul", "wasm");
    registerWasmKernels();
    expect(tf.getKernel("BatchMatMul", "wasm")).toBe(kernel);
  });

  test("shapes that do not fit are refused", async () => {
    const tf = await startBackend("wasm");
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([4, 2])];
    expect(() => tf.matMul(a, b)).toThrow(/shapes/);
    a.dispose();
    b.dispose();
  });
});
