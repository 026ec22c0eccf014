import type { Tensor } from "@tensorflow/tfjs";
import { expect } from "vitest";
import { requireBackend, tensorflow } from "#lib/compute/tensors/tf.js";
import { registerOpKernels } from "#lib/compute/tensors/wasm/register-ops.js";
import type { RandomStream } from "#lib/core/random.js";

/** Starts a backend and makes it the one in use. */
export type Starter = () => Promise<void>;

/** The backends that ops are tested on. */
export const backends: readonly (readonly [string, Starter])[] = [
  [
    "cpu",
    async () => {
      await tensorflow().setBackend("cpu");
    },
  ],
  [
    "wasm",
    async () => {
      requireBackend("@tensorflow/tfjs-backend-wasm");
      await tensorflow().setBackend("wasm");
      registerOpKernels();
    },
  ],
];

/** Numbers with their shape, of no backend. */
export interface Block {
  readonly values: Float32Array;
  readonly shape: number[];
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Normal deviates. */
export function randomBlock(rng: RandomStream, shape: number[], deviation = 1): Block {
  return { values: Float32Array.from({ length: sizeOf(shape) }, () => rng.normal(0, deviation)), shape };
}

/** Nested lists of a fixture, as a block. */
export function blockOf(nested: unknown): Block {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { values: Float32Array.from([nested].flat(Infinity) as number[]), shape };
}

export const toTensor = ({ values, shape }: Block): Tensor => tensorflow().tensor(values, shape, "float32");

/** A function's value, and the gradients of sum(coefficients * value) for all inputs. */
export interface Outcome {
  readonly value: Block;
  readonly gradients: Block[];
}

/** Runs forward alone and forward with backward on the backend in use; both forward passes must agree to the bit. */
export function outcome(f: (...inputs: Tensor[]) => Tensor, inputs: Block[], coefficients?: Block): Outcome {
  const tf = tensorflow();
  const results = tf.tidy(() => {
    const tensors = inputs.map(toTensor);
    const value = f(...tensors);
    const weights = coefficients ? toTensor(coefficients) : tf.onesLike(value);
    let taped: Tensor = value;
    const gradients = tf.grads((...given) => {
      taped = tf.keep(f(...given));
      return tf.sum(tf.mul(taped, weights));
    })(tensors);
    const blocks = [value, taped, ...gradients].map(read);
    taped.dispose();
    return blocks as never;
  }) as unknown as Block[];
  const [value, taped, ...gradients] = results;
  expect(taped.shape).toEqual(value.shape);
  expect(Array.from(taped.values)).toEqual(Array.from(value.values));
  return { value, gradients };
}

export const read = (tensor: Tensor): Block => ({
  values: Float32Array.from(tensor.dataSync()),
  shape: [...tensor.shape],
});

/** Largest difference over the largest expected size. */
export function distance(actual: Block, expected: Block): number {
  let difference = 0;
  let largest = 0;
  expected.values.forEach((value, i) => {
    const apart = Math.abs(actual.values[i] - value);
    if (!(apart <= difference)) difference = apart;
    largest = Math.max(largest, Math.abs(value));
  });
  return difference === 0 ? 0 : difference / largest;
}

/** Expects equal shapes, and values within `tolerance` times the largest expected one. */
export function expectClose(actual: Block, expected: Block, tolerance: number, what: string): void {
  expect(actual.shape, `shape of ${what}`).toEqual(expected.shape);
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
