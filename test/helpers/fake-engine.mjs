// A training engine for tests of the store: weights are a function of seed and epoch, so that a zoo takes
// milliseconds. `FAKE_ENGINE_MS` slows each epoch down, `fakeStuck` never ends, `fakeBroken` fails.
import { RandomStream } from "#lib/core/random.js";
import { weightLayout } from "#lib/networks/layout.js";

const pause = new Int32Array(new SharedArrayBuffer(4));

function trainModel(job, model) {
  const { parameters } = weightLayout(job.network);
  const weights = new Float32Array(job.checkpoints.length * parameters);
  const facts = job.checkpoints.map((epoch, index) => {
    const rng = RandomStream.fromSeed(model.seed).split("fake", epoch);
    for (let i = 0; i < parameters; i++) weights[index * parameters + i] = rng.normal();
    const diverged = model.seed % 7 === 3 && epoch > 1;
    const testAccuracy = rng.uniform(0.1, 0.9);
    return {
      trainLoss: diverged ? Number.NaN : rng.uniform(),
      testLoss: diverged ? Number.NaN : rng.uniform(),
      trainAccuracy: testAccuracy + 0.05,
      testAccuracy,
      f1: Array.from({ length: 10 }, () => rng.uniform()),
      trainedEpochs: epoch,
      diverged,
    };
  });
  return { weights, facts };
}

export const fakeEngine = {
  version: "fake-1",
  train(job, onEpoch) {
    for (let epoch = 1; epoch <= job.epochs; epoch++) {
      const ms = Number(process.env.FAKE_ENGINE_MS ?? 0);
      if (ms > 0) Atomics.wait(pause, 0, 0, ms);
      onEpoch?.(epoch);
    }
    return job.models.map((model) => trainModel(job, model));
  },
};

/** The same engine as a machine of another kind would have it. */
export const fakeFma = { ...fakeEngine, version: "fake-1-fma" };

/** Makes large zoos in no time: every checkpoint's weights are one number, its row's. */
export const fakeFill = {
  version: "fake-1",
  train(job) {
    const { parameters } = weightLayout(job.network);
    return job.models.map((model) => {
      const weights = new Float32Array(job.checkpoints.length * parameters);
      const facts = job.checkpoints.map((epoch, index) => {
        const value = (model.seed + epoch) % 1024;
        weights.fill(value, index * parameters, (index + 1) * parameters);
        const rates = { trainLoss: 1, testLoss: 1, trainAccuracy: 0.5, testAccuracy: 0.5 };
        return { ...rates, f1: new Array(10).fill(value / 1024), trainedEpochs: epoch, diverged: false };
      });
      return { weights, facts };
    });
  },
};

export const fakeStuck = {
  version: "fake-1",
  train(_job, onEpoch) {
    onEpoch?.(1);
    for (;;) Math.sqrt(2);
  },
};

export const fakeBroken = {
  version: "fake-1",
  train(job) {
    throw new RangeError(`cannot train seed ${job.models[0].seed}`);
  },
};

export const fakeDying = {
  version: "fake-1",
  train() {
    process.exit(3);
  },
};
