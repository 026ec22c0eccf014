import { RandomStream } from "#lib/core/random.js";
import { drawStrokes } from "#lib/datasets/index.js";
import { cnnTrajectory } from "#lib/networks/index.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { LaneTrainer } from "#lib/zoo/engine/trainer.js";
import type { OptimizerSpec } from "#lib/zoo/types.js";

/** A training and one that left it, of which every epoch is kept. */
export interface TrainedFork {
  readonly parent: readonly Float64Array[];
  readonly child: readonly Float64Array[];
  /** Number of the parent's checkpoint, from 0, with which the child began. */
  readonly from: number;
}

/**
 * Trainings of the small CNN of the trajectory papers on strokes, and after some epochs of each a training that goes on
 * from there with every label changed.
 * @param from checkpoint of each parent that its child begins with; at most four
 */
export async function trainedForks(
  seed: number,
  epochs: number,
  from: readonly number[],
): Promise<TrainedFork[]> {
  const rng = RandomStream.fromSeed(seed);
  const images = await drawStrokes(600, { rng: rng.split("strokes"), size: 14 });
  const network = cnnTrajectory();
  const optimizer: OptimizerSpec = {
    ...{ type: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4, nesterov: false },
  };
  const train = (starts: readonly Float32Array[], labels: Uint8Array, count: number, order: RandomStream) => {
    const data = { ...images, labels };
    const trainer = new LaneTrainer({
      ...{ network, loss: "mse", optimizer, batchSize: 12, input: { scale: 1 / 255, shift: 0 } },
      ...{ train: data, test: data },
    });
    starts.forEach((start, lane) => {
      trainer.setModel(lane, start, { optimizer, dropout: 0 });
    });
    const kept: Float64Array[][] = starts.map(() => []);
    for (let epoch = 0; epoch < count; epoch++) {
      starts.forEach((_, lane) => {
        trainer.setOrder(lane, order.split(epoch, lane).permutation(data.count));
      });
      trainer.run(0, data.count);
      for (const [lane, rows] of kept.entries()) rows.push(Float64Array.from(trainer.weights(lane)));
    }
    trainer.close();
    return kept;
  };
  const starts = from.map((_, lane) => initialWeights(network, "kaiming-normal", rng.split("start", lane)));
  const parents = train(starts, images.labels, epochs, rng.split("parents"));
  const middles = from.map((place, lane) => Float32Array.from(parents[lane][place]));
  const changed = images.labels.map((label) => (label + 1) % 10);
  const children = train(middles, changed, 5, rng.split("children"));
  return from.map((place, lane) => ({ parent: parents[lane], child: children[lane], from: place }));
}
