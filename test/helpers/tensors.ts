import { expect } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import type { Engine } from "./tensor-engines.js";

/** A program's input: values on the host, so that every backend starts from the same bits. */
export interface Input {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** An input, or a result, of float32. */
export interface Block extends Input {
  readonly values: Float32Array;
}

/** A function of tensors, e.g. `(a, b) => tf.matMul(a, b)`. */
export type Program = (...inputs: Tensor[]) => Tensor;

/** A program's value, and the gradients of sum(coefficients * value) for its float32 inputs, in their order. */
export interface Outcome {
  readonly value: Block;
  readonly gradients: readonly Block[];
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Normal deviates from a seeded stream. */
export function randomBlock(rng: RandomStream, shape: readonly number[], deviation = 1): Block {
  return { values: Float32Array.from({ length: sizeOf(shape) }, () => rng.normal(0, deviation)), shape };
}

/** Integers from 0 to `below` (exclusive). */
export function randomIntegers(rng: RandomStream, shape: readonly number[], below: number): Input {
  return { values: Int32Array.from({ length: sizeOf(shape) }, () => rng.integer(below)), shape };
}

/** Ones. */
export function ones(shape: readonly number[]): Block {
  return { values: new Float32Array(sizeOf(shape)).fill(1), shape };
}

/** Normal deviates that depend on the shape alone. */
export function fixedBlock(shape: readonly number[]): Block {
  return randomBlock(RandomStream.fromSeed(7), shape);
}

/** Nested lists of a fixture, as a block. */
export function blockOf(nested: unknown): Block {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { values: Float32Array.from([nested].flat(Infinity) as number[]), shape };
}

export function toTensor({ values, shape }: Input): Tensor {
  return tensorflow().tensor(values, [...shape], values instanceof Float32Array ? "float32" : "int32");
}

/** A tensor's values and shape; webgpu's cannot be read at once. */
export async function read(tensor: Tensor): Promise<Block> {
  return { values: Float32Array.from(await tensor.data()), shape: [...tensor.shape] };
}

/** Runs work in `tidy` and fetches what it gives; fails when a tensor is left behind. */
export async function compute(work: () => Tensor[]): Promise<Block[]> {
  const tf = tensorflow();
  const before = tf.memory().numTensors;
  const made = tf.tidy(work);
  const blocks = await Promise.all(made.map(read));
  tf.dispose(made);
  expect(tf.memory().numTensors, "tensors left behind").toBe(before);
  return blocks;
}

interface OutcomeOptions {
  /** What the value's elements count in the sum whose gradient is taken; ones by default. */
  readonly coefficients?: (shape: readonly number[]) => Block;
  /** Whether there are gradients; true by default. */
  readonly gradients?: boolean;
}

/** Runs forward alone, then with gradients, on the backend in use; both forward passes must agree to the bit
 * (on webgpu to 1e-6). */
export async function outcome(
  program: Program,
  inputs: readonly Input[],
  { coefficients = ones, gradients = true }: OutcomeOptions = {},
): Promise<Outcome> {
  const tf = tensorflow();
  const [value, taped, ...found] = await compute(() => {
    const tensors = inputs.map(toTensor);
    const floats = tensors.filter(({ dtype }) => dtype === "float32");
    const run = (...given: Tensor[]) => {
      const rest = [...given];
      return program(...tensors.map((tensor) => (tensor.dtype === "float32" ? rest.shift()! : tensor)));
    };
    const first = run(...floats);
    if (!gradients) return [first];
    const { value, grads } = tf.valueAndGrads(run)(floats, toTensor(coefficients(first.shape)));
    return [first, value, ...grads];
  });
  // Long sums on webgpu are added up by threads in no fixed order.
  if (gradients && tf.getBackend() === "webgpu") expectClose(taped, value, 1e-6, "value with gradients");
  else if (gradients) expect(taped).toEqual(value);
  return { value, gradients: found };
}

/** Largest difference over the largest expected size. */
function distance(actual: Block, expected: Block): number {
  let [difference, largest] = [0, 0];
  expected.values.forEach((value, i) => {
    const apart = Math.abs(actual.values[i] - value);
    // Written so that NaN is kept.
    if (!(apart <= difference)) difference = apart;
    largest = Math.max(largest, Math.abs(value));
  });
  return difference === 0 ? 0 : difference / largest;
}

/** Expects equal shapes, and values within `tolerance` times the largest expected one. */
export function expectClose(actual: Block, expected: Block, tolerance: number, what: string): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  expect(distance(actual, expected), what).toBeLessThanOrEqual(tolerance);
}

/** The same for value and all gradients. */
export function expectSame(actual: Outcome, expected: Outcome, tolerance: number, what: string): void {
  expectClose(actual.value, expected.value, tolerance, `${what}: value`);
  expect(actual.gradients.length).toBe(expected.gradients.length);
  expected.gradients.forEach((gradient, i) => {
    expectClose(actual.gradients[i], gradient, tolerance, `${what}: gradient ${i}`);
  });
}

interface Comparison {
  readonly tolerance?: number;
  readonly gradients?: boolean;
  /** What runs on the cpu backend; by default the program itself. */
  readonly reference?: Program;
  readonly what?: string;
}

/** Compares value and gradients of a program on the engine in use with those on tfjs's cpu backend, to 1e-5. */
export async function compareWithCpu(
  { backend }: Engine,
  program: Program,
  inputs: readonly Input[],
  { tolerance = 1e-5, gradients = true, reference = program, what = "" }: Comparison = {},
): Promise<void> {
  const options = { gradients, coefficients: fixedBlock };
  await selectBackend({ backend: "cpu" });
  const expected = await outcome(reference, inputs, options);
  await selectBackend({ backend });
  const actual = await outcome(program, inputs, options);
  expectSame(actual, expected, tolerance, `${what} ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}`);
}
