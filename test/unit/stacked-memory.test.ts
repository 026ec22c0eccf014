import { expect, test } from "vitest";
import { familyNetwork } from "#lib/networks/families.js";
import { cnnTrajectory, mlpTrajectory, mnistCnn, unterthinerCnn } from "#lib/networks/published.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { stackedMemory } from "#lib/zoo/stacked/estimate.js";
import {
  defaultMemory,
  deviceLimits,
  imagesAtOnce,
  modelsAtOnce,
  modelsOnHost,
} from "#lib/zoo/stacked/limits.js";
import { planStacked } from "#lib/zoo/stacked/plan.js";
import { evenParts, trainStacked } from "#lib/zoo/stacked/train-stacked.js";
import type { GroupJob } from "#lib/zoo/types.js";
import { cnn, deep, mlp } from "../helpers/lane-jobs.js";
import { images, onBackends, optimizers, peakBytes, plainModel, twentySteps } from "../helpers/stacked.js";

const family = (batchNorm: boolean): NetworkSpec =>
  familyNetwork({
    family: "conv-blocks",
    input: { channels: 1, height: 14, width: 14 },
    outputs: 10,
    kernel: 3,
    convLayers: 3,
    width: 4,
    denseLayers: 1,
    denseWidth: 40,
    batchNorm,
    activation: "gelu",
  });

const cases: Readonly<Record<string, readonly [NetworkSpec, Partial<GroupJob>]>> = {
  "mlp, small batch": [mlpTrajectory(), {}],
  "mlp, large batch": [mlp, { batchSize: 40 }],
  "cnn with strides": [cnnTrajectory(), { batchSize: 20 }],
  "cnn with overlapping pools": [cnnTrajectory({ geometry: "stride-1" }), { batchSize: 10 }],
  "mnist cnn with dropout": [mnistCnn({ dropout: true }), { batchSize: 10 }],
  "unterthiner cnn": [unterthinerCnn(), { batchSize: 10 }],
  "family with batch norm": [family(true), { batchSize: 10 }],
  family: [family(false), { batchSize: 10 }],
  "all layers": [deep, { batchSize: 20 }],
  "small cnn": [cnn, { batchSize: 20 }],
  "many images": [mlp, { batchSize: 100, train: images(mlp, 3000, 1, 4) }],
  "mostly evaluation": [cnn, { batchSize: 1, train: images(cnn, 12, 1, 4), test: images(cnn, 400, 2, 4) }],
};
/** The others are tried on all; these steps do not depend on the network. */
const allOptimizers = ["mlp, large batch", "small cnn"];

onBackends("memory", (backend) => {
  const large = ["mnist cnn with dropout", "unterthiner cnn", "family", "family with batch norm"];
  const names = Object.keys(cases).filter((name) => backend !== "cpu" || !large.includes(name));
  test.each(names)(
    "%s: the estimate is an upper bound of the peak of distinct buffers, and not far from it",
    async (name) => {
      const [network, changes] = cases[name];
      const { sgd, adam, rmsprop, adamw } = optimizers;
      for (const optimizer of [sgd, adam, ...(allOptimizers.includes(name) ? [rmsprop, adamw] : [])]) {
        for (const fractions of [
          [1, 1, 1],
          [1, 0.5, 0.7],
        ]) {
          const models = fractions.map((trainFraction, i) =>
            plainModel(i + 1, { trainFraction, optimizer, dropout: 0.2 }),
          );
          const job = twentySteps(network, models, { epochs: 1, checkpoints: [1], ...changes });
          const ragged = new Set(fractions).size > 1;
          const needs = stackedMemory(planStacked(network), optimizer, job, ragged);
          const bound = needs.sharedBytes + models.length * needs.bytesPerModel;
          const peak = await onBackend(backend, (tf) =>
            peakBytes(tf, () => trainStacked(tf, job, { backend, memory: bound })),
          );
          expect(peak).toBeLessThanOrEqual(bound);
          // Kernels of our own need less than the plain operations that the estimate counts.
          expect(peak).toBeGreaterThan(bound / (backend === "cpu" ? 6 : 8));
        }
      }
    },
  );
});

/** A single layer on as many images as MNIST has. */
const job60000 = {
  network: {
    name: "one-layer",
    input: { channels: 1, height: 28, width: 28 },
    layers: [{ type: "dense", outputs: 10 }],
  } as NetworkSpec,
  batchSize: 4,
  train: { count: 60_000 },
  test: { count: 10_000 },
} as GroupJob;

const evaluation = { largestShared: 800, restingBytes: 10, evaluationBytes: 5, largestPerImage: 2 };

test("as many models train at once as the bounds allow", () => {
  const needs = { bytesPerModel: 100, largestPerModel: 30, sharedBytes: 500, ...evaluation };
  expect(modelsAtOnce(needs, { memory: 10_500, tensor: 1e6 }, mlp)).toBe(100);
  expect(modelsAtOnce(needs, { memory: 10_500, tensor: 900 }, mlp)).toBe(30);
  expect(evenParts(10, 4)).toEqual([[0, 3], [3, 7], [7, 10]]); // biome-ignore format: pairs
  expect(imagesAtOnce(needs, { memory: 10_500, tensor: 1e6 }, 100)).toBe(18);
  expect(imagesAtOnce(needs, { memory: 10_500, tensor: 900 }, 30)).toBe(15);
  expect(imagesAtOnce(needs, { memory: 1e9, tensor: 1e9 }, 1)).toBe(256);
  expect(evenParts(4, Number.POSITIVE_INFINITY)).toEqual([[0, 4]]);
});

test("thousands of the papers' networks fit into a GPU's default memory", () => {
  const job = { batchSize: 4, train: { count: 60_000 }, test: { count: 10_000 } } as GroupJob;
  const needs = stackedMemory(planStacked(mlpTrajectory()), optimizers.sgd, job, false);
  const limits = { memory: defaultMemory.webgpu, tensor: 2 ** 27 };
  expect(modelsAtOnce(needs, limits, mlpTrajectory())).toBeGreaterThan(2000);
});

test("a model that does not fit even alone is refused with a way out", async () => {
  const engine = await makeStackedEngine({ backend: "cpu", memory: 100_000 });
  const failure = (async () => engine.train(twentySteps(mnistCnn(), [plainModel(1)])))();
  await expect(failure).rejects.toMatchObject({ code: "stacked/memory" });
  await expect(failure).rejects.toThrow(
    /MiB; take a smaller batchSize or fewer images, allow more by stackedEngine/,
  );
  const needs = { bytesPerModel: 100, largestPerModel: 1000, sharedBytes: 0, ...evaluation };
  expect(() => modelsAtOnce(needs, { memory: 1e6, tensor: 999 }, mlp)).toThrow("a tensor of 1 MiB");
});

test("images that are too large a tensor for the device are refused", () => {
  const { network } = job60000;
  const needs = stackedMemory(planStacked(network), optimizers.sgd, job60000, false);
  expect(needs.largestShared).toBe(4 * 60_001 * 28 * 28);
  const limits = { memory: 2 ** 31, tensor: 2 ** 27 };
  expect(() => modelsAtOnce(needs, limits, network)).toThrow(
    "are a tensor of 180 MiB, and the device takes tensors of 128 MiB; take fewer images or another backend",
  );
  expect(modelsAtOnce(needs, { ...limits, tensor: 2 ** 28 }, network)).toBeGreaterThan(1);
});

test("putting models back that were set apart is one tensor of twice their weights", () => {
  const [equal, ragged] = [false, true].map((apart) =>
    stackedMemory(planStacked(job60000.network), optimizers.sgd, { ...job60000, batchSize: 1 }, apart),
  );
  expect(equal.largestPerModel).toBe(4 * 7850);
  expect(ragged.largestPerModel).toBe(8 * 7850);
});

test("the default grows for a model that needs more, a memory that was given does not", () => {
  const limits = (memory: number | undefined, bytesPerModel: number) =>
    deviceLimits("wasm", 2 ** 31, memory, { sharedBytes: 1000, bytesPerModel }).memory;
  expect(limits(undefined, 10)).toBe(defaultMemory.wasm);
  expect(limits(undefined, 6e8)).toBe(6e8 + 1000);
  expect(limits(undefined, 6e9)).toBe(3 * 2 ** 30);
  expect(limits(1e8, 6e8)).toBe(1e8);
  expect(limits(2 ** 32, 10)).toBe(3 * 2 ** 30);
});

test("orders of thousands of models stay within half a gibibyte of the host", () => {
  const most = 512 * 2 ** 20;
  expect(modelsOnHost(60_000, [plainModel(1)])).toBe(Math.floor(most / 120_000));
  expect(modelsOnHost(100_000, [plainModel(1)])).toBe(Math.floor(most / 400_000));
  const changed = plainModel(2, { trainFraction: 0.5, augmentation: { shift: 0, flip: true } });
  expect(modelsOnHost(60_000, [plainModel(1), changed])).toBe(Math.floor(most / 600_000));
  expect(modelsOnHost(1e9, [plainModel(1)])).toBe(1);
});
