import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readNpy } from "#lib/core/npy.js";
import { activate } from "#lib/networks/activate.js";
import { forward, mnistCnn, unterthinerCnn, weightLayout } from "#lib/networks/index.js";
import { erfc, normalCdf } from "#lib/networks/normal-distribution.js";
import type { Activation, NetworkSpec } from "#lib/networks/types.js";

// Values of torch and scipy in double precision; see the folder's README for how they were made.
const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
const ops = read("ops.json") as Record<string, number[]>;
const { cases } = read("trajectories.json") as {
  cases: Record<string, { batch: number; images: string; first_output_f64: number[][] }>;
};

const names: Partial<Record<Activation, string>> = {
  sigmoid: "sigmoid",
  "leaky-relu": "leaky_relu_0.01",
  elu: "elu",
  gelu: "gelu_erf",
  silu: "silu",
};

for (const [activation, name] of Object.entries(names) as [Activation, string][]) {
  test(`${activation} is torch's`, () => {
    ops.x.forEach((x, i) => {
      expect(Math.abs(activate(activation)(x) - ops[name][i])).toBeLessThan(1e-14);
    });
  });
}

test("erfc has its known values, both sides of where its two expansions meet", () => {
  // Python's math.erfc.
  const known = [
    [-3, 1.9999779095030015],
    [-0.5, 1.5204998778130465],
    [0, 1],
    [0.5, 0.4795001221869535],
    [1.9999, 0.004679802092970608],
    [2, 0.004677734981047265],
    [2.0001, 0.0046756686958033394],
    [5, 1.5374597944280351e-12],
    [20, 5.3958656116079005e-176],
  ];
  for (const [x, value] of known) expect(Math.abs(erfc(x) / value - 1)).toBeLessThan(1e-13);
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14);
});

const batchNormNet: NetworkSpec = {
  name: "bn",
  input: { channels: 1, height: 14, width: 14 },
  layers: [
    { type: "conv2d", filters: 8, kernel: 3, padding: 1 },
    { type: "batch-norm" },
    { type: "activation", activation: "elu" },
    { type: "max-pool", size: 2 },
    { type: "dense", outputs: 10 },
  ],
};

/** Torch's parameters, with batch norm's running statistics (which torch keeps apart) put in as they start. */
function withStatistics(network: NetworkSpec, parameters: Float64Array): Float64Array {
  const { tensors, parameters: count } = weightLayout(network);
  const weights = new Float64Array(count);
  let from = 0;
  for (const { name, shape, offset } of tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (name === "variance") weights.fill(1, offset, offset + size);
    if (name === "mean" || name === "variance") continue;
    weights.set(parameters.subarray(from, from + size), offset);
    from += size;
  }
  return weights;
}

for (const [name, network] of Object.entries({
  bn_sgd: batchNormNet,
  cnn2464_adam: mnistCnn({ dropout: true }),
  unt_adam: unterthinerCnn(),
})) {
  test(`${name}: outputs of the network are torch's`, () => {
    const { batch, images: file, first_output_f64: expected } = cases[name];
    const images = readNpy(join(folder, `${file}.npy`));
    const stored = readNpy(join(folder, `traj_${name}_weights_f64.npy`));
    const [, , height, width] = images.shape;
    const inputs = Float64Array.from(images.data.subarray(0, batch * height * width), (byte) => byte / 255);
    const first = Float64Array.from(stored.data.subarray(0, stored.shape[1]));
    // Torch recorded these while training: batch norm by the batch's own statistics; no dropout was there.
    const outputs = forward(network, withStatistics(network, first), inputs, { batchStatistics: true });
    expect(outputs.length).toBe(expected.flat().length);
    expected.flat().forEach((value, i) => {
      expect(Math.abs(outputs[i] - value)).toBeLessThan(1e-12);
    });
  });
}
