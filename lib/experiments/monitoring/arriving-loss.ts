import { SpecError } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import { loadDatasetOrStrokes } from "../../datasets/load.js";
import type { Dataset, ImageSet } from "../../datasets/types.js";
import { LaneTrainer } from "../../zoo/engine/trainer.js";
import { lanes } from "../../zoo/lanes.js";
import { specNetwork } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { inputScale } from "../../zoo/training/input.js";
import type { InputScale } from "../../zoo/types.js";

export interface ArrivingLossOptions extends LongRunOptions {
  /** The first so many training images of each are looked at. */
  readonly images: number;
  /** First and last epoch that is asked for; all by default. */
  readonly epochs?: readonly [number, number];
}

/**
 * The loss that a monitor of the data sees as an epoch begins: that of the weights kept before it on images of this
 * epoch. At a shift it is the model's first loss on the new images, before it has learned from any of them.
 * @returns of each model, ascending, by epoch from 0; NaN outside the epochs asked for and where the checkpoint before is
 *   not kept
 * @throws SpecError for a zoo with batch norm or of several networks; InterruptedError
 */
export async function arrivingLoss(zoo: TrainedZoo, options: ArrivingLossOptions): Promise<Float64Array[]> {
  const { images, epochs = [1, zoo.spec.epochs], signal, onProgress } = options;
  const network = specNetwork(zoo.spec);
  if (network.layers.some(({ type }) => type === "batch-norm")) {
    throw new SpecError(
      "monitoring/batch-norm",
      "the loss on arriving images is that of networks without batch norm",
      {
        value: network.name,
      },
    );
  }
  const { inputScaling: scaling, dataset, shift } = zoo.spec;
  const before = await imagesOf(zoo, dataset.name, dataset, { signal });
  const after =
    shift?.dataset === undefined
      ? undefined
      : await imagesOf(
          zoo,
          shift.dataset,
          {
            trainImages: shift.trainImages ?? dataset.trainImages,
            testImages: shift.testImages ?? dataset.testImages,
          },
          { signal },
        );
  const shiftedAfter = shift?.afterEpoch ?? Number.POSITIVE_INFINITY;
  const { model, epoch } = zoo.facts;
  const losses = Array.from({ length: zoo.models }, () =>
    new Float64Array(zoo.spec.epochs + 1).fill(Number.NaN),
  );
  const wanted = Array.from(model.keys()).filter(
    (row) => epoch[row] + 1 >= epochs[0] && epoch[row] + 1 <= epochs[1],
  );
  const isFresh = (row: number) => epoch[row] + 1 > shiftedAfter;
  const pacer = new Pacer("loss on arriving images", wanted.length, "checkpoints", { signal, onProgress });
  // Pixels are scaled as the zoo's engine does it, by the first data set.
  const watch = new Watch(zoo, inputScale(scaling, before), {
    old: firstImages(before, images),
    fresh: firstImages(after ?? before, images),
  });
  try {
    for (const kind of ["old", "fresh"] as const) {
      const rows = wanted.filter((row) => isFresh(row) === (kind === "fresh"));
      for (let at = 0; at < rows.length; at += lanes) {
        const group = rows.slice(at, at + lanes);
        watch.losses(kind, group).forEach((loss, i) => {
          losses[model[group[i]]][epoch[group[i]] + 1] = loss;
        });
        await pacer.add(group.length);
      }
    }
  } finally {
    watch.close();
  }
  return losses;
}

/** Checkpoints of a zoo, as many at a time as the engine has lanes, and the images that they are shown. */
class Watch {
  private readonly trainer: LaneTrainer;

  constructor(
    private readonly zoo: TrainedZoo,
    input: InputScale,
    private readonly shown: Readonly<Record<"old" | "fresh", ImageSet>>,
  ) {
    const { spec } = zoo;
    this.trainer = new LaneTrainer({
      network: specNetwork(spec),
      loss: spec.loss,
      optimizer: spec.optimizer,
      batchSize: spec.batchSize,
      input,
      train: shown.old,
      test: shown.old,
      later: { train: shown.fresh, test: shown.fresh },
    });
  }

  /** Mean loss of at most four checkpoints, as the zoo's training has it. */
  losses(kind: "old" | "fresh", rows: readonly number[]): number[] {
    const { spec, weights } = this.zoo;
    const { data, cols } = weights;
    const { count } = this.shown[kind];
    this.trainer.useImages(kind === "old" ? "first" : "later");
    rows.forEach((row, lane) => {
      this.trainer.setModel(lane, data.subarray(row * cols, (row + 1) * cols), {
        optimizer: spec.optimizer,
        dropout: spec.dropout,
      });
    });
    const evaluation = this.trainer.evaluate("test", count);
    return rows.map((_, lane) => this.trainer.meanLoss(evaluation, lane, count));
  }

  close(): void {
    this.trainer.close();
  }
}

/** The images that the zoo was trained on, or what stood in for them. */
function imagesOf(
  zoo: TrainedZoo,
  name: string,
  { trainImages, testImages }: { readonly trainImages: number; readonly testImages: number },
  stop: StopOptions,
): Promise<Dataset> {
  return loadDatasetOrStrokes(name, { size: zoo.spec.dataset.size, trainImages, testImages, ...stop });
}

function firstImages({ train }: Dataset, images: number): ImageSet {
  const count = Math.min(images, train.count);
  const size = train.images.length / train.count;
  return {
    ...train,
    count,
    images: train.images.subarray(0, count * size),
    labels: train.labels.subarray(0, count),
  };
}
