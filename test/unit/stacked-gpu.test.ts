import { expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { stackedMemory } from "#lib/zoo/stacked/estimate.js";
import { planStacked } from "#lib/zoo/stacked/plan.js";
import { pooledBytes } from "#lib/zoo/stacked/pool.js";
import { trainStacked } from "#lib/zoo/stacked/train-stacked.js";
import { job, mlp } from "../helpers/lane-jobs.js";
import { images, onBackends, optimizers, plainModel, twentySteps } from "../helpers/stacked.js";

interface Device {
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number };
  createBuffer(descriptor: object): unknown;
}

const onGpu = (tests: () => void) => onBackends("the stacked engine's device", tests, ["webgpu"]);

onGpu(() => {
  test("drawn fractions do not fill the GPU with idle buffers", async () => {
    const models = Array.from({ length: 24 }, (_, i) =>
      plainModel(i + 1, { trainFraction: 0.2 + (0.8 * i) / 24, optimizer: optimizers.adam }),
    );
    const wide: NetworkSpec = { ...mlp, layers: [{ type: "dense", outputs: 300 }, ...mlp.layers.slice(1)] };
    const ragged = twentySteps(wide, models, { epochs: 1, checkpoints: [1], train: images(mlp, 120, 1, 4) });
    const needs = stackedMemory(planStacked(wide), optimizers.adam, ragged, true);
    const bound = needs.sharedBytes + models.length * needs.bytesPerModel;
    await onBackend("webgpu", async (tf) => {
      const before = pooledBytes(tf);
      let peak = 0;
      const { bufferManager } = tf.backend() as unknown as { bufferManager: { acquireBuffer: Take } };
      const take = bufferManager.acquireBuffer;
      bufferManager.acquireBuffer = (...given: Parameters<Take>) => {
        const buffer = take.call(bufferManager, ...given);
        peak = Math.max(peak, pooledBytes(tf) - before);
        return buffer;
      };
      try {
        await trainStacked(tf, ragged, { backend: "webgpu", memory: bound });
      } finally {
        bufferManager.acquireBuffer = take;
      }
      expect(peak).toBeLessThan(1.5 * bound);
      expect(pooledBytes(tf) - before).toBeLessThan(bound / 20);
    });
  });

  test("a failure of the GPU during a training fails the training, and not the next one", async () => {
    const engine = await makeStackedEngine({ backend: "webgpu" });
    const small = job(mlp, [plainModel(1)], { epochs: 3, checkpoints: [3] });
    const results = await engine.train(small);
    const before = tensorflow().memory().numTensors;
    const fail = (epoch: number) => {
      const { device } = tensorflow().backend() as unknown as { readonly device: Device };
      if (epoch === 3) device.createBuffer({ size: 2 * device.limits.maxBufferSize, usage: 128 });
    };
    await expect((async () => engine.train(small, fail))()).rejects.toMatchObject({ code: "stacked/gpu" });
    expect(tensorflow().memory().numTensors).toBe(before);
    expect(await engine.train(small)).toEqual(results);
  });

  test("images that are larger than a binding may be are refused before they are loaded", async () => {
    const most = await onBackend("webgpu", async (tf) => {
      const { device } = tf.backend() as unknown as { readonly device: Device };
      return Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    });
    const count = Math.ceil(most / 144);
    const blank = {
      images: new Uint8Array(36 * count),
      labels: new Uint8Array(count),
      count,
      height: 6,
      width: 6,
    };
    const engine = await makeStackedEngine({ backend: "webgpu" });
    const many = job(mlp, [plainModel(1, { trainFraction: 1e-4 })], { train: blank });
    await expect((async () => engine.train(many))()).rejects.toThrow("and the device takes tensors of");
  });
});

type Take = (...given: readonly unknown[]) => unknown;
