import { expect, test } from "vitest";
import { type BlockParameters, transformerBlock } from "#lib/compute/tensors/ops/index.js";
import { type Tensor, type Tensor1D, type Tensor2D, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, fastEngines, onEngines } from "../helpers/tensor-engines.js";
import {
  type Block,
  compareWithCpu,
  compute,
  outcome,
  type Program,
  randomBlock,
  toTensor,
} from "../helpers/tensors.js";

const tf = tensorflow();

interface Sizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly width: number;
  readonly hidden: number;
}

/** Input and parameters of a block; scales near 1, so that no norm is degenerate. */
function blockInputs({ batch, tokens, width, hidden }: Sizes): Block[] {
  const rng = RandomStream.fromSeed("block").split(`${batch} ${tokens} ${width} ${hidden}`);
  const shapes = [
    [batch, tokens, width],
    ...[[width], [width], [3 * width, width], [3 * width], [width, width], [width]],
    ...[[width], [width], [hidden, width], [hidden], [width, hidden], [width]],
  ];
  return shapes.map((shape, i) => {
    const drawn = randomBlock(rng, shape);
    const isScale = i === 1 || i === 7;
    const factor = shape.length === 2 ? 1 / Math.sqrt(shape[1]) : isScale ? 0.1 : 1;
    return { shape, values: Float32Array.from(drawn.values, (value) => factor * value + (isScale ? 1 : 0)) };
  });
}

function parametersOf(tensors: readonly Tensor[]): BlockParameters {
  const norm = (i: number) => ({ gamma: tensors[i] as Tensor1D, beta: tensors[i + 1] as Tensor1D });
  const map = (i: number) => ({ kernel: tensors[i] as Tensor2D, bias: tensors[i + 1] as Tensor1D });
  return { norm1: norm(0), qkv: map(2), out: map(4), norm2: norm(6), first: map(8), second: map(10) };
}

const block =
  (heads: number, dropout?: { rate: number; seed: number }): Program =>
  (x, ...parameters) =>
    transformerBlock(x, parametersOf(parameters), { heads, dropout });

const stream = RandomStream.fromSeed("blocks");
const cases: Sizes[] = [
  // Norms of very few values are mostly rounding: their gradients are differences of nearly equal numbers.
  { batch: 1, tokens: 1, heads: 1, width: 8, hidden: 3 },
  { batch: 2, tokens: 50, heads: 2, width: 6, hidden: 5 },
  ...Array.from({ length: 6 }, () => {
    const heads = 1 + stream.integer(3);
    const width = heads * (5 + stream.integer(9));
    return {
      batch: 1 + stream.integer(4),
      tokens: 1 + stream.integer(11),
      heads,
      width,
      hidden: 1 + stream.integer(30),
    };
  }),
];

onEngines(fastEngines, "the transformer block", (engine) => {
  test.each(cases)(
    "is the composed one of tfjs's cpu backend: $batch x $tokens x $width, $heads heads, hidden $hidden",
    async (sizes) => {
      const inputs = blockInputs(sizes);
      await compareWithCpu(engine, block(sizes.heads), inputs);
      await compareWithCpu(engine, block(sizes.heads, { rate: 0.3, seed: 12 }), inputs);
    },
  );
});

onEngines(engines, "the transformer block", () => {
  test("without a gradient to come it gives the same, and keeps nothing", async () => {
    const inputs = blockInputs({ batch: 3, tokens: 5, heads: 2, width: 8, hidden: 9 });
    // With and without: the outcome compares both to the bit.
    const { value } = await outcome(block(2), inputs);
    const [first] = await compute(() => {
      const tensors = inputs.map(toTensor);
      const before = tf.memory();
      const plain = block(2)(...tensors);
      expect(tf.memory().numTensors).toBe(before.numTensors + 1);
      expect(tf.memory().numBytes).toBe(before.numBytes + 4 * tensors[0].size);
      return [plain];
    });
    expect(first).toEqual(value);
  });

  test("what does not fit is refused by name", () => {
    const inputs = blockInputs({ batch: 1, tokens: 2, heads: 2, width: 4, hidden: 3 });
    tf.tidy(() => {
      const [x, ...parameters] = inputs.map(toTensor);
      const good = parametersOf(parameters);
      const refused = (run: () => unknown, message: string) => expect(run).toThrow(message);
      refused(() => transformerBlock(x, good, { heads: 3 }), "heads is 3; give a divisor of the width 4");
      const flat = x.reshape([2, 4]);
      refused(() => transformerBlock(flat, good, { heads: 2 }), "x has shape [2,4]; give [batch, tokens, d]");
      const other = { ...good, out: good.qkv };
      refused(() => transformerBlock(x, other, { heads: 2 }), "outKernel has shape [12,4]; give [4,4]");
      refused(() => transformerBlock(x, good, { heads: 2, head: 1 } as never), 'no option "head"');
    });
  });

  test("types and options out of range are refused, the same on every backend", () => {
    const inputs = blockInputs({ batch: 1, tokens: 2, heads: 2, width: 4, hidden: 3 });
    tf.tidy(() => {
      const [x, ...tensors] = inputs.map(toTensor);
      const good = parametersOf(tensors);
      for (const [i, tensor] of tensors.entries()) {
        const mixed = parametersOf(tensors.with(i, tensor.toInt()));
        expect(() => transformerBlock(x, mixed, { heads: 2 })).toThrow(
          /^transformerBlock: \w+ holds int32; cast/,
        );
      }
      for (const epsilon of [-5, 0, Number.NaN, Infinity]) {
        const run = () => transformerBlock(x, good, { heads: 2, epsilon });
        expect(run).toThrow(`transformerBlock: epsilon is ${epsilon}; give a number above 0`);
      }
      const drops: [object, string][] = [
        [
          { rate: 0.5, seed: 1, foo: 1 },
          'transformerBlock\'s dropout has no option "foo"; it knows rate, seed',
        ],
        [{ rate: 0.5, seed: 1.5 }, "dropout: seed is 1.5; give a whole number"],
        [{ rate: 0.5 }, "dropout: seed is undefined; give a whole number"],
        [{ rate: 0, seed: Number.NaN }, "dropout: seed is NaN; give a whole number"],
        [{ rate: 1, seed: 1 }, "dropout: rate is 1; give a number in [0, 1)"],
      ];
      for (const [dropout, message] of drops) {
        expect(() => transformerBlock(x, good, { heads: 2, dropout: dropout as never })).toThrow(message);
      }
    });
  });
});
