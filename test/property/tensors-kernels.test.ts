import { expect, test } from "vitest";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { registerWasmKernels } from "#lib/compute/tensors/wasm/register.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, fastEngines, onEngines, wasmEngines } from "../helpers/tensor-engines.js";
import {
  type Block,
  compareWithCpu,
  compute,
  expectClose,
  fixedBlock,
  outcome,
  type Program,
  randomBlock,
  randomIntegers,
  sizeOf,
  toTensor,
} from "../helpers/tensors.js";

const tf = tensorflow();

/** Sums of the coefficients over the repetitions, by index, in float64. */
function sumsOfTiles(shape: readonly number[], full: readonly number[]): Block {
  const coefficients = fixedBlock(full).values;
  const sums = new Float64Array(sizeOf(shape));
  coefficients.forEach((coefficient, i) => {
    let [rest, index, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += ((rest % full[axis]) % shape[axis]) * stride;
      stride *= shape[axis];
      rest = Math.floor(rest / full[axis]);
    }
    sums[index] += coefficient;
  });
  return { values: Float32Array.from(sums), shape };
}

onEngines(fastEngines, "sums by segment", (engine) => {
  test("and the gradient of gather", async () => {
    const stream = RandomStream.fromSeed("segments");
    for (const [rows, rest, segments] of [
      [9, [5], 4],
      [1, [], 3],
      [20, [2, 3], 1],
      [6, [1, 17], 9],
    ] as const) {
      const ids = randomIntegers(stream, [rows], segments);
      const inputs = [randomBlock(stream, [rows, ...rest]), ids];
      const sum: Program = (x, i) => tf.unsortedSegmentSum(x, i as never, segments);
      await compareWithCpu(engine, sum, inputs, { what: "unsortedSegmentSum" });
      const table = randomBlock(stream, [segments, ...rest]);
      await compareWithCpu(engine, (x, i) => tf.gather(x, i as never), [table, ids], { what: "gather" });
    }
    const columns = [randomBlock(stream, [3, 8, 2]), randomIntegers(stream, [5], 8)];
    await compareWithCpu(engine, (x, i) => tf.gather(x, i as never, 1), columns, { what: "gather axis 1" });
  });

  test("leave out rows of segments that do not exist", async () => {
    const [{ values }] = await compute(() => [
      tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4]), tf.tensor1d([-1, 1, 2], "int32"), 2),
    ]);
    expect([...values]).toEqual([0, 2]);
  });
});

onEngines(engines, "kernels beside products", () => {
  test("a clone shares its data, and outlives its source", async () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2, 3]);
    const copy = x.clone();
    const next = copy.add(1);
    x.dispose();
    expect([...(await copy.data())]).toEqual([1, 2, 3]);
    const other = tf.zeros([3]);
    expect([...(await copy.data())]).toEqual([1, 2, 3]);
    tf.dispose([copy, next, other]);
    expect(tf.memory().numTensors).toBe(before);
    const words = tf.tidy(() => tf.tensor1d(["a", "b"]).clone());
    expect([...(await words.data())]).toEqual(["a", "b"]);
    words.dispose();
  });

  test("the gradient of tile is a sum over the repetitions, for any rank", async () => {
    const stream = RandomStream.fromSeed("tiles");
    for (let run = 0; run < 25; run++) {
      const rank = 1 + stream.integer(5);
      const shape = Array.from({ length: rank }, () => 1 + stream.integer(3));
      const reps = shape.map(() => 1 + stream.integer(3));
      const options = { coefficients: fixedBlock };
      const { value, gradients } = await outcome(
        (t) => tf.tile(t, reps),
        [randomBlock(stream, shape)],
        options,
      );
      const expected = sumsOfTiles(shape, value.shape);
      expectClose(gradients[0], expected, 1e-5, `tile [${shape}] by [${reps}]`);
    }
  });
});

onEngines(wasmEngines, "this library's kernels", () => {
  test("registering them again changes nothing", () => {
    const kernel = tf.getKernel("BatchMatMul", "wasm");
    registerWasmKernels();
    expect(tf.getKernel("BatchMatMul", "wasm")).toBe(kernel);
  });
});

onEngines(fastEngines, "unusual shapes", (engine) => {
  const stream = RandomStream.fromSeed("unusual");

  test("sums over empty axes are 0, with the axes kept or not", async () => {
    for (const [shape, axes] of [
      [[0, 4], [0]],
      [[3, 0, 2], [1]],
      [
        [3, 0, 2],
        [0, 1],
      ],
      [[0, 4], [1]],
      [[0], undefined],
    ] as const) {
      for (const keep of [false, true]) {
        const [sum] = await compute(() => [tf.sum(tf.zeros([...shape]), axes && [...axes], keep)]);
        const all: readonly number[] = axes ?? [...shape.keys()];
        const full = shape.map((length, axis) => (all.includes(axis) ? 1 : length));
        const kept = keep ? full : shape.filter((_, axis) => !all.includes(axis));
        expect(sum).toEqual({ values: new Float32Array(sizeOf(full)), shape: kept });
      }
    }
  });

  test("products over an empty axis are the bias", async () => {
    const bias = randomBlock(stream, [5]);
    const run = (b: Tensor) => tf.fused.matMul({ a: tf.zeros([3, 0]), b: tf.zeros([0, 5]), bias: b });
    const [value] = await compute(() => [run(toTensor(bias))]);
    expect(value.shape).toEqual([3, 5]);
    expect([...value.values]).toEqual([...bias.values, ...bias.values, ...bias.values]);
  });

  test("what was computed can be tiled in any rank", async () => {
    for (const [shape, reps] of [
      [
        [2, 3],
        [1, 3],
      ],
      [
        [2, 1, 3, 2],
        [2, 3, 1, 1],
      ],
      [
        [2, 1, 3, 2, 2],
        [2, 3, 1, 2, 1],
      ],
      [
        [1, 2, 1, 2, 1, 3],
        [2, 2, 1, 1, 3, 1],
      ],
    ]) {
      const program: Program = (x) => tf.tile(tf.mul(x, 2), reps);
      await compareWithCpu(engine, program, [randomBlock(stream, shape)], { what: `tile by [${reps}]` });
    }
  });
});

onEngines(fastEngines, "sums of many tensors", (engine) => {
  test.each([2, 7, 8, 13, 14, 30])("%i of them", async (count) => {
    const stream = RandomStream.fromSeed("many").split(count);
    const inputs = Array.from({ length: count }, () => randomBlock(stream, [3, 5]));
    await compareWithCpu(engine, (...given) => tf.addN(given), inputs, { what: `addN of ${count}` });
  });
});
