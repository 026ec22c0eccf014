import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import type { Initializer, NetworkSpec } from "#lib/networks/types.js";

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
const { shapes } = JSON.parse(readFileSync(join(folder, "init_std.json"), "utf8")) as {
  shapes: Record<string, ShapeRecord>;
};

/** Our names for torch's. */
const methods: Record<Initializer, string> = {
  "kaiming-normal": "kaiming_normal_default",
  "kaiming-uniform": "kaiming_uniform_default",
  "xavier-normal": "xavier_normal",
  "xavier-uniform": "xavier_uniform",
  normal: "normal_default",
  uniform: "uniform_default",
};

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

for (const [name, record] of Object.entries(shapes)) {
  const network = networkOf(record.shape);
  const kernelSize = record.shape.reduce((product, n) => product * n, 1);

  for (const [initializer, method] of Object.entries(methods) as [Initializer, string][]) {
    test(`${initializer} on ${name} has torch's mean, deviation and shape`, () => {
      const kernels: number[] = [];
      const biases: number[] = [];
      const rng = RandomStream.fromSeed(`${name} ${initializer}`);
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
