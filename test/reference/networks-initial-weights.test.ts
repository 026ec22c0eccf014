import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { gainOf } from "#lib/networks/initializers.js";
import type { Activation, Initializer, NetworkSpec } from "#lib/networks/types.js";

interface Drawn {
  mean: number;
  std: number;
  kurtosis: number;
}
interface ShapeRecord {
  shape: number[];
  bias_bound_default: number;
  methods: Record<string, Drawn>;
}

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const { gains, shapes } = JSON.parse(readFileSync(join(folder, "init_std.json"), "utf8")) as {
  gains: Record<string, number>;
  shapes: Record<string, ShapeRecord>;
};

/** Torch's names, and ours for the same. */
const methods: Record<string, Initializer> = {
  kaiming_normal_default: "kaiming-normal",
  kaiming_normal_fan_out_relu: { type: "kaiming-normal", mode: "fan-out", gain: gainOf("relu") },
  kaiming_normal_tanh: { type: "kaiming-normal", gain: gainOf("tanh") },
  kaiming_normal_sigmoid: { type: "kaiming-normal", gain: gainOf("sigmoid") },
  kaiming_uniform_default: "kaiming-uniform",
  "kaiming_uniform_a_sqrt5 (nn.Linear/nn.Conv2d default)": "torch-default",
  xavier_normal: "xavier-normal",
  xavier_normal_gain_tanh: { type: "xavier-normal", gain: gainOf("tanh") },
  xavier_uniform: "xavier-uniform",
  xavier_uniform_gain_relu: { type: "xavier-uniform", gain: gainOf("relu") },
  normal_default: "normal",
  uniform_default: "uniform",
  trunc_normal_default: "truncated-normal",
  orthogonal: "orthogonal",
};

test("gains are torch's, and refused where torch has none", () => {
  for (const name of ["linear", "sigmoid", "tanh", "relu", "leaky_relu"]) {
    expect(gainOf(name.replace("_", "-") as Activation)).toBeCloseTo(gains[name], 15);
  }
  for (const name of ["elu", "gelu", "silu"] as const) expect(() => gainOf(name)).toThrow(`"${name}"`);
});

/** A network of one layer whose kernel has the given shape. */
function networkOf(shape: number[]): NetworkSpec {
  const [outputs, inputs, kernel] = shape;
  return shape.length === 2
    ? { name: "one", input: { channels: inputs, height: 1, width: 1 }, layers: [{ type: "dense", outputs }] }
    : {
        name: "one",
        input: { channels: inputs, height: kernel, width: kernel },
        layers: [{ type: "conv2d", filters: outputs, kernel }],
      };
}

function moments(values: number[]): Drawn {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length;
  return { mean, std: Math.sqrt(central(2)), kurtosis: central(4) / central(2) ** 2 };
}

function seedOf(initializer: Initializer): string {
  return typeof initializer === "string" ? initializer : JSON.stringify(initializer);
}

for (const [name, record] of Object.entries(shapes)) {
  const network = networkOf(record.shape);
  const kernelSize = record.shape.reduce((product, n) => product * n, 1);

  test(`every draw recorded for ${name} has a name here`, () => {
    expect(Object.keys(methods)).toEqual(Object.keys(record.methods));
  });

  for (const [method, initializer] of Object.entries(methods)) {
    test(`${method} on ${name} has torch's mean, deviation and shape`, () => {
      const kernels: number[] = [];
      const biases: number[] = [];
      const rng = RandomStream.fromSeed(`${name} ${seedOf(initializer)}`);
      while (kernels.length < 200_000) {
        const weights = initialWeights(network, initializer, rng);
        for (const x of weights.subarray(0, kernelSize)) kernels.push(x);
        for (const x of weights.subarray(kernelSize)) biases.push(x);
      }
      const ours = moments(kernels);
      const torch = record.methods[method];
      expect(Math.abs(ours.std / torch.std - 1)).toBeLessThan(0.01);
      expect(Math.abs(ours.mean - torch.mean)).toBeLessThan(0.015 * torch.std);
      expect(Math.abs(ours.kurtosis - torch.kurtosis)).toBeLessThan(0.1);

      const largest = biases.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(largest).toBeLessThanOrEqual(record.bias_bound_default * (1 + 1e-7));
      expect(largest).toBeGreaterThan(record.bias_bound_default * 0.99);
    });
  }
}
