import { expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { InterruptedError, SpecError } from "#lib/core/errors.js";
import { mlpTrajectory } from "#lib/networks/published.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { stackedEngine } from "#lib/zoo/stacked/reference.js";
import { segmentsOf } from "#lib/zoo/stacked/segments.js";
import type { ModelJob } from "#lib/zoo/types.js";
import { cnn, deep, job, mlp } from "../helpers/lane-jobs.js";
import {
  expectEqualTraining,
  onBackends,
  plainModel,
  trainOn,
  twentySteps,
  watchKernels,
} from "../helpers/stacked.js";

/** Models that differ in everything that they may. */
const mixed: readonly ModelJob[] = [
  plainModel(1, { dropout: 0.3 }),
  plainModel(2, {
    trainFraction: 0.55,
    optimizer: { type: "sgd", learningRate: 0.1, momentum: 0, weightDecay: 0 },
  }),
  plainModel(3, { augmentation: { shift: 2, flip: true }, initializer: "xavier-uniform" }),
  plainModel(4, { trainFraction: 0.6, dropout: 0.1, learningRateDecay: 0.5 }),
  plainModel(5, { trainFraction: 0.3, augmentation: { shift: 0, flip: true } }),
];
const stopping = { patience: 1, minDelta: 0.05, validationImages: 8 };

onBackends("the stacked engine", (backend) => {
  test.each([
    ["mlp", mlp],
    ["cnn", cnn],
    ["all layers", deep],
  ] as const)(
    "%s: mixed models, last batches smaller, early stopping: as the CPU engine",
    async (_, network) => {
      const tolerance = network === deep ? 1.7e-4 : 1e-5;
      const whole = job(network, mixed, {
        epochs: 4,
        checkpoints: [0, 2, 4],
        input: { scale: 1 / 255, shift: 0, empty: 7 },
      });
      await expectEqualTraining(whole, backend, tolerance);
      const stopped = { ...whole, earlyStopping: stopping, epochs: 5, checkpoints: [0, 1, 3, 5] };
      const epochs = laneEngine.train(stopped).map(({ facts }) => facts.at(-1)?.trainedEpochs);
      // Some stop early, or the test shows nothing.
      expect(Math.min(...epochs.map(Number))).toBeLessThan(5);
      await expectEqualTraining(stopped, backend, tolerance);
    },
  );

  test("a model alone, in a chunk and among chunks has the same bits", async () => {
    for (const network of [cnn, deep]) {
      const all = job(network, mixed, { earlyStopping: stopping });
      const together = await trainOn(all, backend);
      expect(await trainOn(all, backend, { models: 2 })).toEqual(together);
      const [alone] = await trainOn({ ...all, models: [mixed[3]] }, backend);
      expect(alone).toEqual(together[3]);
    }
  });

  test("a model that diverges is said to, and does no harm to others", async () => {
    const wild = plainModel(1, {
      optimizer: { type: "sgd", learningRate: 1e12, momentum: 0.9, weightDecay: 0 },
    });
    const [broken, whole] = await trainOn(job(cnn, [wild, mixed[0]]), backend);
    const [alone] = await trainOn(job(cnn, [mixed[0]]), backend);
    expect(broken.facts.map(({ diverged }) => diverged)).toEqual([false, true, true]);
    expect(whole).toEqual(alone);
  });

  test("the number of tensors does not grow from step to step", async () => {
    const engine = await makeStackedEngine({ backend });
    const counts: number[] = [];
    const set = twentySteps(deep, mixed.slice(0, 2), { epochs: 25, checkpoints: [25] });
    await engine.train(set, () => counts.push(tensorflow().memory().numTensors));
    expect(counts).toHaveLength(25);
    expect(new Set(counts).size).toBe(1);
  });

  test("no tensor is left after an abort", async () => {
    const engine = await makeStackedEngine({ backend });
    const before = tensorflow().memory().numTensors;
    const controller = new AbortController();
    const long = job(mlp, mixed, { epochs: 1e6, checkpoints: [1e6] });
    const started = performance.now();
    setTimeout(() => controller.abort(), 300);
    const training = engine.train(long, undefined, { signal: controller.signal });
    await expect(training).rejects.toThrow(InterruptedError);
    expect(performance.now() - started).toBeLessThan(1300);
    expect(tensorflow().memory().numTensors).toBe(before);
  });

  test("no tensor is left after an error amid a step", async () => {
    const engine = await makeStackedEngine({ backend });
    const before = tensorflow().memory().numTensors;
    for (const failing of [1, 2, 3, 20, 47, 200, 333]) {
      await onBackend(backend, async (tf) => {
        let calls = 0;
        const fail = () => {
          if (++calls === failing) throw new RangeError("no more memory");
        };
        await watchKernels(tf, { before: fail }, async () => {
          await expect((async () => engine.train(job(deep, mixed)))()).rejects.toThrow("no more memory");
        });
      });
      expect(tensorflow().memory().numTensors).toBe(before);
    }
  });
});

test("what cannot be trained is refused as the CPU engine refuses it", async () => {
  const engine = await makeStackedEngine({ backend: "cpu" });
  const open: NetworkSpec = { ...cnn, layers: cnn.layers.slice(0, 2) };
  const refused = async (given: Parameters<typeof engine.train>[0]) => {
    const failure = (async () => engine.train(given))();
    await expect(failure).rejects.toThrow(SpecError);
    expect(() => laneEngine.train(given)).toThrow(SpecError);
  };
  await refused(job(open, mixed));
  await refused(job(mlp, mixed, { checkpoints: [3, 2] }));
  await refused(job(mlp, mixed, { batchSize: 0 }));
  await refused(job(mlpTrajectory(), mixed));
  expect(await engine.train(job(mlp, []))).toEqual([]);
});

test("options of the reference are checked", () => {
  expect(() => stackedEngine({ backend: "abacus" as "cpu" })).toThrow(
    '"abacus" is unknown; choose node-gpu, webgpu',
  );
  expect(() => stackedEngine({ memory: 0.5 })).toThrow("memory is 0.5");
  expect(() => stackedEngine({ cores: 2 } as object)).toThrow('no option "cores"');
});

test("segments hold every model's images once, in order, in its own batches", () => {
  for (const lengths of [[50], [50, 20, 50], [13, 14, 3, 0], [12, 8, 4, 15]]) {
    const batches = lengths.map(() => [] as [number, number][]);
    for (const { models, from, to, batchSize } of segmentsOf(lengths, 4)) {
      for (const model of models) {
        for (let at = from; at < to; at += batchSize) batches[model].push([at, at + batchSize]);
      }
    }
    lengths.forEach((length, model) => {
      const expected = Array.from({ length: Math.ceil(length / 4) }, (_, i) => [
        4 * i,
        Math.min(length, 4 * i + 4),
      ]);
      expect(batches[model]).toEqual(expected);
    });
  }
});
