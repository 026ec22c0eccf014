import { describe, expect, test } from "vitest";
import { type BlockParameters, transformerBlock } from "#lib/compute/tensors/ops/index.js";
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from "#lib/compute/tensors/tf.js";
import { withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { RandomStream } from "#lib/core/random.js";
import {
  compareWithCpu,
  type HostTensor,
  type Program,
  randomTensor,
  startBackend,
} from "../helpers/tensors.js";

interface Sizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly width: number;
  readonly hidden: number;
}

/** Input and parameters of a block; scales near 1, so that no norm is degenerate. */
function blockInputs({ batch, tokens, width, hidden }: Sizes, stream: RandomStream): HostTensor[] {
  const shapes = [
    [batch, tokens, width],
    ...[[width], [width], [3 * width, width], [3 * width], [width, width], [width]],
    ...[[width], [width], [hidden, width], [hidden], [width, hidden], [width]],
  ];
  return shapes.map((shape, i) => {
    const drawn = randomTensor(shape, stream);
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
  (_tf: TensorFlow, x, ...parameters) =>
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

describe.each(["blas", "own"] as const)("the fused transformer block by %s", (kind) => {
  test.each(cases)(
    "is the composed one: $batch x $tokens x $width, $heads heads, hidden $hidden",
    async (sizes) => {
      await startBackend("wasm");
      const inputs = blockInputs(sizes, stream);
      await withGemm(kind, () => compareWithCpu("wasm", block(sizes.heads), inputs));
      const dropout = { rate: 0.3, seed: 12 };
      await withGemm(kind, () => compareWithCpu("wasm", block(sizes.heads, dropout), inputs));
    },
  );
});

test("without a gradient to come it gives the same, and keeps nothing", async () => {
  const tf = await startBackend("wasm");
  const sizes = { batch: 3, tokens: 5, heads: 2, width: 8, hidden: 9 };
  const tensors = blockInputs(sizes, stream).map(({ shape, values }) => tf.tensor(values, [...shape]));
  const [x, ...parameters] = tensors;
  const before = tf.memory();
  const plain = transformerBlock(x, parametersOf(parameters), { heads: 2 });
  expect(tf.memory().numTensors).toBe(before.numTensors + 1);
  expect(tf.memory().numBytes).toBe(before.numBytes + 4 * x.size);
  const { value, grad } = tf.tidy(() => {
    const [first] = tf.grads((...all: Tensor[]) =>
      transformerBlock(all[0], parametersOf(parameters), { heads: 2 }),
    )([x]);
    return { value: transformerBlock(x, parametersOf(parameters), { heads: 2 }), grad: first };
  });
  expect([...(await plain.data())]).toEqual([...(await value.data())]);
  tf.dispose([plain, value, grad, ...tensors]);
});

test("what does not fit is refused by name", async () => {
  const tf = await startBackend("wasm");
  const sizes = { batch: 1, tokens: 2, heads: 2, width: 4, hidden: 3 };
  const [x, ...parameters] = blockInputs(sizes, stream).map(({ shape, values }) =>
    tf.tensor(values, [...shape]),
  );
  const good = parametersOf(parameters);
  expect(() => transformerBlock(x, good, { heads: 3 })).toThrow("heads is 3; give a divisor of the width 4");
  expect(() => transformerBlock(x.reshape([2, 4]), good, { heads: 2 })).toThrow(
    "x has shape [2,4]; give [batch, tokens, d]",
  );
  expect(() => transformerBlock(x, { ...good, out: good.qkv }, { heads: 2 })).toThrow(
    "outKernel has shape [12,4]; give [4,4]",
  );
  expect(() => transformerBlock(x, good, { heads: 2, head: 1 } as never)).toThrow('no option "head"');
  tf.dispose([x, ...parameters]);
});
