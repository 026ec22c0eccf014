import { expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { InterruptedError } from "#lib/core/errors.js";
import { mlpTrajectory } from "#lib/networks/published.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { orderArray, StackedRunner } from "#lib/zoo/stacked/runner.js";
import type { GroupJob } from "#lib/zoo/types.js";
import { plainModel } from "../helpers/stacked.js";

const network = mlpTrajectory();
const { channels, height, width } = network.input;

/** Dark images: what is tested is how long it takes. */
function dark(count: number) {
  const pixels = new Uint8Array(count * channels * height * width);
  return { images: pixels, labels: new Uint8Array(count), count, height, width };
}

const many: GroupJob = {
  network,
  loss: "cross-entropy",
  batchSize: 4,
  epochs: 3,
  checkpoints: [3],
  earlyStopping: null,
  input: { scale: 1 / 255, shift: 0 },
  train: dark(60_000),
  test: dark(100),
  models: Array.from({ length: 1024 }, (_, i) => plainModel(i + 1)),
};

/** How long a training of many models goes on once it is aborted, in milliseconds; nothing of it may be left. */
async function timeToStop(job: GroupJob, delay: number): Promise<number> {
  const engine = await makeStackedEngine({ backend: "wasm", memory: 2 ** 30 });
  await engine.train({ ...job, models: [] });
  const before = tensorflow().memory().numTensors;
  const controller = new AbortController();
  // Counted from when it is due: a thread that does not breathe would be late to abort, too.
  const due = performance.now() + delay;
  setTimeout(() => controller.abort(), delay);
  const training = (async () => engine.train(job, undefined, { signal: controller.signal }))();
  await expect(training).rejects.toThrow(InterruptedError);
  expect(tensorflow().memory().numTensors).toBe(before);
  return performance.now() - due;
}

test.each([
  ["while images are loaded", many, 1],
  ["while very many images are loaded", { ...many, train: dark(400_000) }, 100],
  ["while models are made and an epoch's orders are drawn", many, 600],
  ["later in an epoch's start", many, 1500],
  [
    "while models are evaluated",
    { ...many, models: many.models.slice(0, 256), checkpoints: [0, 3], test: dark(60_000) },
    1500,
  ],
] as const)("an abort %s ends the training within a second", async (_, job, delay) => {
  expect(await timeToStop(job, delay)).toBeLessThan(1000);
});

test("models that see all images share the list of them, and others hold no more than their own", () => {
  const everything = Uint32Array.from({ length: 1000 }, (_, i) => i);
  const runner = (trainFraction: number) =>
    new StackedRunner(plainModel(1, { trainFraction }), many, everything);
  expect(runner(1).subset).toBe(everything);
  expect(runner(0.1).subset.buffer.byteLength).toBe(400);
  expect([orderArray(65_536), orderArray(65_537)]).toEqual([Uint16Array, Uint32Array]);
});
