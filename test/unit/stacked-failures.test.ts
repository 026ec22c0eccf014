import { expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { input, job } from "../helpers/lane-jobs.js";
import { plainModel, relativeDifference, trainOn, watchKernels } from "../helpers/stacked.js";

test("no tensor is left whatever fails while models are set apart", async () => {
  const fractions = [1, 0.55, 0.3].map((trainFraction, i) => plainModel(i + 1, { trainFraction }));
  const small: NetworkSpec = { name: "one-layer", input, layers: [{ type: "dense", outputs: 4 }] };
  const ragged = job(small, fractions, { epochs: 1, checkpoints: [1], batchSize: 20 });
  const engine = await makeStackedEngine({ backend: "wasm" });
  await engine.train(ragged);
  const tf = tensorflow();
  const before = tf.memory().numTensors;
  for (const point of ["kernels", "tensors"] as const) {
    let calls = 0;
    let failing = 0;
    const fail = () => {
      if (++calls === failing) throw new RangeError("no more memory");
    };
    for (let failed = true; failed; ) {
      calls = 0;
      failing++;
      failed = false;
      const train = async () => {
        try {
          await engine.train(ragged);
        } catch {
          failed = true;
        }
      };
      await (point === "kernels" ? watchKernels(tf, { before: fail }, train) : watchTensors(fail, train));
      expect(tf.memory().numTensors, `${point}, ${failing}`).toBe(before);
    }
    expect(failing).toBeGreaterThan(30);
  }
});

/** Calls `before` whenever values become a tensor. */
async function watchTensors(before: () => void, work: () => Promise<unknown>): Promise<void> {
  const engine = tensorflow().engine();
  const make = engine.makeTensor;
  engine.makeTensor = ((...given: Parameters<typeof make>) => {
    before();
    return make.apply(engine, given);
  }) as typeof make;
  try {
    await work();
  } finally {
    engine.makeTensor = make;
  }
}

test("losses beyond single precision are infinite, as the CPU engine's", async () => {
  // Weights stay finite, squares of the outputs do not.
  const far = plainModel(1, {
    optimizer: { type: "sgd", learningRate: 1e22, momentum: 0, weightDecay: 0 },
  });
  const linear: NetworkSpec = { name: "linear", input, layers: [{ type: "dense", outputs: 4 }] };
  for (const loss of ["mse", "cross-entropy"] as const) {
    const once = job(linear, [far], { loss, epochs: 1, checkpoints: [1], batchSize: 1000 });
    const [{ facts: theirs }] = laneEngine.train(once);
    const [{ facts: ours }] = await trainOn(once, "wasm");
    expect(ours[0].diverged).toBe(theirs[0].diverged);
    expect(Number.isFinite(ours[0].testLoss)).toBe(Number.isFinite(theirs[0].testLoss));
    expect(theirs[0].diverged).toBe(loss === "mse");
  }
});

test("weights that are no numbers are as far apart as can be", () => {
  const [some, none] = [Float32Array.of(1, 2, 1, 1), Float32Array.of(0, 0)];
  expect(relativeDifference(Float32Array.of(Number.NaN, Number.NaN, 5, 1), some)).toBe(1);
  expect(relativeDifference(Float32Array.of(1, 2, 1, Number.NaN), some)).toBe(1);
  expect(relativeDifference(none, none)).toBe(1);
  expect(relativeDifference(some, some)).toBe(0);
});
