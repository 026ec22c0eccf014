import { afterEach, beforeEach, expect, it } from "vitest";
import * as ops from "#lib/compute/tensors/ops/index.js";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { SpecError, WeightbookError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, onEngines, wasmEngines } from "../helpers/tensor-engines.js";
import { type Block, compute, ones, outcome, randomBlock, toTensor } from "../helpers/tensors.js";

const largest = ({ values }: Block) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The normal distribution function in float64: Simpson's rule over its density. */
function normalShare(x: number): number {
  const steps = 400;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * density((i * x) / steps);
  return 0.5 + (sum * x) / (3 * steps);
}

/** The masks of all backends; each must be the first one's. */
const masks = new Map<string, number[]>();

onEngines(engines, "ops", () => {
  let tensors = 0;
  beforeEach(() => {
    tensors = tensorflow().memory().numTensors;
  });
  afterEach(() => {
    expect(tensorflow().memory().numTensors).toBe(tensors);
  });

  const computed = async (run: () => Tensor) => (await compute(() => [run()]))[0];

  it.each([0.1, 0.5, 0.9, 2 ** -32, 1 - 2 ** -33])("dropout at rate %d keeps its share", async (rate) => {
    const count = 40_003;
    const { values } = await computed(() => ops.dropout(toTensor(ones([count])), rate, 7));
    const factor = Math.fround(1 / (1 - rate));
    expect(values.every((value) => value === 0 || value === factor)).toBe(true);
    const kept = values.filter((value) => value !== 0).length;
    expect(Math.abs(kept - count * (1 - rate))).toBeLessThanOrEqual(
      4 * Math.sqrt(count * rate * (1 - rate)) + 1e-4,
    );
  });

  it("dropout: one mask a seed, the same on all backends, no two seeds alike", async () => {
    const count = 10_001;
    const expected = 2 * 4 * Math.sqrt(count / 4);
    const all: number[][] = [];
    for (const seed of [0, 1, 2, 3, 2 ** 31, 2 ** 32 - 1]) {
      const mask = Array.from((await computed(() => ops.dropout(toTensor(ones([count])), 0.5, seed))).values);
      const name = `${seed}`;
      expect(mask).toEqual(masks.get(name) ?? mask);
      masks.set(name, mask);
      all.push(mask);
    }
    // Masks of different seeds agree at half of the places, also when one is shifted or its pairs are swapped.
    const agree = (a: number[], b: number[], place: (i: number) => number) =>
      a.filter((value, i) => value === b[place(i)]).length;
    const places = [(i: number) => i, (i: number) => i + 1, (i: number) => i ^ 1, (i: number) => i ^ 2];
    for (const a of all) {
      for (const b of all) {
        for (const place of places) {
          if (a === b && place(0) === 0) continue;
          // Swapping makes every pair count twice.
          expect(Math.abs(agree(a, b, place) - count / 2)).toBeLessThan(expected);
        }
      }
    }
  });

  it("dropout: the gradient has the mask of the value, in any shape", async () => {
    const rng = RandomStream.fromSeed("dropout gradient");
    for (const shape of [[1], [3], [4, 5], [2, 3, 7], [0, 4]]) {
      const x = randomBlock(rng, shape);
      const { value, gradients } = await outcome((input) => ops.dropout(input, 0.4, 11), [x]);
      const factor = Math.fround(1 / 0.6);
      value.values.forEach((y, i) => {
        expect(gradients[0].values[i]).toBe(y === 0 ? 0 : factor);
        expect(y).toBe(Math.fround(x.values[i] * gradients[0].values[i]));
      });
    }
  });

  it("dropout at rate 0 changes nothing", async () => {
    const x = randomBlock(RandomStream.fromSeed("none"), [9]);
    expect(await outcome((input) => ops.dropout(input, 0, 1), [x])).toEqual({
      value: x,
      gradients: [ones([9])],
    });
  });

  it("a softmax over one value, attention to one token and NT-Xent of one pair have no gradient", async () => {
    const rng = RandomStream.fromSeed("alone");
    const single = await outcome(ops.softmax, [randomBlock(rng, [5, 1])]);
    expect(single.value).toEqual(ones([5, 1]));
    expect(largest(single.gradients[0])).toBeLessThan(1e-6);
    const qkv = randomBlock(rng, [2, 1, 9]);
    const { value, gradients } = await outcome((x) => ops.attention(x, 1), [qkv]);
    const isValue = (i: number) => i % 9 >= 6;
    value.values.forEach((v, i) => {
      expect(v).toBeCloseTo(qkv.values[9 * Math.floor(i / 3) + 6 + (i % 3)], 6);
    });
    gradients[0].values.forEach((g, i) => {
      expect(g).toBeCloseTo(isValue(i) ? 1 : 0, 6);
    });
    const pair = await outcome(
      (a, b) => ops.ntXent(a, b, 0.5),
      [randomBlock(rng, [1, 6]), randomBlock(rng, [1, 6])],
    );
    for (const block of [pair.value, ...pair.gradients]) expect(largest(block)).toBeLessThan(1e-6);
  });

  it("softmax and attention take large and far apart scores", async () => {
    const { values } = await computed(() => ops.softmax(tensorflow().tensor2d([[1e30, -1e30, 1e30, 0, 5]])));
    expect(Array.from(values, (value) => Number(value.toFixed(6)))).toEqual([0.5, 0, 0.5, 0, 0]);
    const mixed = await computed(() => ops.attention(tensorflow().fill([1, 6, 12], 1e4), 2));
    expect(largest(mixed)).toBeCloseTo(1e4, 1);
  });

  it("GELU and its derivative are exact to 1e-6 (to a last digit beyond 8)", async () => {
    const x: Block = {
      values: Float32Array.from({ length: 4003 }, (_, i) => (i - 2001) / 160),
      shape: [4003],
    };
    const { value, gradients } = await outcome(ops.gelu, [x]);
    x.values.forEach((v, i) => {
      const share = normalShare(v);
      const slope = share + (v * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI);
      expect(Math.abs(value.values[i] - v * share)).toBeLessThan(Math.abs(v) > 8 ? 2e-6 : 1e-6);
      expect(Math.abs(gradients[0].values[i] - slope)).toBeLessThan(1e-6);
    });
  });

  it("softmax's exponentials are exact to 2e-6, down to e^-20 of the largest", async () => {
    const gaps = Float32Array.from({ length: 500 }, (_, i) => -i / 25);
    const pairs = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 ? gaps[(i - 1) / 2] : 0));
    const { values } = await computed(() => ops.softmax(toTensor({ values: pairs, shape: [500, 2] })));
    gaps.forEach((gap, i) => {
      const power = Math.exp(gap);
      expect(Math.abs(values[2 * i + 1] / (power / (1 + power)) - 1)).toBeLessThan(2e-6);
      expect(Math.abs(values[2 * i] - 1 / (1 + power))).toBeLessThan(1e-6);
    });
  });

  it("NaN does not vanish", async () => {
    const tf = tensorflow();
    const x = tf.tensor2d([[1, 2, Number.NaN, 4, 5, 6]]);
    const one = tf.ones([6]);
    for (const run of [ops.gelu, ops.relu, ops.softmax] as ((input: Tensor) => Tensor)[]) {
      expect((await computed(() => run(x))).values[2]).toBeNaN();
    }
    expect((await computed(() => ops.layerNorm(x, one, one))).values.every(Number.isNaN)).toBe(true);
    expect((await computed(() => ops.ntXent(x, x, 1))).values[0]).toBeNaN();
    expect(
      (await computed(() => ops.attention(tf.reshape(x, [1, 2, 3]), 1))).values.every(Number.isNaN),
    ).toBe(true);
    tf.dispose([x, one]);
  });

  it("rows of zeros stop neither layer norm nor NT-Xent", async () => {
    const zeros: Block = { values: new Float32Array(12), shape: [3, 4] };
    const normed = await outcome(
      (x, gamma, beta) => ops.layerNorm(x, gamma, beta),
      [zeros, ones([4]), ones([4])],
    );
    expect(normed.value).toEqual(ones([3, 4]));
    const { value } = await outcome((a, b) => ops.ntXent(a, b, 1), [zeros, zeros]);
    expect(value.values[0]).toBeCloseTo(Math.log(5), 6);
  });

  it("refuses what does not fit, and says what would", () => {
    const tf = tensorflow();
    tf.tidy(() => {
      const [x, k, v] = [tf.ones([2, 3]), tf.ones([4, 3]), tf.ones([3])];
      const refusals: [() => unknown, RegExp][] = [
        [() => ops.gelu(tf.ones([2], "int32")), /gelu: x holds int32; cast it to float32/],
        [() => ops.addBias(x, tf.ones([2])), /bias has shape \[2\]; give \[3\]/],
        [() => ops.addBias(tf.scalar(1), v), /scalar/],
        [() => ops.linear(x, tf.ones([4, 2])), /kernel has shape \[4,2\]; give \[4,3\]/],
        [() => ops.linear(x, k, v), /bias has shape \[3\]; give \[4\]/],
        [() => ops.linear(x, k, undefined, { residual: x }), /residual has shape \[2,3\]; give \[2,4\]/],
        [() => ops.linear(x, k, undefined, { activation: "tanh" as never }), /gelu or relu/],
        [() => ops.linear(x, k, undefined, { activaton: "gelu" } as never), /no option "activaton"/],
        [() => ops.layerNorm(x, v, v, { epsilon: 0 }), /epsilon is 0/],
        [() => ops.layerNorm(x, v, tf.ones([2])), /beta has shape \[2\]/],
        [() => ops.attention(x, 1), /give \[batch, tokens, 3 d\]/],
        [() => ops.attention(tf.ones([1, 2, 12]), 3), /12 values, which 3 heads/],
        [() => ops.attention(tf.ones([1, 2, 12]), 1.5), /heads/],
        [() => ops.ntXent(x, k, 1), /z2 has shape \[4,3\]/],
        [() => ops.ntXent(x, x, 0), /temperature is 0/],
        [() => ops.ntXent(tf.ones([0, 3]), tf.ones([0, 3]), 1), /n of at least 1/],
        [() => ops.dropout(x, 1, 0), /rate is 1; give a number in \[0, 1\)/],
        [() => ops.dropout(x, -0.1, 0), /rate/],
        [() => ops.dropout(x, Number.NaN, 0), /rate/],
        [() => ops.dropout(x, 0.5, -1), /seed is -1/],
        [() => ops.dropout(x, 0.5, 2 ** 32), /seed/],
      ];
      for (const [run, message] of refusals) {
        expect(run).toThrow(SpecError);
        expect(run).toThrow(message);
      }
    });
  });
});

onEngines(wasmEngines, "memory", () => {
  it("what does not fit is refused, and leaves nothing behind", () => {
    const tf = tensorflow();
    // Scores of 33,000 x 33,000 tokens: more than 4 GiB.
    const qkv = tf.zeros([1, 33_000, 3]);
    const before = [tf.memory().numTensors, tf.backend().numDataIds()];
    for (const run of [() => ops.attention(qkv, 1), () => tf.grad((x) => ops.attention(x, 1))(qkv)]) {
      expect(run).toThrow(WeightbookError);
      expect(run).toThrow(/does not fit .* take smaller batches/);
      expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
    }
    qkv.dispose();
  });
});
