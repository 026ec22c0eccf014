import { describe, expect, it } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import * as ops from "#lib/compute/tensors/ops/index.js";
import { type Tensor, type Tensor1D, type Tensor2D, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";
import { type Block, compute, type Program, randomBlock, toTensor } from "../helpers/tensors.js";

function block(x: Tensor, ...tensors: Tensor[]): Tensor {
  const norm = (i: number) => ({ gamma: tensors[i] as Tensor1D, beta: tensors[i + 1] as Tensor1D });
  const map = (i: number) => ({ kernel: tensors[i] as Tensor2D, bias: tensors[i + 1] as Tensor1D });
  const parameters = {
    norm1: norm(0),
    qkv: map(2),
    out: map(4),
    norm2: norm(6),
    first: map(8),
    second: map(10),
  };
  return ops.transformerBlock(x, parameters, { heads: 2 });
}

const blockShapes = [
  ...[[1, 2, 6], [6], [6], [18, 6], [18], [6, 6], [6]],
  ...[[6], [6], [3, 6], [3], [6, 3], [6]],
];

/** Every op by its name, and the shapes of its inputs. */
const programs: Readonly<Record<string, [Program, ...(readonly number[])[]]>> = {
  gelu: [ops.gelu, [2, 5]],
  relu: [ops.relu, [2, 5]],
  softmax: [ops.softmax, [2, 4]],
  addBias: [ops.addBias, [2, 3], [3]],
  dropout: [(x) => ops.dropout(x, 0.4, 3), [3, 4]],
  layerNorm: [(x, gamma, beta) => ops.layerNorm(x, gamma, beta), [2, 5], [5], [5]],
  linear: [(x, kernel, bias) => ops.linear(x, kernel, bias), [2, 3], [4, 3], [4]],
  "linear with gelu": [
    (x, kernel, bias, residual) => ops.linear(x, kernel, bias, { residual, activation: "gelu" }),
    [2, 3],
    [4, 3],
    [4],
    [2, 4],
  ],
  "linear with gelu, no bias": [
    (x, kernel, residual) => ops.linear(x, kernel, undefined, { residual, activation: "gelu" }),
    [2, 3],
    [4, 3],
    [2, 4],
  ],
  "linear with relu": [
    (x, kernel, bias) => ops.linear(x, kernel, bias, { activation: "relu" }),
    [2, 3],
    [4, 3],
    [4],
  ],
  attention: [(qkv) => ops.attention(qkv, 2), [1, 3, 12]],
  ntXent: [(z1, z2) => ops.ntXent(z1, z2, 0.5), [3, 4], [3, 4]],
  transformerBlock: [block, ...blockShapes],
};

/** What is asked: the second derivatives of a loss over one of the op's inputs, along a direction. */
interface Question {
  readonly what: string;
  readonly inputs: readonly Block[];
  readonly which: number;
  readonly along: Block;
  readonly loss: Program;
  /** Central differences of cpu's first gradient. */
  readonly expected: Float32Array;
}

/** The gradient's product with a direction. */
function slope({ inputs, which, along, loss }: Omit<Question, "expected">, x: Tensor): Tensor {
  const tf = tensorflow();
  const all = inputs.map(toTensor);
  const gradient = tf.grad((value) => loss(...all.map((tensor, i) => (i === which ? value : tensor))));
  return tf.sum(tf.mul(gradient(x), toTensor(along)));
}

async function differences(question: Omit<Question, "expected">): Promise<Float32Array> {
  const { values, shape } = question.inputs[question.which];
  const step = 2 ** -6;
  const found = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const ends = [step, -step].map((by) => {
      const moved = values.slice();
      moved[i] += by;
      return { values: moved, shape };
    });
    const [up, down] = await compute(() => ends.map((end) => slope(question, toTensor(end))));
    found[i] = (up.values[0] - down.values[0]) / (2 * step);
  }
  return found;
}

/** Losses of two kinds: with an upstream gradient that does not depend on the inputs, and with one that does. */
function losses(program: Program, weights: Block): Record<string, Program> {
  const tf = tensorflow();
  // What every input adds by itself: else tfjs says of an input that is lost on the way that there is no gradient.
  const own = (inputs: Tensor[]) =>
    inputs.map((input) => tf.sum(tf.square(input)) as Tensor).reduce((sum, term) => tf.add(sum, term));
  return {
    weighted: (...inputs) =>
      tf.add(tf.sum(tf.mul(program(...inputs), toTensor(weights))), own(inputs)).asScalar(),
    squared: (...inputs) => tf.add(tf.sum(tf.square(program(...inputs))), own(inputs)).asScalar(),
  };
}

/** Normal deviates, none near 0, where ReLU has no derivative. */
function apart(rng: RandomStream, shape: readonly number[]): Block {
  const { values } = randomBlock(rng, shape, 0.7);
  return { values: values.map((value) => value + (value < 0 ? -0.1 : 0.1)), shape };
}

async function questions(): Promise<Question[]> {
  await selectBackend({ backend: "cpu" });
  const rng = RandomStream.fromSeed("second derivatives");
  const found: Question[] = [];
  for (const [name, [program, ...shapes]] of Object.entries(programs)) {
    const inputs = shapes.map((shape) => apart(rng, shape));
    const [{ shape }] = await compute(() => [program(...inputs.map(toTensor))]);
    for (const [kind, loss] of Object.entries(losses(program, randomBlock(rng, shape)))) {
      for (const [which, { shape: own }] of inputs.entries()) {
        const what = `${name}, ${kind}, input ${which}`;
        const question = { what, inputs, which, along: randomBlock(rng, own), loss };
        found.push({ ...question, expected: await differences(question) });
      }
    }
  }
  return found;
}

describe("second derivatives", async () => {
  const all = await questions();

  onEngines(engines, "are right or refused", ({ backend }) => {
    it.each(Object.keys(programs))("%s", async (name) => {
      const own = all.filter(({ what }) => what.startsWith(`${name}, `));
      expect(own.length).toBeGreaterThanOrEqual(2);
      const refused: string[] = [];
      for (const question of own) {
        let found: Block;
        try {
          const x = () => toTensor(question.inputs[question.which]);
          [found] = await compute(() => [tensorflow().grad((input) => slope(question, input))(x())]);
        } catch (error) {
          expect(String(error), question.what).toMatch(/gradient function not found for/);
          refused.push(question.what);
          continue;
        }
        const size = Math.max(1, ...question.expected.map(Math.abs));
        question.expected.forEach((value, i) => {
          expect(Math.abs(found.values[i] - value) / size, `${question.what} at ${i}`).toBeLessThan(5e-3);
        });
      }
      // Made of tfjs's own operations, all but NT-Xent have theirs: its largest similarity's gradient has none.
      if (backend !== "wasm" && name !== "ntXent") expect(refused).toEqual([]);
    });
  });
});
