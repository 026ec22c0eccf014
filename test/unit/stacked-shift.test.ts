import { expect, test } from "vitest";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { stackedMemory } from "#lib/zoo/stacked/estimate.js";
import { planStacked } from "#lib/zoo/stacked/plan.js";
import { trainStacked } from "#lib/zoo/stacked/train-stacked.js";
import { cnn, deep, imageSet, mlp } from "../helpers/lane-jobs.js";
import { later, mixedModels, shiftJob } from "../helpers/shift-jobs.js";
import { expectEqualTraining, onBackends, peakBytes, trainOn } from "../helpers/stacked.js";

onBackends("a shift in the stacked engine", (backend) => {
  test.each([
    ["mlp", mlp],
    ["cnn", cnn],
    ["all layers", deep],
  ] as const)("%s: as the CPU engine", async (_, network) => {
    const tolerance = network === deep ? 1.7e-4 : 1e-5;
    const whole = shiftJob(network, { images: later, learningRate: 0.06 });
    await expectEqualTraining(whole, backend, tolerance);
    await expectEqualTraining(shiftJob(network, { learningRate: 0.03 }), backend, tolerance);
  });

  test("changes nothing before it, and nothing at all where the images are equal", async () => {
    const plain = await trainOn(shiftJob(cnn), backend);
    const copy = { train: imageSet(50, 1), test: imageSet(30, 2) };
    expect(await trainOn(shiftJob(cnn, { images: copy }), backend)).toEqual(plain);
    const shifted = await trainOn(shiftJob(cnn, { images: later }), backend);
    plain.forEach(({ weights, facts }, i) => {
      const parameters = weights.length / 5;
      expect(shifted[i].weights.slice(0, 3 * parameters)).toEqual(weights.slice(0, 3 * parameters));
      expect(shifted[i].facts.slice(0, 3)).toEqual(facts.slice(0, 3));
      expect(shifted[i].weights.slice(3 * parameters)).not.toEqual(weights.slice(3 * parameters));
    });
    // In groups each of which begins before the shift.
    expect(await trainOn(shiftJob(cnn, { images: later }), backend, { models: 2 })).toEqual(shifted);
  });

  test("is within the estimate of memory", async () => {
    const large = { train: imageSet(2000, 5), test: imageSet(500, 6) };
    const job = shiftJob(mlp, { images: large });
    const needs = stackedMemory(planStacked(mlp), mixedModels[0].optimizer, job, true);
    const bound = needs.sharedBytes + mixedModels.length * needs.bytesPerModel;
    const peak = await onBackend(backend, (tf) =>
      peakBytes(tf, () => trainStacked(tf, job, { backend, memory: bound })),
    );
    expect(peak).toBeLessThanOrEqual(bound);
    expect(peak).toBeGreaterThan(4 * 2000 * 36);
  });
});

test("the CPU engine and the stacked one refuse the same shifts", async () => {
  const wild = { ...later.test, labels: later.test.labels.map(() => 7) };
  const job = shiftJob(cnn, { images: { ...later, test: wild } });
  expect(() => laneEngine.train(job)).toThrow("needs more than the 4 outputs");
  await expect(trainOn(job, "cpu")).rejects.toThrow("needs more than the 4 outputs");
});
