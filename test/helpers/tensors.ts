import { expect } from "vitest";
import { requireBackend, type Tensor, type TensorFlow, tensorflow } from "#lib/compute/tensors/tf.js";
import { type GemmKind, gemmName } from "#lib/compute/tensors/wasm/gemm.js";
import { registerWasmKernels } from "#lib/compute/tensors/wasm/register.js";
import { RandomStream } from "#lib/core/random.js";

/** A program's input: values on the host, so that every backend starts from the same bits. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** What a program gives back on one backend. */
export interface Outcome {
  readonly shape: readonly number[];
  readonly value: Float32Array;
  /** Gradients with respect to the float32 inputs, in their order. */
  readonly gradients: readonly Float32Array[];
}

/** A function of tensors, e.g. `(tf, a, b) => tf.matMul(a, b)`. */
export type Program = (tf: TensorFlow, ...inputs: Tensor[]) => Tensor;

/** Makes a backend the current one; the wasm backend with this library's kernels. */
export async function startBackend(name: "cpu" | "wasm"): Promise<TensorFlow> {
  const tf = tensorflow();
  if (name === "wasm") requireBackend("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend(name))) throw new Error(`backend ${name} did not start`);
  if (name === "wasm") registerWasmKernels();
  return tf;
}

/** The matrix products of this machine: the system's BLAS where there is one, and this library's own. */
export async function gemmKinds(): Promise<GemmKind[]> {
  await startBackend("wasm");
  return gemmName().startsWith("own") ? ["own"] : ["blas", "own"];
}

/** Normal values of a shape from a seeded stream. */
export function randomTensor(shape: readonly number[], stream: RandomStream): HostTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, values: Float32Array.from({ length: size }, () => stream.normal()) };
}

/** Integers from 0 to `below` (exclusive) of a shape. */
export function randomIntegers(shape: readonly number[], below: number, stream: RandomStream): HostTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, values: Int32Array.from({ length: size }, () => stream.integer(below)) };
}

/**
 * Runs a program on the current backend: its value and, unless `gradients` is false, the gradients of its sum weighted
 * with fixed numbers. Leaves no tensor behind, and fails when the program does.
 */
export function runProgram(program: Program, inputs: readonly HostTensor[], gradients = true): Outcome {
  const tf = tensorflow();
  const before = tf.memory().numTensors;
  const outcome = tf.tidy(() => {
    const tensors = inputs.map(({ shape, values }) =>
      tf.tensor(values, [...shape], values instanceof Float32Array ? "float32" : "int32"),
    );
    const differentiable = tensors.filter(({ dtype }) => dtype === "float32");
    const all = (given: readonly Tensor[]) => {
      let next = 0;
      return program(tf, ...tensors.map((t) => (t.dtype === "float32" ? given[next++]! : t)));
    };
    const value = all(differentiable);
    const result = { shape: value.shape, value: Float32Array.from(value.dataSync()) };
    if (!gradients) return { ...result, gradients: [] };
    const stream = RandomStream.fromSeed(7);
    const { values } = randomTensor(value.shape, stream);
    const weights = tf.tensor(values, value.shape);
    const found = tf.grads((...given: Tensor[]) => all(given))(differentiable, weights);
    return { ...result, gradients: found.map((t) => Float32Array.from(t.dataSync())) };
  }) as Outcome;
  expect(tf.memory().numTensors, "tensors left behind").toBe(before);
  return outcome;
}

/** Fails unless all values are within `tolerance` times the largest expected one (and 1 at least, for zeros). */
export function expectClose(
  actual: Float32Array,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let [largest, difference] = [0, 0];
  for (let i = 0; i < actual.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const d = Math.abs(actual[i]! - expected[i]!);
    if (!(d <= difference)) difference = d;
  }
  expect(difference, what).toBeLessThanOrEqual(tolerance * (largest || 1));
}

/**
 * Compares value and gradients of a program on a backend with another program (by default the same) on the cpu backend
 * of tfjs. The backend that was current stays current.
 */
export async function compareWithCpu(
  backend: "wasm",
  program: Program,
  inputs: readonly HostTensor[],
  options: { tolerance?: number; gradients?: boolean; reference?: Program; what?: string } = {},
): Promise<void> {
  const { tolerance = 1e-5, gradients = true, reference = program, what = "" } = options;
  const shapes = inputs.map(({ shape }) => `[${shape}]`).join(" ");
  await startBackend("cpu");
  const expected = runProgram(reference, inputs, gradients);
  await startBackend(backend);
  const actual = runProgram(program, inputs, gradients);
  expect(actual.shape, `${what} ${shapes}: shape`).toEqual(expected.shape);
  expectClose(actual.value, expected.value, tolerance, `${what} ${shapes}: value`);
  for (const [i, gradient] of expected.gradients.entries()) {
    expectClose(actual.gradients[i]!, gradient, tolerance, `${what} ${shapes}: gradient ${i}`);
  }
}
