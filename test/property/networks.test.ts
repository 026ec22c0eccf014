import fc from "fast-check";
import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { familyNetwork, forward, initialWeights, networkShapes, weightLayout } from "#lib/networks/index.js";
import { flatten, unflatten } from "#lib/networks/layout.js";
import { activations, sizeOf } from "#lib/networks/shapes.js";
import type { LayerSpec, NetworkSpec } from "#lib/networks/types.js";
import { randomNetworks, small } from "../helpers/random-networks.js";

test("tensors cover the flat vector without gap or overlap, and come back from it", () => {
  fc.assert(
    fc.property(randomNetworks, fc.nat(), (network, seed) => {
      const layout = weightLayout(network);
      const weights = initialWeights(network, "normal", RandomStream.fromSeed(seed));
      const tensors = unflatten(layout, weights);
      let end = 0;
      layout.tensors.forEach(({ offset }, i) => {
        expect(offset).toBe(end);
        end += tensors[i].length;
      });
      expect(end).toBe(layout.parameters);
      expect(
        flatten(
          layout,
          tensors.map((tensor) => tensor.slice()),
        ),
      ).toEqual(weights);
    }),
  );
});

test("what flows through a network has the shapes that were inferred, after every layer", () => {
  fc.assert(
    fc.property(
      randomNetworks,
      small(1, 3),
      fc.nat(),
      fc.boolean(),
      (network, images, seed, batchStatistics) => {
        const rng = RandomStream.fromSeed(seed);
        const shapes = networkShapes(network);
        const inputs = Float64Array.from({ length: images * sizeOf(shapes[0]) }, () => rng.normal());
        for (let length = 1; length <= network.layers.length; length++) {
          // A flatten layer cannot be the last one.
          if (network.layers[length - 1].type === "flatten") continue;
          const part = { ...network, layers: network.layers.slice(0, length) };
          const outputs = forward(part, initialWeights(part, "xavier-normal", rng), inputs, {
            batchStatistics,
          });
          expect(outputs.length).toBe(images * sizeOf(shapes[length]));
          expect(outputs.every(Number.isFinite)).toBe(true);
        }
      },
    ),
  );
});

test("with its own batch's moments as running statistics, batch norm gives the same in both modes", () => {
  fc.assert(
    fc.property(small(1, 4), small(1, 3), small(1, 5), fc.nat(), (channels, side, images, seed) => {
      const rng = RandomStream.fromSeed(seed);
      const input = { channels, height: side, width: side };
      const network: NetworkSpec = { name: "bn", input, layers: [{ type: "batch-norm" }] };
      const area = side * side;
      const inputs = Float64Array.from({ length: images * channels * area }, () => rng.normal(1, 3));
      const ofChannel = (c: number) => inputs.filter((_, i) => Math.floor(i / area) % channels === c);
      const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
      const every = (value: (c: number) => number) => Array.from({ length: channels }, (_, c) => value(c));
      const weights = [
        ...every(() => rng.normal()),
        ...every(() => rng.normal()),
        ...every((c) => mean(ofChannel(c))),
        ...every((c) => mean(ofChannel(c).map((x) => (x - mean(ofChannel(c))) ** 2))),
      ];
      const evaluated = forward(network, weights, inputs);
      forward(network, weights, inputs, { batchStatistics: true }).forEach((value, i) => {
        expect(value).toBeCloseTo(evaluated[i], 9);
      });
    }),
  );
});

const families = fc.record({
  family: fc.constant("conv-blocks" as const),
  input: fc.record({ channels: small(1, 3), height: small(2, 32), width: small(2, 32) }),
  outputs: small(1, 12),
  kernel: fc.constantFrom(1, 3, 5, 7),
  convLayers: small(1, 7),
  width: small(1, 12),
  denseLayers: small(0, 4),
  denseWidth: small(8, 200),
  batchNorm: fc.boolean(),
  activation: fc.constantFrom(...activations),
});

test("any family's numbers give a network: as many layers as asked for, maps halved, outputs at the end", () => {
  fc.assert(
    fc.property(families, (family) => {
      const network = familyNetwork(family);
      const shapes = networkShapes(network);
      const count = (type: LayerSpec["type"]) => network.layers.filter((layer) => layer.type === type).length;
      expect(count("conv2d")).toBe(family.convLayers);
      expect(count("dense")).toBe(family.denseLayers + 1);
      expect(count("batch-norm")).toBe(family.batchNorm ? family.convLayers : 0);
      expect(shapes[shapes.length - 1]).toEqual({ channels: family.outputs, height: 1, width: 1 });
      network.layers.forEach((layer, i) => {
        if (layer.type === "conv2d") expect(shapes[i + 1].height).toBe(shapes[i].height);
        if (layer.type === "max-pool") expect(shapes[i + 1].width).toBe(Math.floor(shapes[i].width / 2));
      });
      expect(network.layers[network.layers.length - 1].type).toBe("dense");
      expect(weightLayout(network).parameters).toBeGreaterThan(0);
    }),
  );
});
