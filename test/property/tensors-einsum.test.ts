import { describe, expect, test } from "vitest";
import type { Tensor, TensorFlow } from "#lib/compute/tensors/tf.js";
import { withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { RandomStream } from "#lib/core/random.js";
import {
  compareWithCpu,
  expectClose,
  gemmKinds,
  type HostTensor,
  randomIntegers,
  randomTensor,
  runProgram,
  startBackend,
} from "../helpers/tensors.js";

interface Sum {
  readonly equation: string;
  readonly inputs: HostTensor[];
}

/** A random equation of one or two operands over at most five axes, with operands of fitting shapes. */
function randomSum(stream: RandomStream): Sum {
  const letters = ["a", "b", "c", "d", "e"].slice(0, 1 + stream.integer(5));
  const lengths = new Map(letters.map((axis) => [axis, stream.pick([1, 2, 3, 4, 5])]));
  const some = () => {
    const chosen = letters.filter(() => stream.uniform() < 0.6);
    const axes = chosen.length > 0 ? chosen : [stream.pick(letters)];
    return [...stream.permutation(axes.length)].map((i) => axes[i]);
  };
  const operands = stream.uniform() < 0.25 ? [some()] : [some(), some()];
  const all = [...new Set(operands.flat())].filter(() => stream.uniform() < 0.5);
  const result = [...stream.permutation(all.length)].map((i) => all[i]);
  return {
    equation: `${operands.map((axes) => axes.join("")).join(",")}->${result.join("")}`,
    inputs: operands.map((axes) =>
      randomTensor(
        axes.map((axis) => lengths.get(axis)!),
        stream,
      ),
    ),
  };
}

/** The same by broadcast products and one sum, with the gradients of these. */
function slowly(tf: TensorFlow, equation: string, tensors: Tensor[]): Tensor {
  const [terms, result] = equation.split("->");
  const operands = terms.split(",");
  const rest = [...new Set(operands.join(""))].filter((axis) => !result.includes(axis));
  const order = [...result, ...rest];
  const factors = tensors.map((t, i) => {
    const axes = [...operands[i]];
    const present = order.filter((axis) => axes.includes(axis));
    const turned = tf.transpose(
      t,
      present.map((axis) => axes.indexOf(axis)),
    );
    return turned.reshape(order.map((axis) => (axes.includes(axis) ? t.shape[axes.indexOf(axis)] : 1)));
  });
  const product = factors.reduce((a, b) => tf.mul(a, b));
  const summed = rest.map((_, i) => result.length + i);
  return summed.length === 0 ? product : tf.sum(product, summed);
}

describe.each(await gemmKinds())("einsum with products by %s", (kind) => {
  test("value and gradient of random equations", async () => {
    const stream = RandomStream.fromSeed("equations");
    await startBackend("wasm");
    await withGemm(kind, async () => {
      for (let run = 0; run < 120; run++) {
        const { equation, inputs } = randomSum(stream);
        await compareWithCpu("wasm", (tf, ...tensors) => tf.einsum(equation, ...tensors), inputs, {
          reference: (tf, ...tensors) => slowly(tf, equation, tensors),
          what: equation,
        });
      }
    });
  });
});

describe("the gradient of einsum", () => {
  test("is there on the cpu backend too", async () => {
    const stream = RandomStream.fromSeed("cpu");
    await startBackend("cpu");
    for (const [equation, shapes] of [
      [
        "bij,bjk->bik",
        [
          [2, 3, 4],
          [2, 4, 5],
        ],
      ],
      ["ij->j", [[3, 4]]],
      [
        "ab,bc->ca",
        [
          [2, 3],
          [3, 5],
        ],
      ],
      ["abc->cab", [[2, 3, 4]]],
      [
        "ij,ij->",
        [
          [3, 4],
          [3, 4],
        ],
      ],
    ] as const) {
      const inputs = shapes.map((shape) => randomTensor(shape, stream));
      const actual = runProgram((tf, ...tensors) => tf.einsum(equation, ...tensors), inputs);
      const expected = runProgram((tf, ...tensors) => slowly(tf, equation, tensors), inputs);
      for (const [i, gradient] of expected.gradients.entries()) {
        expectClose(actual.gradients[i], gradient, 1e-5, `${equation}: gradient ${i}`);
      }
    }
  });

  test("can be differentiated again", async () => {
    const stream = RandomStream.fromSeed("second");
    const inputs = [randomTensor([3, 4], stream), randomTensor([4, 2], stream)];
    const norm = (tf: TensorFlow, sum: (a: Tensor, b: Tensor) => Tensor, a: Tensor, b: Tensor) =>
      tf.sum(tf.square(tf.grad((x: Tensor) => tf.sum(tf.square(sum(x, b))) as Tensor)(a))) as Tensor;
    await startBackend("wasm");
    await compareWithCpu(
      "wasm",
      (tf, a, b) => norm(tf, (x, y) => tf.einsum("ij,jk->ik", x, y), a, b),
      inputs,
      {
        reference: (tf, a, b) => norm(tf, (x, y) => slowly(tf, "ij,jk->ik", [x, y]), a, b),
        what: "second derivative",
      },
    );
  });
});

describe("einsum on wasm", () => {
  test("integers stay integers", async () => {
    const stream = RandomStream.fromSeed("integers");
    const inputs = [randomIntegers([3, 4], 9, stream), randomIntegers([4, 2], 9, stream)];
    await compareWithCpu("wasm", (tf, a, b) => tf.einsum("ij,jk->ki", a, b), inputs, { gradients: false });
  });

  test("sizes that do not fit are refused", async () => {
    const tf = await startBackend("wasm");
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([4, 2])];
    expect(() => tf.einsum("ij,jk->ik", a, b)).toThrow(/dimension/);
    a.dispose();
    b.dispose();
  });
});
