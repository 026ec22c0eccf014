import fc from "fast-check";
import { expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { forward } from "#lib/networks/forward.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { activations, networkShapes } from "#lib/networks/shapes.js";
import type { LayerSpec, NetworkSpec } from "#lib/networks/types.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import { lanes } from "#lib/zoo/lanes.js";
import type { Loss } from "#lib/zoo/types.js";

const activation = fc
  .constantFrom(...activations)
  .map((name): LayerSpec => ({ type: "activation", activation: name }));
const hidden: fc.Arbitrary<LayerSpec> = fc.oneof(
  activation,
  fc.record({
    type: fc.constant("conv2d" as const),
    filters: fc.integer({ min: 1, max: 5 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 2 }),
    bias: fc.boolean(),
  }),
  fc.record({
    type: fc.constantFrom("max-pool" as const, "average-pool" as const),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
  }),
  fc.constantFrom<LayerSpec>({ type: "global-average-pool" }, { type: "batch-norm" }),
  fc.record({
    type: fc.constant("dense" as const),
    outputs: fc.integer({ min: 1, max: 6 }),
    bias: fc.boolean(),
  }),
);

/** Random small networks; layers that do not fit are left out. */
const networks: fc.Arbitrary<NetworkSpec> = fc
  .record({
    channels: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 8 }),
    width: fc.integer({ min: 1, max: 8 }),
    layers: fc.array(hidden, { maxLength: 5 }),
    last: fc.record({
      type: fc.constant("dense" as const),
      outputs: fc.integer({ min: 1, max: 7 }),
      bias: fc.boolean(),
    }),
    tail: fc.option(activation, { nil: undefined }),
  })
  .map(({ channels, height, width, layers, last, tail }) => {
    let spec: NetworkSpec = { name: "random", input: { channels, height, width }, layers: [] };
    for (const layer of [...layers, last, ...(tail ? [tail] : [])]) {
      const longer = { ...spec, layers: [...spec.layers, layer] };
      try {
        networkShapes(longer);
        spec = longer;
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
      }
    }
    return spec;
  });

const optimizer = { type: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 0 } as const;

/** The loss on one-hot targets, in double precision. */
function lossOf(
  loss: Loss,
  network: NetworkSpec,
  weights: ArrayLike<number>,
  inputs: Float64Array,
  labels: Uint8Array,
) {
  const outputs = forward(network, weights, inputs, { batchStatistics: true });
  const classes = outputs.length / labels.length;
  let sum = 0;
  labels.forEach((label, i) => {
    const row = outputs.subarray(i * classes, (i + 1) * classes);
    if (loss === "mse") {
      row.forEach((value, c) => {
        sum += (value - (c === label ? 1 : 0)) ** 2 / classes;
      });
    } else {
      const top = Math.max(...row);
      sum += Math.log(row.reduce((total, value) => total + Math.exp(value - top), 0)) + top - row[label];
    }
  });
  return sum / labels.length;
}

test("losses and gradients of any network are those of its double-precision forward pass", () => {
  const loss = fc.constantFrom<Loss>("mse", "cross-entropy");
  fc.assert(
    fc.property(networks, loss, fc.integer({ min: 1, max: 7 }), fc.nat(), (network, kind, count, seed) => {
      const rng = RandomStream.fromSeed(seed);
      const { channels, height, width } = network.input;
      const classes = networkShapes(network).at(-1)!.channels;
      const images = Uint8Array.from({ length: count * channels * height * width }, () => rng.integer(256));
      const labels = Uint8Array.from({ length: count }, () => rng.integer(classes));
      const data = { images, labels, count };
      const input = { scale: 1 / 128, shift: -1 };
      const inputs = Float64Array.from(images, (pixel) => pixel * input.scale + input.shift);

      const options = { network, loss: kind, optimizer, batchSize: count, input, train: data, test: data };
      const trainer = new LaneTrainer(options);
      const models = Array.from({ length: lanes }, () => initialWeights(network, "xavier-normal", rng));
      models.forEach((weights, lane) => {
        trainer.setModel(lane, weights, { optimizer, dropout: 0 });
        trainer.setOrder(lane, rng.permutation(count));
      });
      const losses = trainer.run(0, count);
      const lane = rng.integer(lanes);
      const gradient = trainer.velocities(lane);
      trainer.close();

      const at = (weights: ArrayLike<number>) => lossOf(kind, network, weights, inputs, labels);
      const normed = network.layers.some(({ type }) => type === "batch-norm");
      expect(losses[lane]).toBeCloseTo(at(models[lane]), normed ? 3 : 5);
      // A batch's deviation close to zero amplifies single precision's rounding.
      checkGradient(at, models[lane], gradient, rng, normed ? 2e-3 : 1e-5);
    }),
    { numRuns: 250, seed: 14 },
  );
});

/** Compares some of a gradient's entries with central differences. */
function checkGradient(
  loss: (weights: ArrayLike<number>) => number,
  weights: Float32Array,
  gradient: Float32Array,
  rng: RandomStream,
  tolerance: number,
) {
  const point = Float64Array.from(weights);
  const slope = (index: number, step: number) => {
    const at = (offset: number) => {
      point[index] = weights[index] + offset;
      return loss(point);
    };
    const difference = at(step) - at(-step);
    point[index] = weights[index];
    return difference / (2 * step);
  };
  const scale = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0.01);
  for (let i = 0; i < Math.min(weights.length, 40); i++) {
    const index = weights.length <= 40 ? i : rng.integer(weights.length);
    const expected = slope(index, 1e-6);
    // A kink of a ReLU or a pool within the step: the derivative is not what the difference measures.
    if (Math.abs(expected - slope(index, 1e-5)) > tolerance * scale) continue;
    expect(Math.abs(gradient[index] - expected)).toBeLessThan(tolerance * scale);
  }
}
