import { inParts, type LongRunOptions } from "../../core/progress.js";
import { lanes } from "../../zoo/lanes.js";
import { zooModels } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { trainZoo } from "../../zoo/training/train.js";
import type { ModelSpec, ZooSpec, ZooSpecInput } from "../../zoo/types.js";

/** Trains a zoo, e.g. trainZoo into the cache. */
export type TrainAgain = (spec: ZooSpecInput, options: LongRunOptions) => Promise<TrainedZoo>;

/** A zoo of one model's settings from seeds that no model of its zoo has: as many as train at once. */
export function sameSettings(spec: ZooSpec, model: ModelSpec, firstSeed: number): ZooSpecInput {
  const { network, initializer, optimizer, learningRateDecay, augmentation } = model;
  const { dropout, trainFraction, batchSize, dataset } = model;
  return {
    ...spec,
    name: `${spec.name}-again`,
    dataset: { ...spec.dataset, name: dataset },
    network,
    initializer,
    optimizer,
    learningRateDecay,
    augmentation,
    dropout,
    trainFraction,
    batchSize,
    checkpoints: [spec.epochs],
    models: lanes,
    seeds: { kind: "range", from: firstSeed },
    vary: {},
  };
}

/** Last weights of each model trained again from other seeds, without those that diverged. */
export async function trainedAgain(
  zoo: TrainedZoo,
  models: readonly number[],
  { train = trainZoo, signal, onProgress }: LongRunOptions & { readonly train?: TrainAgain | undefined },
): Promise<Float32Array[][]> {
  const part = inParts(onProgress, "training again", models.length);
  const free = zoo.facts.seed.reduce((most, seed) => Math.max(most, seed)) + 1;
  const found: Float32Array[][] = [];
  for (const [i, model] of models.entries()) {
    const own = part(i);
    const spec = sameSettings(zoo.spec, zooModels(zoo.spec)[model], free + lanes * i);
    const again = await train(spec, { signal, ...(own ? { onProgress: own } : {}) });
    const rows = again.rowsWhere(({ model: copy }) => !again.diverged.includes(copy));
    found.push(Array.from(rows, (row) => again.weightsOf(row)));
  }
  return found;
}
