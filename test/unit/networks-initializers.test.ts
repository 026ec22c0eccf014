import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { sha256 } from "#lib/core/hash.js";
import { RandomStream } from "#lib/core/random.js";
import {
  checkInitializer,
  gainOf,
  initializerName,
  initializers,
  initialWeights,
  parseInitializer,
} from "#lib/networks/index.js";
import type { Initializer, NetworkSpec } from "#lib/networks/types.js";

/** One dense layer. */
function dense(inputs: number, outputs: number, bias = false): NetworkSpec {
  const input = { channels: inputs, height: 1, width: 1 };
  return { name: "dense", input, layers: [{ type: "dense", outputs, bias }] };
}

/** One convolution. */
function convolution(channels: number, filters: number, kernel: number): NetworkSpec {
  const input = { channels, height: kernel, width: kernel };
  return { name: "conv", input, layers: [{ type: "conv2d", filters, kernel, bias: false }] };
}

function draw(spec: NetworkSpec, initializer: Initializer, seed = 5): Float32Array {
  return initialWeights(spec, initializer, RandomStream.fromSeed(seed));
}

test("the draws that zoos were made with keep their bits", () => {
  const withBiases = dense(196, 10, true);
  const digests = [
    "kaiming-normal",
    "kaiming-uniform",
    "xavier-normal",
    "xavier-uniform",
    "normal",
    "uniform",
  ];
  const hashes = digests.map((name) => sha256(new Uint8Array(draw(withBiases, name as "normal").buffer)));
  expect(hashes.map((hash) => hash.slice(0, 16))).toEqual([
    "654899132bcb7b3d",
    "5790d064f398db30",
    "3b38e68a524e5e14",
    "5a210ddda1096ab0",
    "a36f3abe07bd922a",
    "6313caeee985a175",
  ]);
});

test("orthogonal kernels have orthonormal rows, or columns where there are more rows, times the gain", () => {
  for (const [spec, rows, cols] of [
    [dense(16, 5), 5, 16],
    [dense(5, 16), 16, 5],
    [dense(9, 9), 9, 9],
    [convolution(3, 4, 5), 4, 75],
  ] as const) {
    const kernel = draw(spec, { type: "orthogonal", gain: 2 });
    const short = Math.min(rows, cols);
    const at = (vector: number, i: number) =>
      rows <= cols ? kernel[vector * cols + i] : kernel[i * cols + vector];
    for (let a = 0; a < short; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < Math.max(rows, cols); i++) product += at(a, i) * at(b, i);
        expect(product).toBeCloseTo(a === b ? 4 : 0, 5);
      }
    }
  }
});

test("sparse kernels have the same share of zeros, rounded up, for every input", () => {
  const kernel = draw(dense(6, 25), { type: "sparse", sparsity: 0.3 });
  for (let input = 0; input < 6; input++) {
    const column = Array.from({ length: 25 }, (_, output) => kernel[output * 6 + input]);
    expect(column.filter((weight) => weight === 0).length).toBe(8);
    expect(Math.max(...column.map(Math.abs))).toBeLessThan(0.06);
  }
});

test("eye, dirac and the constants are what they are called", () => {
  expect([...draw(dense(3, 2), "eye")]).toEqual([1, 0, 0, 0, 1, 0]);
  expect([...draw(dense(1, 3, true), { type: "constant", value: 0.5, bias: "same" })]).toEqual(
    Array(6).fill(0.5),
  );
  expect([...draw(dense(2, 2, true), { type: "ones", bias: "zeros" })]).toEqual([1, 1, 1, 1, 0, 0]);
  // Two filters of two channels of 3 x 3: filter i passes the middle of channel i.
  const ones = [...draw(convolution(2, 2, 3), "dirac").entries()].filter(([, weight]) => weight === 1);
  expect(ones.map(([i]) => i)).toEqual([4, 18 + 9 + 4]);
  // As torch, the tap behind the middle of an even kernel, and zeros where there is no channel of that number.
  expect([...draw(convolution(1, 2, 2), "dirac")]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
});

test("a truncated normal stays within its limits and fills them", () => {
  const kernel = draw(dense(100, 100), { type: "truncated-normal", mean: 1, deviation: 2, low: -1, high: 2 });
  expect(Math.min(...kernel)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...kernel)).toBeLessThanOrEqual(2);
  expect(Math.min(...kernel)).toBeLessThan(-0.99);
  expect(Math.max(...kernel)).toBeGreaterThan(1.99);
});

test("options scale what is drawn: gain and fan", () => {
  const scaled = (plain: Initializer, other: Initializer, factor: number) => {
    const weights = draw(dense(8, 50), plain);
    draw(dense(8, 50), other).forEach((weight, i) => {
      expect(weight).toBeCloseTo(factor * weights[i], 5);
    });
  };
  scaled("kaiming-normal", { type: "kaiming-normal", gain: 1 }, Math.SQRT1_2);
  scaled("kaiming-uniform", { type: "kaiming-uniform", mode: "fan-out" }, Math.sqrt(8 / 50));
  scaled("xavier-normal", { type: "xavier-normal", gain: 3 }, 3);
  scaled("normal", { type: "normal", deviation: 0.1 }, 0.1);
  scaled("kaiming-uniform", "torch-default", Math.sqrt(1 / 6));
});

test("biases: torch's by default, zeros, or drawn as the kernel is", () => {
  const biases = (initializer: Initializer) => draw(dense(4, 1000, true), initializer).subarray(4000);
  const largest = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  expect(largest(biases({ type: "normal" }))).toBeLessThanOrEqual(0.5);
  expect(largest(biases({ type: "normal" }))).toBeGreaterThan(0.49);
  expect(largest(biases({ type: "normal", bias: "zeros" }))).toBe(0);
  expect(largest(biases({ type: "normal", bias: "same" }))).toBeGreaterThan(2);
});

test("batch norm starts at 1, 0, 0, 1 and takes nothing from the stream", () => {
  const spec = dense(2, 2, true);
  const normalized: NetworkSpec = { ...spec, layers: [...spec.layers, { type: "batch-norm" }] };
  for (const initializer of ["normal", "zeros", "kaiming-uniform"] as const) {
    const weights = [...draw(normalized, initializer)];
    expect(weights.slice(6)).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
    expect(weights.slice(0, 6)).toEqual([...draw(spec, initializer)]);
  }
});

test("an initialiser that does not suit a kernel is refused with its layer", () => {
  const mixed: NetworkSpec = {
    name: "mixed",
    input: { channels: 1, height: 3, width: 3 },
    layers: [
      { type: "conv2d", filters: 2, kernel: 3 },
      { type: "dense", outputs: 2 },
    ],
  };
  for (const [initializer, message] of [
    ["eye", /eye is for dense layers only, but layer 0 has a kernel of 2 x 1 x 3 x 3/],
    ["sparse", /sparse is for dense layers only/],
    ["dirac", /dirac is for convolutions only, but layer 1 has a kernel of 2 x 2/],
  ] as const) {
    expect(() => checkInitializer(mixed, initializer)).toThrow(message);
    expect(() => draw(mixed, initializer)).toThrow(SpecError);
  }
  for (const name of initializers) {
    if (!["eye", "sparse", "dirac", "constant"].includes(name)) checkInitializer(mixed, name);
  }
});

test("what is wrong in an initialiser is refused by the field's name", () => {
  const wrong: [unknown, RegExp][] = [
    ["he-normal", /^start: initializer "he-normal" is unknown; choose kaiming-normal/],
    ["constant", /^start is "constant"; give its value too/],
    [{ type: "constant" }, /^start\.value is missing/],
    [{ gain: 2 }, /^start\.type: initializer undefined is unknown/],
    [7, /^start is 7; give the name of an initialiser/],
    [null, /^start is null/],
    [["normal"], /^start is \["normal"\]/],
    [{ type: "normal", gain: 2 }, /start \(normal\) has no option "gain"/],
    [{ type: "kaiming-normal", gain: Number.NaN }, /^start\.gain is NaN; give a finite number/],
    [{ type: "kaiming-normal", gain: "2" }, /^start\.gain is "2"/],
    [{ type: "kaiming-normal", mode: "fan_out" }, /^start\.mode is "fan_out"; give fan-in or fan-out/],
    [{ type: "normal", deviation: 0 }, /^start\.deviation is 0; give a number above 0/],
    [{ type: "uniform", low: 1 }, /^start\.low is 1; give a number below start\.high, which is 1/],
    [{ type: "truncated-normal", low: 5, high: 6 }, /^start: less than one in 1000 draws of N\(0, 1\)/],
    [{ type: "sparse", sparsity: 1.1 }, /^start\.sparsity is 1\.1; give a number from 0 to 1/],
    [{ type: "normal", bias: "none" }, /^start\.bias is "none"; give torch or zeros or same/],
    [{ type: "orthogonal", bias: "same" }, /^start\.bias is "same", but orthogonal needs a kernel/],
  ];
  for (const [value, message] of wrong) {
    expect(() => parseInitializer(value, "start"), String(message)).toThrow(SpecError);
    expect(() => parseInitializer(value, "start")).toThrow(message);
  }
});

test("what is right comes back as it was, and has its name", () => {
  const right: Initializer[] = [
    "torch-default",
    { type: "constant", value: 0 },
    { type: "kaiming-normal", gain: gainOf("tanh"), mode: "fan-out", bias: "zeros" },
    { type: "truncated-normal", mean: 0, deviation: 0.02, low: -0.04, high: 0.04, bias: "same" },
  ];
  for (const initializer of right) expect(parseInitializer(initializer, "start")).toEqual(initializer);
  expect(right.map(initializerName)).toEqual([
    "torch-default",
    "constant",
    "kaiming-normal",
    "truncated-normal",
  ]);
});
