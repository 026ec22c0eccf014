import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { multiplyAdds } from "#lib/networks/count.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { flatten, unflatten, weightLayout } from "#lib/networks/layout.js";
import {
  cnnTrajectory,
  mlpTrajectory,
  mnistCnn,
  tetrisMlp,
  unterthinerCnn,
} from "#lib/networks/published.js";
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
    [network({ type: "average-pool", size: 2, stride: -2 }), /layer 0: stride is -2/],
    [network({ type: "average-pool", size: 15 }), /layer 0: size 15 does not fit/],
    [network({ type: "activation", activation: "swish" }), /layer 0: activation "swish"/],
    [network(dense, { type: "layer-norm" }), /layer 1: type "layer-norm".*batch-norm/],
    [network(dense, { type: "dropout", rate: 1 }), /layer 1: rate is 1; give a number from 0 to below 1/],
    [network({ type: "dropout", rate: -0.1 }), /layer 0: rate is -0.1/],
    [network({ type: "dropout", rate: "half" }), /layer 0: rate is half/],
    [network(dense, { type: "batch-norm", momentum: 0.9 }), /layer 1 .*"momentum"/],
    [network({ type: "global-average-pool", size: 2 }), /layer 0 .*"size"/],
    [network({ type: "flatten" }), /layer 0: flatten is followed by no layer; put a dense layer next/],
    [
      network({ type: "flatten" }, { type: "batch-norm" }, dense),
      /flatten is followed by a batch-norm layer/,
    ],
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
  expect(weightLayout(tetrisMlp()).parameters).toBe(100);
  expect(weightLayout(mnistCnn()).parameters).toBe(2464);
  expect(weightLayout(unterthinerCnn()).parameters).toBe(4970);
  expect(sides(unterthinerCnn())).toEqual([28, 13, 13, 6, 6, 2, 2, 1, 1]);
  expect(() => cnnTrajectory({ geometry: "stride-3" as "stride-1" })).toThrow(/stride-3/);
  expect(() => cnnTrajectory({ geometri: "stride-1" } as object)).toThrow(/geometri/);
});

test("dropout layers, where wanted, have the model's own rate and no weights", () => {
  for (const published of [mnistCnn, unterthinerCnn]) {
    const plain = published({ activation: "gelu" });
    const dropping = published({ activation: "gelu", dropout: true });
    const drops = dropping.layers.filter(({ type }) => type === "dropout");
    expect(drops).toEqual(Array(3).fill({ type: "dropout" }));
    expect(dropping.layers.filter(({ type }) => type !== "dropout")).toEqual(plain.layers);
    expect(weightLayout(dropping).parameters).toBe(weightLayout(plain).parameters);
    expect(plain.layers).toContainEqual({ type: "activation", activation: "gelu" });
  }
  expect(() => tetrisMlp({ activation: "swish" as "relu" })).toThrow(/activation "swish"/);
  expect(() => mnistCnn({ droput: true } as object)).toThrow(/"droput"/);
});

test("tensors stand in torch's order, kernel then bias, and come back from the flat vector", () => {
  const spec = network(
    { type: "conv2d", filters: 2, kernel: 3 },
    { type: "batch-norm" },
    { type: "activation", activation: "relu" },
    { type: "max-pool", size: 4 },
    { type: "dense", outputs: 5, bias: false },
    { type: "batch-norm" },
  );
  const layout = weightLayout(spec);
  expect(layout.tensors).toEqual([
    { layer: 0, name: "kernel", shape: [2, 1, 3, 3], offset: 0 },
    { layer: 0, name: "bias", shape: [2], offset: 18 },
    { layer: 1, name: "gamma", shape: [2], offset: 20 },
    { layer: 1, name: "beta", shape: [2], offset: 22 },
    { layer: 1, name: "mean", shape: [2], offset: 24 },
    { layer: 1, name: "variance", shape: [2], offset: 26 },
    { layer: 4, name: "kernel", shape: [5, 18], offset: 28 },
    { layer: 5, name: "gamma", shape: [5], offset: 118 },
    { layer: 5, name: "beta", shape: [5], offset: 123 },
    { layer: 5, name: "mean", shape: [5], offset: 128 },
    { layer: 5, name: "variance", shape: [5], offset: 133 },
  ]);
  expect(layout.parameters).toBe(138);
  const weights = Float32Array.from({ length: 138 }, (_, i) => i);
  expect(flatten(layout, unflatten(layout, weights))).toEqual(weights);
  expect(() => unflatten(layout, weights.subarray(1))).toThrow(/138 weights here but 137/);
  expect(() => flatten(layout, [weights.subarray(0, 18)])).toThrow(SpecError);
});

test("a flatten layer may have activations and dropout before its dense layer", () => {
  const spec = network(
    { type: "max-pool", size: 5 },
    { type: "flatten" },
    { type: "dropout", rate: 0.5 },
    { type: "activation", activation: "relu" },
    dense,
  );
  expect(networkShapes(spec)[2]).toEqual({ channels: 4, height: 1, width: 1 });
  expect(weightLayout(spec).parameters).toBe(4 * 3 + 3);
});

test("equal seeds give equal weights, seed 0 included; an unknown initialiser is refused", () => {
  const draw = (seed: number) =>
    initialWeights(mlpTrajectory(), "kaiming-normal", RandomStream.fromSeed(seed));
  expect(draw(0)).toEqual(draw(0));
  expect(draw(0)).not.toEqual(draw(1));
  const wrong = "he-normal" as "normal";
  expect(() => initialWeights(mlpTrajectory(), wrong, RandomStream.fromSeed(1))).toThrow(/"he-normal"/);
});

test("multiply-adds are counted in every kind of layer", () => {
  const counted = (...layers: unknown[]) => multiplyAdds(network(...layers));
  const image = 14 * 14;
  const conv = { type: "conv2d", filters: 2, kernel: 3, padding: 1 };
  expect(counted(dense)).toBe(3 * image);
  expect(counted(conv)).toBe(2 * image * 9);
  expect(counted({ ...conv, padding: 0, stride: 2 }, conv)).toBe(2 * 36 * 9 + 2 * 36 * 2 * 9);
  expect(counted({ type: "average-pool", size: 2 })).toBe(image);
  expect(counted({ type: "average-pool", size: 3, stride: 2 })).toBe(36 * 9);
  expect(counted({ type: "global-average-pool" })).toBe(image);
  expect(counted({ type: "batch-norm" })).toBe(image);
  const none = [
    { type: "max-pool", size: 2 },
    { type: "activation", activation: "relu" },
    { type: "dropout" },
  ];
  expect(counted(...none)).toBe(0);
  expect(counted({ type: "flatten" }, dense)).toBe(3 * image);
  expect(multiplyAdds(mlpTrajectory())).toBe(2160);
  expect(multiplyAdds(cnnTrajectory())).toBe(49 * 9 * 16 + 4 * 144 * 8 + 80);
});
