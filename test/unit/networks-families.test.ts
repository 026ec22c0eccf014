import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { familyNetwork, isFamily, mlpTrajectory, networkShapes, weightLayout } from "#lib/networks/index.js";
import type { NetworkFamily } from "#lib/networks/types.js";

const family: NetworkFamily = {
  family: "conv-blocks",
  input: { channels: 1, height: 32, width: 32 },
  outputs: 10,
  kernel: 5,
  convLayers: 4,
  width: 8,
  denseLayers: 3,
  denseWidth: 100,
  batchNorm: true,
  activation: "elu",
};

test("four convolutions stand in blocks of 1, 1 and 2, and the dense layers halve", () => {
  const act = { type: "activation", activation: "elu" };
  const conv = (filters: number) => [
    { type: "conv2d", filters, kernel: 5, padding: 2 },
    { type: "batch-norm" },
    act,
  ];
  const pool = { type: "max-pool", size: 2 };
  const dense = (outputs: number) => ({ type: "dense", outputs });
  const network = familyNetwork(family);
  expect(network.layers).toEqual([
    ...conv(8),
    pool,
    ...conv(16),
    pool,
    ...conv(32),
    ...conv(32),
    pool,
    dense(100),
    act,
    dense(50),
    act,
    dense(25),
    act,
    dense(10),
  ]);
  expect(networkShapes(network)[networkShapes(network).length - 8]).toEqual({
    channels: 32,
    height: 4,
    width: 4,
  });
  expect([isFamily(family), isFamily(network)]).toEqual([true, false]);
});

test("3 and 5 convolutions are divided as 1 1 1 and 1 2 2; a small map has fewer blocks", () => {
  const blocks = (changes: Partial<NetworkFamily>) => {
    const counts = [0];
    for (const { type } of familyNetwork({ ...family, ...changes }).layers) {
      if (type === "conv2d") counts[counts.length - 1]++;
      if (type === "max-pool") counts.push(0);
    }
    return counts.slice(0, -1);
  };
  expect(blocks({ convLayers: 3 })).toEqual([1, 1, 1]);
  expect(blocks({ convLayers: 5 })).toEqual([1, 2, 2]);
  expect(blocks({ convLayers: 2 })).toEqual([1, 1]);
  expect(blocks({ input: { channels: 1, height: 4, width: 7 } })).toEqual([2, 2]);
});

test("at NWS's ranges and input the networks have the published 20,000 to 400,000 weights", () => {
  const sizes: number[] = [];
  for (const kernel of [3, 5, 7]) {
    for (const convLayers of [3, 4, 5]) {
      for (const width of [4, 8, 12]) {
        for (const denseLayers of [2, 3, 4]) {
          for (const denseWidth of [64, 128, 192]) {
            const numbers = { kernel, convLayers, width, denseLayers, denseWidth };
            sizes.push(weightLayout(familyNetwork({ ...family, ...numbers })).parameters);
          }
        }
      }
    }
  }
  expect(Math.min(...sizes)).toBeGreaterThan(20_000);
  expect(Math.min(...sizes)).toBeLessThan(21_000);
  expect(Math.max(...sizes)).toBeGreaterThan(380_000);
  expect(Math.max(...sizes)).toBeLessThan(400_000);
});

test("what is wrong in a family is refused by the field's name", () => {
  const wrong: [object, RegExp][] = [
    [{ family: "resnet" }, /family is resnet; give "conv-blocks"/],
    [{ kernel: 4 }, /kernel is 4; give an odd whole number/],
    [{ kernel: -1 }, /kernel is -1/],
    [{ convLayers: 0 }, /convLayers is 0/],
    [{ width: 4.5 }, /width is 4.5/],
    [{ outputs: Number.NaN }, /outputs is NaN/],
    [{ denseLayers: -1 }, /denseLayers is -1/],
    [{ denseLayers: 4, denseWidth: 7 }, /denseWidth is 7; give a whole number of at least 8/],
    [{ batchNorm: 1 }, /batchNorm is 1; give true or false/],
    [{ activation: "swish" }, /activation is swish; give one of sigmoid, tanh/],
    [{ depth: 3 }, /"depth"/],
    [{ input: undefined }, /input is undefined/],
    [{ input: { channels: 0, height: 8, width: 8 } }, /input.channels is 0/],
    [{ input: { channels: 1, height: 8, width: 1 } }, /input.width is 1; .*at least 2/],
  ];
  for (const [change, message] of wrong) {
    const changed = { ...family, ...change } as NetworkFamily;
    expect(() => familyNetwork(changed), String(message)).toThrow(SpecError);
    expect(() => familyNetwork(changed)).toThrow(message);
  }
  expect(isFamily(mlpTrajectory())).toBe(false);
});
