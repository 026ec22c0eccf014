import { expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { laneEngine } from "#lib/zoo/engine/lanes.js";
import { namedZoo } from "#lib/zoo/named.js";
import { structureKey, zooModels } from "#lib/zoo/spec/models.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { trainModels } from "#lib/zoo/training/train-models.js";
import type { GroupJob, TrainingEngine } from "#lib/zoo/types.js";

/** Models of a zoo that differ in structure, and noise to train them on. */
function mixedZoo(models: number) {
  const spec = namedZoo("mnist-hyp", "smoke", { models, epochs: 1, trainImages: 160, testImages: 16 });
  const rng = RandomStream.fromSeed(1);
  const { size } = spec.dataset;
  const images = (count: number) => ({
    images: Uint8Array.from({ length: count * size * size }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, () => rng.integer(10)),
    count,
    height: size,
    width: size,
  });
  const shared = { train: images(160), test: images(16), input: { scale: 1 / 255, shift: 0 } };
  const setup = {
    common: { loss: spec.loss, epochs: 1, checkpoints: [0, 1], earlyStopping: null },
    images: new Map([[spec.dataset.name, shared]]),
  };
  return { models: zooModels(spec), setup };
}

/** An engine that notes how many models it is given at once. */
function counting(engine: TrainingEngine, counts: number[]): TrainingEngine {
  const train = (job: GroupJob, ...rest: [((epoch: number, models?: number) => void)?]) => {
    counts.push(job.models.length);
    return engine.train(job, ...rest);
  };
  return { ...engine, version: engine.version, train };
}

test("models of one structure train together though others stand between them; order and bits stay", async () => {
  const { models, setup } = mixedZoo(64);
  const structures = new Set(models.map(structureKey)).size;
  // Neighbours differ, or the test shows nothing.
  const runs = models.filter((model, i) => i === 0 || structureKey(model) !== structureKey(models[i - 1]));
  expect(runs.length).toBeGreaterThan(2 * structures);
  const first = models.slice(0, 24);
  for (const engine of [laneEngine, await makeStackedEngine({ backend: "wasm" })]) {
    const counts: number[] = [];
    let epochs = 0;
    const report = (trained: number) => {
      epochs += trained;
    };
    const together = await trainModels(counting(engine, counts), first, setup, { report });
    expect(counts).toHaveLength(new Set(first.map(structureKey)).size);
    expect(epochs).toBe(24);
    let offset = 0;
    for (const [i, model] of first.entries()) {
      const alone = await trainModels(engine, [model], setup, { report: () => {} });
      expect(together.facts[i]).toEqual(alone.facts[0]);
      const { length } = alone.weights;
      expect(together.weights.subarray(offset, offset + length)).toEqual(alone.weights);
      offset += length;
    }
    expect(offset).toBe(together.weights.length);
  }
}, 60_000);
