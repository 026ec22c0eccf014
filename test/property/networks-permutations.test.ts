import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { drawStrokes, drawTetris, loadDataset } from "#lib/datasets/index.js";
import { tetrisPixel } from "#lib/datasets/tetris.js";
import {
  cnnTrajectory,
  drawPermutations,
  familyNetwork,
  forward,
  initialWeights,
  mlpTrajectory,
  mnistCnn,
  type NetworkSpec,
  networkShapes,
  permutationIndex,
  permutationSymmetries,
  tetrisMlp,
  type UnitPermutations,
  unterthinerCnn,
  weightLayout,
} from "#lib/networks/index.js";
import { unflatten } from "#lib/networks/layout.js";
import { activations, sizeOf } from "#lib/networks/shapes.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import { lanes } from "#lib/zoo/lanes.js";
import { normedFamily, randomNetworks } from "../helpers/random-networks.js";

const everyNetwork: readonly NetworkSpec[] = [
  tetrisMlp(),
  mlpTrajectory(),
  cnnTrajectory(),
  cnnTrajectory({ geometry: "stride-1" }),
  mnistCnn({ activation: "gelu", dropout: true }),
  unterthinerCnn({ dropout: true }),
  familyNetwork(normedFamily),
  familyNetwork({ ...normedFamily, convLayers: 5, kernel: 5, batchNorm: false, activation: "silu" }),
  {
    name: "mixed-activations",
    input: { channels: 1, height: 14, width: 14 },
    layers: activations.flatMap((activation, i) => [
      { type: "dense", outputs: 4 + i, bias: i % 2 === 0 } as const,
      { type: "batch-norm" } as const,
      { type: "activation", activation } as const,
    ]),
  },
];

/** Weights as training starts from them, with batch norm's vectors at different values for every channel. */
function drawWeights(network: NetworkSpec, rng: RandomStream): Float32Array {
  const weights = initialWeights(network, "torch-default", rng);
  const layout = weightLayout(network);
  unflatten(layout, weights).forEach((values, i) => {
    const { name } = layout.tensors[i];
    if (name === "gamma" || name === "variance") values.set(values.map(() => rng.uniform(0.5, 2)));
    if (name === "beta" || name === "mean") values.set(values.map(() => rng.normal(0, 0.2)));
  });
  return weights;
}

/** Images of the project that a network can read: tetris for 4 x 4, strokes for the others. */
async function drawImages(network: NetworkSpec, count: number) {
  const rng = RandomStream.fromSeed("images");
  const { width } = network.input;
  const set = width === 4 ? drawTetris(count, { rng }) : await drawStrokes(count, { rng, size: width });
  const { scale, shift } = width === 4 ? tetrisPixel : { scale: 1 / 255, shift: 0 };
  return { set, inputs: Float64Array.from(set.images, (pixel) => pixel * scale + shift) };
}

const permute = (weights: ArrayLike<number>, index: Uint32Array) =>
  Float32Array.from(index, (from) => weights[from]);

/** The same with the rows permuted alone: the next layer's columns stay. */
function permuteRowsOnly(network: NetworkSpec, weights: Float32Array, permutations: UnitPermutations) {
  const found = weights.slice();
  permutationSymmetries(network).forEach(({ rows }, i) => {
    for (const { offset, shape } of rows) {
      const size = shape.slice(1).reduce((product, n) => product * n, 1);
      permutations[i].forEach((from, to) => {
        const start = offset + from * size;
        found.set(weights.subarray(start, start + size), offset + to * size);
      });
    }
  });
  return found;
}

/** Permutations that move every layer's units: each cycled by one. */
const cycled = (network: NetworkSpec): UnitPermutations =>
  permutationSymmetries(network).map(({ units }) =>
    Uint32Array.from({ length: units }, (_, i) => (i + 1) % units),
  );

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe.each(everyNetwork.map((network) => [network.name, network] as const))("%s", (_, network) => {
  test("computes the same on real images after a permutation, and not when only rows move", async () => {
    const rng = RandomStream.fromSeed("weights");
    const weights = drawWeights(network, rng);
    const { inputs } = await drawImages(network, 4);
    const outputs = forward(network, weights, inputs);
    for (const permutations of [drawPermutations(network, rng), cycled(network)]) {
      const permuted = permute(weights, permutationIndex(network, permutations));
      expect(largestDifference(permuted, weights)).toBeGreaterThan(0);
      expect(largestDifference(forward(network, permuted, inputs), outputs)).toBeLessThan(1e-6);
    }
    const torn = permuteRowsOnly(network, weights, cycled(network));
    expect(largestDifference(forward(network, torn, inputs), outputs)).toBeGreaterThan(1e-4);
  });
});

const folder = process.env.WEIGHTBOOK_DATA ?? "";
const hasMnist = folder !== "" && existsSync(join(folder, "mnist"));

test.skipIf(!hasMnist)(
  "networks compute the same on MNIST's images, where WEIGHTBOOK_DATA holds them",
  async () => {
    const { test: images } = await loadDataset("mnist", { testImages: 8, trainImages: 8 });
    const inputs = Float64Array.from(images.images, (pixel) => pixel / 255);
    for (const network of [mnistCnn(), unterthinerCnn(), familyNetwork(normedFamily)]) {
      const rng = RandomStream.fromSeed(network.name);
      const weights = drawWeights(network, rng);
      const permuted = permute(weights, permutationIndex(network, drawPermutations(network, rng)));
      const difference = largestDifference(
        forward(network, permuted, inputs),
        forward(network, weights, inputs),
      );
      expect(difference).toBeLessThan(1e-6);
    }
  },
);

test("any network computes the same after any permutation, in training's mode of batch norm too", () => {
  fc.assert(
    fc.property(randomNetworks, fc.nat(), fc.boolean(), (network, seed, batchStatistics) => {
      const rng = RandomStream.fromSeed(seed);
      const weights = drawWeights(network, rng);
      const inputs = Float64Array.from({ length: 3 * sizeOf(networkShapes(network)[0]) }, () => rng.normal());
      const permuted = permute(weights, permutationIndex(network, drawPermutations(network, rng)));
      const outputs = forward(network, weights, inputs, { batchStatistics });
      const difference = largestDifference(forward(network, permuted, inputs, { batchStatistics }), outputs);
      // A batch whose deviation is nearly zero makes batch norm multiply rounding errors by 300, layer after layer:
      // hence a fixed seed.
      expect(difference).toBeLessThan(1e-6);
    }),
    { numRuns: 300, seed: 21 },
  );
});

test.each(
  [tetrisMlp(), mnistCnn(), unterthinerCnn(), familyNetwork(normedFamily)].map((network) => [
    network.name,
    network,
  ]),
)(
  "%s: training a permuted network is training and then permuting it (appendix A of the paper)",
  async (_, network) => {
    const spec = network as NetworkSpec;
    const rng = RandomStream.fromSeed("steps");
    const { set } = await drawImages(spec, 24);
    const optimizer = { type: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 } as const;
    const input = spec.input.width === 4 ? tetrisPixel : { scale: 1 / 255, shift: 0 };
    const trainer = new LaneTrainer({
      network: spec,
      loss: "cross-entropy",
      optimizer,
      batchSize: 8,
      input,
      train: set,
      test: set,
    });
    const weights = drawWeights(spec, rng);
    const index = permutationIndex(spec, drawPermutations(spec, rng));
    for (let lane = 0; lane < lanes; lane++) {
      trainer.setModel(lane, lane === 0 ? weights : permute(weights, index), { optimizer, dropout: 0 });
      trainer.setOrder(
        lane,
        Array.from({ length: 24 }, (_, i) => i),
      );
    }
    const start = permute(weights, index);
    for (let step = 0; step < 3; step++) {
      trainer.run(step * 8, 8);
      const trained = trainer.weights(1);
      expect(largestDifference(trained, start)).toBeGreaterThan(1e-3);
      expect(largestDifference(trained, permute(trainer.weights(0), index))).toBeLessThan(2e-5);
      expect(largestDifference(trainer.velocities(1), permute(trainer.velocities(0), index))).toBeLessThan(
        2e-5,
      );
    }
    trainer.close();
  },
);

test("permutations compose, and the inverse takes a network back", () => {
  fc.assert(
    fc.property(randomNetworks, fc.nat(), (network, seed) => {
      const rng = RandomStream.fromSeed(seed);
      const [first, second] = [drawPermutations(network, rng), drawPermutations(network, rng)];
      const inverse = first.map((one) => one.map((_, i) => one.indexOf(i)));
      const after = first.map((one, i) => second[i].map((place) => one[place]));
      const weights = Float32Array.from({ length: weightLayout(network).parameters }, (_, i) => i);
      const once = permute(weights, permutationIndex(network, first));
      expect(permute(once, permutationIndex(network, inverse))).toEqual(weights);
      expect(permute(once, permutationIndex(network, second))).toEqual(
        permute(weights, permutationIndex(network, after)),
      );
      expect([...once].sort((a, b) => a - b)).toEqual([...weights]);
    }),
  );
});

/** All orders of a list. */
function orders(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

test("a tetris network has 120 equivalent versions, all different and all the same function", async () => {
  const network = tetrisMlp();
  const weights = drawWeights(network, RandomStream.fromSeed(1));
  const { inputs } = await drawImages(network, 4);
  const outputs = forward(network, weights, inputs);
  const versions = orders([0, 1, 2, 3, 4]).map((order) =>
    permute(weights, permutationIndex(network, [Uint32Array.from(order)])),
  );
  expect(new Set(versions.map((version) => version.join())).size).toBe(120);
  for (const version of versions) {
    expect(largestDifference(forward(network, version, inputs), outputs)).toBeLessThan(1e-6);
  }
});

test("turning the signs of a tanh neuron's ins and outs keeps a tetris network's function; a sigmoid's does not", async () => {
  const turned = (weights: Float32Array, unit: number) =>
    weights.map((value, i) => ((i < 80 ? Math.floor(i / 16) : (i - 80) % 5) === unit ? -value : value));
  for (const activation of ["tanh", "sigmoid"] as const) {
    const network = tetrisMlp({ activation });
    const weights = drawWeights(network, RandomStream.fromSeed(2));
    const { inputs } = await drawImages(network, 8);
    const outputs = forward(network, weights, inputs);
    for (let unit = 0; unit < 5; unit++) {
      const difference = largestDifference(forward(network, turned(weights, unit), inputs), outputs);
      if (activation === "tanh") expect(difference).toBeLessThan(1e-6);
      else expect(difference).toBeGreaterThan(1e-2);
    }
  }
});
