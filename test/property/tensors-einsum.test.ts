import { expect, test } from "vitest";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, fastEngines, onEngines } from "../helpers/tensor-engines.js";
import {
  compareWithCpu,
  type Input,
  type Program,
  randomBlock,
  randomIntegers,
  toTensor,
} from "../helpers/tensors.js";

const tf = tensorflow();

interface Sum {
  readonly equation: string;
  readonly inputs: Input[];
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
      randomBlock(
        stream,
        axes.map((axis) => lengths.get(axis)!),
      ),
    ),
  };
}

/** The same by broadcast products and one sum, with the gradients of these. */
function slowly(equation: string, tensors: Tensor[]): Tensor {
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

onEngines(fastEngines, "einsum", (engine) => {
  test("value and gradient of random equations", async () => {
    const stream = RandomStream.fromSeed("equations");
    for (let run = 0; run < 120; run++) {
      const { equation, inputs } = randomSum(stream);
      await compareWithCpu(engine, (...tensors) => tf.einsum(equation, ...tensors), inputs, {
        reference: (...tensors) => slowly(equation, tensors),
        what: equation,
      });
    }
  });
});

onEngines(engines, "the gradient of einsum", (engine) => {
  // tfjs's own einsum, which the cpu backend keeps, fails for some other equations.
  test.each([
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
  ])("of %s", async (equation, shapes) => {
    // biome-ignore format: one equation a line
    const stream = RandomStream.fromSeed(equation);
    const inputs = shapes.map((shape) => randomBlock(stream, shape));
    await compareWithCpu(engine, (...tensors) => tf.einsum(equation, ...tensors), inputs, {
      reference: (...tensors) => slowly(equation, tensors),
    });
  });

  test("can be differentiated again", async () => {
    const stream = RandomStream.fromSeed("second");
    const inputs = [randomBlock(stream, [3, 4]), randomBlock(stream, [4, 2])];
    const norm = (sum: Program) => (a: Tensor, b: Tensor) =>
      tf.sum(tf.square(tf.grad((x: Tensor) => tf.sum(tf.square(sum(x, b))))(a)));
    await compareWithCpu(
      engine,
      norm((x, y) => tf.einsum("ij,jk->ik", x, y)),
      inputs,
      {
        reference: norm((x, y) => slowly("ij,jk->ik", [x, y])),
        what: "second derivative",
      },
    );
  });

  test("integers stay integers", async () => {
    const stream = RandomStream.fromSeed("integers");
    const inputs = [randomIntegers(stream, [3, 4], 9), randomIntegers(stream, [4, 2], 9)];
    const sum: Program = (a, b) => tf.einsum("ij,jk->ki", a, b);
    await compareWithCpu(engine, sum, inputs, { gradients: false });
    tf.tidy(() => {
      expect(sum(...inputs.map(toTensor)).dtype).toBe("int32");
    });
  });

  test("sizes that do not fit are refused", () => {
    tf.tidy(() => {
      expect(() => tf.einsum("ij,jk->ik", tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/dimension/);
    });
  });
});
