import { RandomStream } from "../../core/random.js";
import { initialWeights } from "../../networks/initial-weights.js";
import { lanes } from "../lanes.js";
import type { GroupJob, JobImages, ModelJob, ModelResult } from "../types.js";
import { DataOrder } from "./data-order.js";
import { EarlyStop } from "./early-stop.js";
import { accuracyOf, countClasses, f1Of } from "./facts.js";
import type { LaneState } from "./lane-state.js";
import { ModelRecord } from "./model-record.js";
import { learningRateAt } from "./shift.js";
import type { LaneTrainer } from "./trainer.js";

/** One model on its way: a lane, what it sees, what is kept of it. */
interface Runner {
  readonly job: ModelJob;
  data: DataOrder;
  readonly record: ModelRecord;
  readonly stop: EarlyStop | undefined;
  trainedEpochs: number;
}

/**
 * Up to four models trained to the end in lock-step; free lanes repeat the last one. Models may see different numbers
 * of images and stop at different epochs: a lane that is done with an epoch is saved while the others go on, and put
 * back afterwards, so that its bits are those of a model trained alone.
 */
export class LockStep {
  private readonly runners: Runner[];
  private readonly trainable: number;
  /** What models train on now. */
  private images: JobImages;

  constructor(
    private readonly trainer: LaneTrainer,
    private readonly job: GroupJob,
    models: readonly ModelJob[],
  ) {
    const { earlyStopping, train } = job;
    this.images = job;
    this.trainable = train.count - (earlyStopping?.validationImages ?? 0);
    this.runners = models.map((model) => ({
      job: model,
      data: new DataOrder(model, this.trainable),
      record: new ModelRecord(),
      stop: earlyStopping ? new EarlyStop(earlyStopping) : undefined,
      trainedEpochs: 0,
    }));
  }

  /** @param onEpoch called after each epoch */
  train(onEpoch?: (epoch: number) => void): ModelResult[] {
    this.forLanes((runner, lane) => {
      const rng = RandomStream.fromSeed(runner.job.seed).split("init");
      const weights = initialWeights(this.job.network, runner.job.initializer, rng);
      this.trainer.setModel(lane, weights, runner.job);
    });
    this.trainer.useImages("first");
    this.keep(0);
    for (let epoch = 1; epoch <= this.job.epochs; epoch++) {
      if (epoch - 1 === this.job.shift?.afterEpoch) this.shift();
      if (this.runners.some((runner) => !runner.stop?.stopped)) this.runEpoch(epoch);
      this.keep(epoch);
      onEpoch?.(epoch);
    }
    return this.runners.map(({ record }) => record.result());
  }

  /** Turns to the images after the shift. */
  private shift(): void {
    const images = this.job.shift?.images;
    if (!images) return;
    this.images = images;
    this.trainer.useImages("later");
    for (const runner of this.runners) runner.data = new DataOrder(runner.job, images.train.count);
  }

  /** Every lane with the model in it. */
  private forLanes(act: (runner: Runner, lane: number) => void): void {
    for (let lane = 0; lane < lanes; lane++) {
      act(this.runners[Math.min(lane, this.runners.length - 1)], lane);
    }
  }

  private runEpoch(epoch: number): void {
    this.forLanes(({ job, data, stop }, lane) => {
      if (stop?.stopped) return;
      this.trainer.setLearningRate(lane, learningRateAt(this.job, job, epoch));
      this.trainer.setMasks(lane, data.masks(epoch));
      this.trainer.setOrder(lane, data.order(epoch), data.codes(epoch));
    });
    this.runLengths();
    for (const runner of this.runners) if (!runner.stop?.stopped) runner.trainedEpochs = epoch;
    this.watch();
  }

  /** Runs every lane through as many images as it has in this epoch. */
  private runLengths(): void {
    const { batchSize } = this.job;
    const lengths: number[] = [];
    this.forLanes(({ data, stop }, lane) => {
      lengths[lane] = stop?.stopped ? 0 : data.subset.length;
    });
    const done = new Map<number, LaneState>();
    let reached = 0;
    for (const length of [...new Set(lengths)].sort((a, b) => a - b)) {
      const whole = length - (length % batchSize);
      if (whole > reached) this.note(this.trainer.run(reached, whole), (lane) => !done.has(lane));
      reached = Math.max(reached, whole);
      const ending = (lane: number) => lengths[lane] === length;
      const others = lengths.flatMap((other, lane) => (other > length ? [lane] : []));
      if (length > reached) {
        // The last batch of the ending lanes is smaller than the others' batch at the same place.
        const saved = others.map((lane) => this.trainer.save(lane));
        this.note(this.trainer.run(reached, length), ending);
        others.forEach((lane, i) => {
          this.trainer.restore(lane, saved[i]);
        });
      }
      if (others.length > 0) {
        for (let lane = 0; lane < lanes; lane++) if (ending(lane)) done.set(lane, this.trainer.save(lane));
      }
    }
    for (const [lane, state] of done) this.trainer.restore(lane, state);
  }

  private note(losses: Float32Array, counts: (lane: number) => boolean): void {
    this.runners.forEach(({ record }, lane) => {
      if (counts(lane)) record.noteLosses(losses, lane);
    });
  }

  /** Shows held-out images to the models that may stop early. */
  private watch(): void {
    const { earlyStopping, train } = this.job;
    if (!earlyStopping) return;
    const heldOut = Uint32Array.from({ length: train.count - this.trainable }, (_, i) => this.trainable + i);
    const evaluation = this.trainer.evaluate(
      "train",
      Array.from({ length: lanes }, () => heldOut),
    );
    this.runners.forEach(({ stop }, lane) => {
      stop?.note(this.trainer.meanLoss(evaluation, lane, heldOut.length));
    });
  }

  /** Measures and keeps the present weights, if this epoch's are wanted. */
  private keep(epoch: number): void {
    if (!this.job.checkpoints.includes(epoch)) return;
    if (this.runners.every(({ record, trainedEpochs }) => record.endsAt(trainedEpochs))) {
      for (const { record } of this.runners) record.repeat();
      return;
    }
    const { train, test } = this.images;
    const { outputs } = this.trainer;
    const tested = this.trainer.evaluate("test", test.count);
    const lists = this.evaluationLists();
    const trained = this.trainer.evaluate("train", lists);
    this.runners.forEach(({ record, trainedEpochs }, lane) => {
      const list = lists[lane];
      const onTest = countClasses(tested.predictions, lane, test.labels, outputs, test.count);
      const onTrain = countClasses(trained.predictions, lane, train.labels, outputs, list.length, list);
      record.add(this.trainer.weights(lane), {
        trainLoss: this.trainer.meanLoss(trained, lane, list.length),
        testLoss: this.trainer.meanLoss(tested, lane, test.count),
        trainAccuracy: accuracyOf(onTrain),
        testAccuracy: accuracyOf(onTest),
        f1: f1Of(onTest),
        trainedEpochs,
      });
    });
  }

  /** Training figures are over the first images that a model trains on, at most as many as there are test images. */
  private evaluationLists(): Uint32Array[] {
    const lists: Uint32Array[] = [];
    this.forLanes(({ data }) => {
      lists.push(data.subset.subarray(0, this.images.test.count));
    });
    return lists;
  }
}
