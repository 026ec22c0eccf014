import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { GroupJob, ModelJob, ModelResult } from "../types.js";
import type { Breather } from "./breather.js";
import { type EvaluationOptions, evaluateModels } from "./evaluation.js";
import type { StackedImages } from "./images.js";
import { maskSize, planMasks } from "./masks.js";
import type { StackedNetwork } from "./network.js";
import { momentCount, optimize } from "./optimizers.js";
import { freeIdleBuffers } from "./pool.js";
import { StackedRunner } from "./runner.js";
import { type Segment, segmentsOf } from "./segments.js";
import { type DeviceState, disposeState, putModels, readWeights, startState, takeModels } from "./state.js";
import { tidied } from "./tidied.js";

/** A job's images on the device. */
export interface GroupImages {
  readonly train: StackedImages;
  readonly test: StackedImages;
}

/** What a group runs on. */
export interface GroupSetting {
  readonly network: StackedNetwork;
  readonly images: GroupImages;
  /** Those after a shift. */
  readonly later: GroupImages | undefined;
  /** Images of each model that are evaluated at once. */
  readonly evaluatedAtOnce: number;
  readonly breathe: Breather;
  /** Bytes that a GPU's buffers may take before idle ones are freed. */
  readonly pooled: number;
}

/** Number of images that may be trained on: all but those held out. */
export function trainableImages({ train, earlyStopping }: Pick<GroupJob, "train" | "earlyStopping">): number {
  return train.count - (earlyStopping?.validationImages ?? 0);
}

/** All numbers below a count. */
const numbersBelow = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** Losses are added up to see whether one of them is not finite; scaled so that finite ones stay so. */
const lossScale = 2 ** -100;

/** Models of one network trained to the end together, each as if it were alone. Call `dispose` when done. */
export class StackedGroup {
  private readonly masks;
  private readonly evaluation: EvaluationOptions;
  /** What models train on now. */
  private images: GroupImages;

  private constructor(
    private readonly tf: TensorFlow,
    private readonly setting: GroupSetting,
    private readonly job: GroupJob,
    private readonly runners: readonly StackedRunner[],
    private state: DeviceState,
  ) {
    this.masks = planMasks(job.network);
    this.images = setting.images;
    const breathe = () => setting.breathe();
    this.evaluation = { loss: job.loss, atOnce: setting.evaluatedAtOnce, breathe };
  }

  /** Draws the models' initial weights. */
  static async start(
    tf: TensorFlow,
    setting: GroupSetting,
    job: GroupJob,
    models: readonly ModelJob[],
  ): Promise<StackedGroup> {
    const everything = numbersBelow(trainableImages(job));
    const runners: StackedRunner[] = [];
    const weights: Float32Array[] = [];
    for (const model of models) {
      const runner = new StackedRunner(model, job, everything);
      runners.push(runner);
      weights.push(runner.initialWeights(job.network));
      await setting.breathe();
    }
    const state = startState(tf, setting.network.plan, weights, momentCount(models[0].optimizer));
    return new StackedGroup(tf, setting, job, runners, state);
  }

  dispose(): void {
    disposeState(this.state);
  }

  /** @param onEpoch called after each epoch */
  async train(onEpoch?: (epoch: number, models: number) => void): Promise<ModelResult[]> {
    await this.keep(0);
    for (let epoch = 1; epoch <= this.job.epochs; epoch++) {
      if (epoch - 1 === this.job.shift?.afterEpoch) await this.shift();
      if (this.runners.some(({ active }) => active)) await this.runEpoch(epoch);
      await this.keep(epoch);
      onEpoch?.(epoch, this.runners.length);
      await this.setting.breathe();
    }
    return this.runners.map(({ record }) => record.result());
  }

  /** Turns to the images after the shift. */
  private async shift(): Promise<void> {
    const { later, breathe } = this.setting;
    if (!later) return;
    this.images = later;
    const everything = numbersBelow(later.train.count);
    for (const runner of this.runners) {
      runner.turnTo(everything);
      await breathe();
    }
  }

  private async runEpoch(epoch: number): Promise<void> {
    const active = this.runners.filter((runner) => runner.active);
    for (const runner of active) {
      runner.startEpoch(epoch, this.masks);
      await this.setting.breathe();
    }
    const lengths = this.runners.map((runner) => (runner.active ? runner.subset.length : 0));
    for (const segment of segmentsOf(lengths, this.job.batchSize)) await this.runSegment(segment);
    for (const runner of active) runner.trainedEpochs = epoch;
    await this.watch();
  }

  /** Runs a segment's batches on its models, which are set apart while others rest. */
  private async runSegment(segment: Segment): Promise<void> {
    const { tf } = this;
    const { models } = segment;
    const all = models.length === this.runners.length;
    let own = all ? this.state : takeModels(tf, this.state, models);
    let losses: Tensor | undefined;
    try {
      losses = tf.zeros([models.length]);
      for (let at = segment.from; at < segment.to; at += segment.batchSize) {
        const next: { state: DeviceState; losses: Tensor } = this.step(segment, at, own, losses);
        losses.dispose();
        disposeState(own);
        ({ state: own, losses } = next);
        if (all) this.state = own;
        await this.setting.breathe(losses);
      }
      const sums = await losses.data();
      freeIdleBuffers(tf, this.setting.pooled);
      models.forEach((model, i) => {
        this.runners[model].record.noteLoss(sums[i]);
      });
      if (!all) {
        const merged = putModels(tf, this.state, models, own);
        disposeState(this.state);
        this.state = merged;
      }
    } finally {
      losses?.dispose();
      if (!all) disposeState(own);
    }
  }

  /** One batch of every model of a segment. */
  private step(segment: Segment, at: number, state: DeviceState, losses: Tensor) {
    const { tf, setting, job } = this;
    const { network } = setting;
    const { train } = this.images;
    const runners = segment.models.map((model) => this.runners[model]);
    const models = runners.length;
    const samples = segment.batchSize;
    const numbers = new Int32Array(models * samples);
    const codes = runners.some(({ augments }) => augments) ? new Uint32Array(models * samples) : undefined;
    runners.forEach((runner, i) => {
      runner.fill(at, at + samples, numbers, codes, i * samples);
    });
    return tidied(tf, () => {
      const x = tidied(tf, () => train.inputs(numbers, codes));
      const targets = train.oneHot(numbers).reshape([models, samples, network.plan.outputs]);
      const { weights, running } = state;
      const pass = { models, samples, weights, running, masks: this.drawMasks(runners, samples) };
      const result = network.gradients(x, targets, job.loss, pass);
      for (const mask of pass.masks ?? []) mask.dispose();
      const optimizers = runners.map(({ optimizer }) => optimizer);
      const next = tidied(tf, () => optimize(tf, state, result.gradients, optimizers));
      return {
        state: { ...next, running: result.running },
        losses: losses.add(result.loss.mul(lossScale)),
      };
    });
  }

  private drawMasks(runners: readonly StackedRunner[], samples: number): Tensor[] | undefined {
    const { layers } = this.masks;
    if (!runners.some(({ drops }) => drops)) return undefined;
    const masks = layers.map((layer) => new Float32Array(runners.length * samples * maskSize(layer)));
    runners.forEach((runner, i) => {
      const own = masks.map((mask) =>
        mask.subarray((i * mask.length) / runners.length, ((i + 1) * mask.length) / runners.length),
      );
      runner.drawMasks(samples, own);
    });
    return layers.map(({ height, width, channels }, i) =>
      this.tf.tensor3d(masks[i], [runners.length * samples, height * width, channels]),
    );
  }

  private evaluate(images: StackedImages, lists: readonly Uint32Array[]) {
    return evaluateModels(this.tf, this.setting.network, images, this.state, lists, this.evaluation);
  }

  /** Shows held-out images to the models that may stop early. */
  private async watch(): Promise<void> {
    const { earlyStopping, train } = this.job;
    if (!earlyStopping) return;
    const trainable = trainableImages(this.job);
    const heldOut = Uint32Array.from({ length: train.count - trainable }, (_, i) => trainable + i);
    const shown = await this.evaluate(
      this.images.train,
      this.runners.map(() => heldOut),
    );
    this.runners.forEach(({ stop }, i) => {
      stop?.note(shown[i].loss);
    });
  }

  /** Measures and keeps the present weights, if this epoch's are wanted. */
  private async keep(epoch: number): Promise<void> {
    const { job, runners, images } = this;
    if (!job.checkpoints.includes(epoch)) return;
    if (runners.every(({ record, trainedEpochs }) => record.endsAt(trainedEpochs))) {
      for (const { record } of runners) record.repeat();
      return;
    }
    const tests = numbersBelow(images.test.count);
    const tested = await this.evaluate(
      images.test,
      runners.map(() => tests),
    );
    const trained = await this.evaluate(
      images.train,
      runners.map(({ subset }) => subset.subarray(0, images.test.count)),
    );
    const weights = await readWeights(this.state, this.setting.network.plan);
    freeIdleBuffers(this.tf, this.setting.pooled);
    runners.forEach(({ record, trainedEpochs }, i) => {
      record.add(weights[i], {
        trainLoss: trained[i].loss,
        testLoss: tested[i].loss,
        trainAccuracy: trained[i].accuracy,
        testAccuracy: tested[i].accuracy,
        f1: tested[i].f1,
        trainedEpochs,
      });
    });
  }
}
