import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { forward } from "#lib/networks/forward.js";
import type { LayerSpec, NetworkSpec } from "#lib/networks/types.js";

/** A network that is not meant to end in a dense layer: what its last layer gives is looked at. */
function network(height: number, width: number, channels: number, ...layers: LayerSpec[]): NetworkSpec {
  return { name: "hand", input: { channels, height, width }, layers };
}

test("the forward pass, worked out by hand", () => {
  const spec: NetworkSpec = {
    name: "hand",
    input: { channels: 1, height: 2, width: 3 },
    layers: [
      { type: "conv2d", filters: 1, kernel: 2, padding: 1, stride: 2 },
      { type: "activation", activation: "leaky-relu" },
      { type: "dense", outputs: 2 },
    ],
  };
  // Kernel [[1, 2], [3, 4]], bias -10; windows: (0 0 / 0 1) (0 0 / 2 3) and below (0 4 / 0 0) (5 6 / 0 0).
  const kernel = [1, 2, 3, 4, -10];
  const maps = [4 * 1 - 10, 3 * 2 + 4 * 3 - 10, 2 * 4 - 10, 1 * 5 + 2 * 6 - 10];
  const active = maps.map((x) => (x > 0 ? x : 0.01 * x));
  const head = [1, 0, -1, 2, 0, 1, 0, 0, 0.5, -0.5];
  const [a, b, c, d] = active;
  const outputs = forward(spec, [...kernel, ...head], [1, 2, 3, 4, 5, 6]);
  expect(outputs[0]).toBeCloseTo(a - c + 2 * d + 0.5, 12);
  expect(outputs[1]).toBeCloseTo(b - 0.5, 12);
  expect(() => forward(spec, kernel, [1, 2, 3, 4, 5, 6])).toThrow(SpecError);
  expect(() => forward(spec, [...kernel, ...head], [1, 2, 3, 4])).toThrow(/no whole number of 6/);
});

test("pools: largest, mean of a window that overlaps, mean of a channel", () => {
  const image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 10, 0, 0, 0, 8];
  const pooled = (...layers: LayerSpec[]) => [...forward(network(3, 3, 2, ...layers), [], image)];
  expect(pooled({ type: "max-pool", size: 2, stride: 1 })).toEqual([5, 6, 8, 9, 10, 10, 10, 10]);
  expect(pooled({ type: "average-pool", size: 2, stride: 1 })).toEqual([3, 4, 6, 7, 2.5, 2.5, 2.5, 4.5]);
  expect(pooled({ type: "average-pool", size: 2 })).toEqual([3, 2.5]);
  expect(pooled({ type: "global-average-pool" })).toEqual([5, 2]);
});

test("dropout does nothing; flatten keeps the order of channel, row and column", () => {
  const image = [1, 2, 3, 4, 5, 6, 7, 8];
  const dense: LayerSpec = { type: "dense", outputs: 1, bias: false };
  const kernel = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
  const flattened = network(2, 2, 2, { type: "flatten" }, { type: "dropout", rate: 0.5 }, dense);
  expect([...forward(flattened, kernel, image)]).toEqual([87654321]);
  expect([...forward(network(2, 2, 2, dense), kernel, image)]).toEqual([87654321]);
});

test("batch norm takes its running statistics, or the batch's own mean and biased variance", () => {
  const spec = network(1, 2, 2, { type: "batch-norm" });
  const [gamma, beta, mean, variance] = [
    [2, 3],
    [0.5, -0.5],
    [1, 10],
    [4, 9],
  ];
  const weights = [...gamma, ...beta, ...mean, ...variance];
  // Two images of channels x columns: channel 0 holds 1 3 5 7, channel 1 holds 0 0 0 8.
  const images = [1, 3, 0, 0, 5, 7, 0, 8];
  const channels = [0, 0, 1, 1, 0, 0, 1, 1];
  const normalized = (means: number[], variances: number[]) =>
    images.map((x, i) => {
      const c = channels[i];
      return ((x - means[c]) / Math.sqrt(variances[c] + 1e-5)) * gamma[c] + beta[c];
    });
  const close = (ours: Float64Array, expected: number[]) =>
    expected.forEach((value, i) => {
      expect(ours[i]).toBeCloseTo(value, 12);
    });
  close(forward(spec, weights, images), normalized(mean, variance));
  // Mean 4, variance (9 + 1 + 1 + 9) / 4; mean 2, variance (3 x 4 + 36) / 4.
  close(forward(spec, weights, images, { batchStatistics: true }), normalized([4, 2], [5, 12]));
  expect(() => forward(spec, weights, images, { training: true } as object)).toThrow(/"training"/);
});
