import fc from "fast-check";
import { SpecError } from "#lib/core/errors.js";
import { activations, networkShapes } from "#lib/networks/shapes.js";
import type { LayerSpec, NetworkFamily, NetworkSpec } from "#lib/networks/types.js";

/** Convolutions with batch norm, two dense layers after them. */
export const normedFamily: NetworkFamily = {
  family: "conv-blocks",
  input: { channels: 1, height: 28, width: 28 },
  outputs: 10,
  kernel: 3,
  convLayers: 3,
  width: 4,
  denseLayers: 2,
  denseWidth: 16,
  batchNorm: true,
  activation: "elu",
};

/** Whole numbers from `min` to `max`. */
export const small = (min: number, max: number) => fc.integer({ min, max });
const layers: fc.Arbitrary<LayerSpec> = fc.oneof(
  fc.record({ type: fc.constant("activation" as const), activation: fc.constantFrom(...activations) }),
  fc.record({
    type: fc.constant("conv2d" as const),
    filters: small(1, 4),
    kernel: small(1, 4),
    stride: small(1, 3),
    padding: small(0, 2),
    bias: fc.boolean(),
  }),
  fc.record({
    type: fc.constantFrom("max-pool" as const, "average-pool" as const),
    size: small(1, 3),
    stride: small(1, 4),
  }),
  fc.constantFrom<LayerSpec>(
    { type: "global-average-pool" },
    { type: "batch-norm" },
    { type: "dropout" },
    { type: "dropout", rate: 0.5 },
  ),
  fc.record({ type: fc.constant("dense" as const), outputs: small(1, 6), bias: fc.boolean() }),
);

/** Random networks of all layers; those that do not fit are left out. */
export const randomNetworks: fc.Arbitrary<NetworkSpec> = fc
  .record({
    channels: small(1, 3),
    height: small(1, 8),
    width: small(1, 8),
    layers: fc.array(layers, { minLength: 1, maxLength: 6 }),
    flattened: fc.boolean(),
  })
  .map(({ channels, height, width, layers, flattened }) => {
    let spec: NetworkSpec = { name: "random", input: { channels, height, width }, layers: [] };
    for (const layer of layers) {
      const longer = { ...spec, layers: [...spec.layers, layer] };
      try {
        networkShapes(longer);
        spec = longer;
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
      }
    }
    const head: LayerSpec[] = [{ type: "dense", outputs: 3 }, { type: "batch-norm" }];
    return {
      ...spec,
      layers: [...spec.layers, ...(flattened ? [{ type: "flatten" } as const] : []), ...head],
    };
  });
