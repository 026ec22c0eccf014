import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { forward } from "#lib/networks/forward.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { flatten, unflatten, weightLayout } from "#lib/networks/layout.js";
import { cnnTrajectory, mlpTrajectory } from "#lib/networks/published.js";
import { networkShapes } from "#lib/networks/shapes.js";
import type { LayerSpec, NetworkSpec } from "#lib/networks/types.js";

const input = { channels: 1, height: 14, width: 14 };

function network(...layers: unknown[]): NetworkSpec {
  return { name: "tried", input, layers: layers as LayerSpec[] };
}

const dense = { type: "dense", outputs: 3 };

test("a network that cannot be is refused with the layer's index and the field", () => {
  const wrong: [NetworkSpec, RegExp][] = [
    [network(dense, { type: "conv2d", filters: 4, kernel: 3 }), /layer 1: kernel 3 does not fit .* 1 x 1/],
    [network({ type: "conv2d", filters: 4, kernel: 3, stride: -1 }), /layer 0: stride is -1/],
    [network({ type: "conv2d", filters: 4, kernel: 3, stride: Number.NaN }), /layer 0: stride is NaN/],
    [network({ type: "conv2d", filters: 4, kernel: 3, padding: 0.5 }), /layer 0: padding is 0.5/],
    [network({ type: "conv2d", filters: 0, kernel: 3 }), /layer 0: filters is 0/],
    [network({ type: "conv2d", filters: 4, kernel: "3" }), /layer 0: kernel is 3/],
    [network({ type: "conv2d", filters: 4, kernel: 17, padding: 1 }), /kernel 17 .* 14 x 14 with padding 1/],
    [network(dense, dense, { type: "dense", outputs: 0 }), /layer 2: outputs is 0/],
    [network({ type: "max-pool", size: 15 }), /layer 0: size 15/],
    [network({ type: "max-pool", size: 2, stride: 0 }), /layer 0: stride is 0/],
    [network({ type: "activation", activation: "swish" }), /layer 0: activation "swish"/],
    [network(dense, { type: "dropout" }), /layer 1: type "dropout"/],
    [network({ ...dense, outptus: 3 }), /layer 0 .*"outptus"/],
    [network({ ...dense, bias: "no" }), /layer 0: bias is no/],
    [network(), /no layers/],
    [{ ...network(dense), input: { ...input, width: 0 } }, /input\.width is 0/],
  ];
  for (const [spec, message] of wrong) {
    expect(() => weightLayout(spec), String(message)).toThrow(SpecError);
    expect(() => weightLayout(spec)).toThrow(message);
  }
});

test("the published networks have their published sizes and maps", () => {
  const sides = (spec: NetworkSpec) => networkShapes(spec).map((shape) => shape.height);
  expect(weightLayout(mlpTrajectory()).parameters).toBe(2160);
  expect(weightLayout(cnnTrajectory()).parameters).toBe(1376);
  expect(weightLayout(cnnTrajectory({ geometry: "stride-1" })).parameters).toBe(1376);
  // Before and after each [conv, pool, activation], then the dense layer.
  expect(sides(cnnTrajectory())).toEqual([14, 7, 3, 3, 2, 1, 1, 1]);
  expect(sides(cnnTrajectory({ geometry: "stride-1" }))).toEqual([14, 12, 5, 5, 3, 1, 1, 1]);
  expect(() => cnnTrajectory({ geometry: "stride-3" as "stride-1" })).toThrow(/stride-3/);
  expect(() => cnnTrajectory({ geometri: "stride-1" } as object)).toThrow(/geometri/);
});

test("tensors stand in torch's order, kernel then bias, and come back from the flat vector", () => {
  const spec = network(
    { type: "conv2d", filters: 2, kernel: 3 },
    { type: "activation", activation: "relu" },
    { type: "max-pool", size: 4 },
    { type: "dense", outputs: 5, bias: false },
  );
  const layout = weightLayout(spec);
  expect(layout.tensors).toEqual([
    { layer: 0, name: "kernel", shape: [2, 1, 3, 3], offset: 0 },
    { layer: 0, name: "bias", shape: [2], offset: 18 },
    { layer: 3, name: "kernel", shape: [5, 18], offset: 20 },
  ]);
  expect(layout.parameters).toBe(110);
  const weights = Float32Array.from({ length: 110 }, (_, i) => i);
  expect(flatten(layout, unflatten(layout, weights))).toEqual(weights);
  expect(() => unflatten(layout, weights.subarray(1))).toThrow(/110 weights here but 109/);
  expect(() => flatten(layout, [weights.subarray(0, 18)])).toThrow(SpecError);
});

test("equal seeds give equal weights, seed 0 included; an unknown initialiser is refused", () => {
  const draw = (seed: number) =>
    initialWeights(mlpTrajectory(), "kaiming-normal", RandomStream.fromSeed(seed));
  expect(draw(0)).toEqual(draw(0));
  expect(draw(0)).not.toEqual(draw(1));
  const wrong = "orthogonal" as "normal";
  expect(() => initialWeights(mlpTrajectory(), wrong, RandomStream.fromSeed(1))).toThrow(/"orthogonal"/);
});

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
