import { RandomStream } from "../../core/random.js";
import { initialWeights } from "../../networks/initial-weights.js";
import type { NetworkSpec } from "../../networks/types.js";
import { DataOrder } from "../engine/data-order.js";
import { EarlyStop } from "../engine/early-stop.js";
import { ModelRecord } from "../engine/model-record.js";
import { learningRateAt } from "../engine/shift.js";
import type { GroupJob, ModelJob } from "../types.js";
import { unchangedCode } from "./images.js";
import { MaskGenerator, type MaskPlan } from "./masks.js";
import { type ModelOptimizer, startOptimizer } from "./optimizers.js";

/** What holds an order of so many images; thousands of models have one at a time. */
export function orderArray(trainable: number): Uint16ArrayConstructor | Uint32ArrayConstructor {
  return trainable <= 2 ** 16 ? Uint16Array : Uint32Array;
}

/** One model on its way: what it sees, what is kept of it, and what of its training is no tensor. */
export class StackedRunner {
  readonly record: ModelRecord = new ModelRecord();
  readonly optimizer: ModelOptimizer;
  readonly stop: EarlyStop | undefined;
  trainedEpochs = 0;
  private data: DataOrder;
  private order: Uint16Array | Uint32Array = new Uint16Array(0);
  private codes: Uint32Array | undefined;
  private generator: MaskGenerator | undefined;

  /** @param everything numbers of all images that may be trained on, one list for all models */
  constructor(
    private readonly job: ModelJob,
    private readonly group: Pick<GroupJob, "earlyStopping" | "shift">,
    private everything: Uint32Array,
  ) {
    this.data = new DataOrder(job, everything.length, everything);
    this.optimizer = startOptimizer(job.optimizer);
    this.stop = group.earlyStopping ? new EarlyStop(group.earlyStopping) : undefined;
  }

  /** Trains on other images from now on. */
  turnTo(everything: Uint32Array): void {
    this.everything = everything;
    this.data = new DataOrder(this.job, everything.length, everything);
  }

  /** Numbers of the images that it trains on. */
  get subset(): Uint32Array {
    return this.data.subset;
  }

  /** Whether it still trains. */
  get active(): boolean {
    return !this.stop?.stopped;
  }

  /** Its weights before training. */
  initialWeights(network: NetworkSpec): Float32Array {
    return initialWeights(network, this.job.initializer, RandomStream.fromSeed(this.job.seed).split("init"));
  }

  /** Draws what is random in an epoch, and sets its learning rate. */
  startEpoch(epoch: number, masks: MaskPlan): void {
    const { job, data, group } = this;
    this.optimizer.rate = learningRateAt(group, job, epoch);
    const Order = orderArray(this.everything.length);
    this.order = Order.from(data.order(epoch));
    this.codes = data.codes(epoch);
    if (masks.layers.length > 0) this.generator = new MaskGenerator(masks, job.dropout, data.masks(epoch));
  }

  /** Writes images `from` to `to` of the present epoch into a batch's numbers, and their changes. */
  fill(from: number, to: number, numbers: Int32Array, codes: Uint32Array | undefined, at: number): void {
    for (let i = from; i < to; i++) {
      numbers[at + i - from] = this.order[i];
      if (codes) codes[at + i - from] = this.codes?.[i] ?? unchangedCode;
    }
  }

  /** Whether its images are changed, and whether anything of it is dropped. */
  get augments(): boolean {
    return this.codes !== undefined;
  }

  get drops(): boolean {
    return this.generator?.drops === true;
  }

  /** Draws the masks of its next batch; a model that drops nothing has masks of ones. */
  drawMasks(samples: number, targets: readonly Float32Array[]): void {
    if (this.drops) this.generator!.draw(samples, targets);
    else for (const target of targets) target.fill(1);
  }
}
