import { expect, test } from "vitest";
import * as ops from "#lib/compute/tensors/ops/index.js";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";
import { compute } from "../helpers/tensors.js";

const tf = tensorflow();
const lowest = -3.4028234663852886e38;
const infinite = Number.POSITIVE_INFINITY;

/** Not a number, with some low bits set: what comes out of a file or another program. */
function oddNaN(low: number): Float32Array {
  return new Float32Array(new Uint32Array([0x7fc00000 + low]).buffer);
}

/** The values of a row, behind others of the same, so that every length meets the vectors' ends. */
async function rowOf(op: (x: Tensor) => Tensor, row: Float32Array): Promise<number[]> {
  const values = new Float32Array(3 * row.length);
  for (let i = 0; i < 3; i++) values.set(row, i * row.length);
  const [{ values: found }] = await compute(() => [op(tf.tensor2d(values, [3, row.length]))]);
  const rows = [0, 1, 2].map((i) => [...found.subarray(i * row.length, (i + 1) * row.length)]);
  expect(rows[1]).toEqual(rows[0]);
  expect(rows[2]).toEqual(rows[0]);
  return rows[0];
}

const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 11];

// A GPU's compiler may take it that no value is infinite or not a number.
onEngines(
  engines.filter(({ backend }) => backend !== "webgpu"),
  "values at the end of the range",
  () => {
    test.each(lengths)("softmax over %i", async (length) => {
      const filled = (value: number) => new Float32Array(length).fill(value);
      expect(await rowOf(ops.softmax, filled(-infinite))).toEqual(Array(length).fill(Number.NaN));
      for (const value of [lowest, -lowest, -1e4]) {
        for (const share of await rowOf(ops.softmax, filled(value))) expect(share).toBeCloseTo(1 / length, 6);
      }
      // What is masked has no share.
      const masked = filled(-infinite);
      masked[length - 1] = 3;
      expect(await rowOf(ops.softmax, masked)).toEqual([...Array(length - 1).fill(0), 1]);
    });

    test.each([1, 2, 0x80, 0x100, 0x1ff, 0x3fffff])("NaN with the low bits %i stays NaN", async (low) => {
      for (const length of lengths) {
        for (let place = 0; place < length; place++) {
          const row = new Float32Array(length).fill(1);
          // As bits: a number's way through an engine may lose them.
          new Uint32Array(row.buffer).set(new Uint32Array(oddNaN(low).buffer), place);
          expect(await rowOf(ops.softmax, row)).toEqual(Array(length).fill(Number.NaN));
          for (const op of [ops.gelu, ops.relu]) expect((await rowOf(op, row))[place]).toBeNaN();
        }
      }
    });

    test("GELU and its slope", async () => {
      const x = Float32Array.of(1e4, 1e19, 1e30, 1e34, 1e38, 3.4e38, 20);
      const slope = (values: Tensor) => tf.grad((v: Tensor) => ops.gelu(v).sum())(values);
      expect(await rowOf(slope, x)).toEqual(Array(7).fill(1));
      const negative = x.map((value) => -value);
      for (const value of await rowOf(slope, negative)) expect(Math.abs(value)).toBe(0);
      expect(await rowOf(ops.gelu, x)).toEqual([...x]);
      for (const value of await rowOf(ops.gelu, negative)) expect(Math.abs(value)).toBe(0);
    });

    test.each(lengths)("the slope of ReLU over %i values", async (length) => {
      const edge = [Number.NaN, -0, infinite, -infinite, 2, -2, 0];
      const row = Float32Array.from({ length }, (_, i) => edge[(length + i) % edge.length]);
      const wanted = [...row].map((value) => (Number.isNaN(value) ? Number.NaN : Number(value > 0)));
      expect(await rowOf((x) => tf.grad((v: Tensor) => ops.relu(v).sum())(x), row)).toEqual(wanted);
    });
  },
);
