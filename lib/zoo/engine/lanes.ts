import { SpecError } from "../../core/errors.js";
import { RandomStream } from "../../core/random.js";
import { initialWeights } from "../../networks/initial-weights.js";
import type { CheckpointFacts, GroupJob, ModelJob, ModelResult, TrainingEngine } from "../types.js";
import { accuracyOf, f1Of } from "./facts.js";
import { LaneTrainer, lanes } from "./trainer.js";

/**
 * The CPU engine: AssemblyScript SIMD kernels that train four models in lock-step, one a lane, on the calling thread.
 * Plain SIMD in a fixed order of operations: equal jobs give equal bits on every machine, whichever models share them.
 * A model's weights come from the stream (seed, "init"), its order in an epoch (1, 2, ...) from (seed, "order", epoch).
 */
export const laneEngine: TrainingEngine = { version: "lanes-1", train: trainGroup };

function trainGroup(job: GroupJob, onEpoch?: (epoch: number) => void): ModelResult[] {
  checkJob(job);
  const trainer = new LaneTrainer(job);
  try {
    const results: ModelResult[] = [];
    for (let i = 0; i < job.models.length; i += lanes) {
      results.push(...trainLanes(trainer, job, job.models.slice(i, i + lanes), onEpoch));
    }
    return results;
  } finally {
    trainer.close();
  }
}

function checkJob({ loss, epochs, checkpoints, train, test, network }: GroupJob): void {
  if (loss !== "mse") {
    throw new SpecError("engine/loss", `the CPU engine knows no loss "${loss}"; use mse`, { value: loss });
  }
  const ascending = checkpoints.every((epoch, i) => i === 0 || epoch > checkpoints[i - 1]);
  const within = checkpoints.every((epoch) => Number.isInteger(epoch) && epoch >= 0 && epoch <= epochs);
  if (!Number.isInteger(epochs) || epochs < 0 || !ascending || !within) {
    const message = `checkpoints [${checkpoints}] must be ascending epochs of 0 to ${epochs}`;
    throw new SpecError("engine/checkpoints", message, { value: checkpoints });
  }
  for (const { height, width } of [train, test]) {
    if (height !== network.input.height || width !== network.input.width) {
      const { input, name } = network;
      const message = `images of ${height} x ${width} do not fit the ${input.height} x ${input.width} inputs of network "${name}"`;
      throw new SpecError("engine/images", message, { value: [height, width] });
    }
  }
}

/** Trains up to four models; with fewer, the free lanes repeat the last one. */
function trainLanes(
  trainer: LaneTrainer,
  job: GroupJob,
  models: readonly ModelJob[],
  onEpoch: ((epoch: number) => void) | undefined,
): ModelResult[] {
  const filled = Array.from({ length: lanes }, (_, lane) => models[Math.min(lane, models.length - 1)]);
  filled.forEach(({ seed, optimizer }, lane) => {
    const rng = RandomStream.fromSeed(seed).split("init");
    trainer.setModel(lane, initialWeights(job.network, job.initializer, rng), optimizer);
  });
  const records = models.map(() => new ModelRecord(job));
  const keep = (epoch: number) => {
    if (job.checkpoints.includes(epoch)) evaluateLanes(trainer, job, records);
  };
  keep(0);
  for (let epoch = 1; epoch <= job.epochs; epoch++) {
    setOrders(trainer, models, job.train.count, epoch);
    const losses = trainer.run(0, job.train.count);
    records.forEach((record, lane) => {
      record.noteLosses(losses, lane);
    });
    keep(epoch);
    onEpoch?.(epoch);
  }
  return records.map((record) => record.result());
}

/** A fresh permutation of the training images for each model; free lanes share the last one's. */
function setOrders(trainer: LaneTrainer, models: readonly ModelJob[], count: number, epoch: number): void {
  let order: Uint32Array = new Uint32Array(0);
  for (let lane = 0; lane < lanes; lane++) {
    if (lane < models.length) {
      order = RandomStream.fromSeed(models[lane].seed).split("order", epoch).permutation(count);
    }
    trainer.setOrder(lane, order);
  }
}

/** What is kept of one model while it is trained. */
class ModelRecord {
  private readonly kept: Float32Array[] = [];
  private readonly facts: CheckpointFacts[] = [];
  private diverged = false;

  constructor(private readonly job: GroupJob) {}

  /** Looks for losses that are not numbers: batches x lanes. */
  noteLosses(losses: Float32Array, lane: number): void {
    for (let i = lane; !this.diverged && i < losses.length; i += lanes) {
      if (!Number.isFinite(losses[i])) this.diverged = true;
    }
  }

  add(weights: Float32Array, facts: Omit<CheckpointFacts, "diverged">): void {
    const finite = Number.isFinite(facts.trainLoss) && Number.isFinite(facts.testLoss);
    if (!finite || !weights.every(Number.isFinite)) this.diverged = true;
    this.kept.push(weights);
    this.facts.push({ ...facts, diverged: this.diverged });
  }

  result(): ModelResult {
    const parameters = this.kept[0]?.length ?? 0;
    const weights = new Float32Array(this.job.checkpoints.length * parameters);
    this.kept.forEach((vector, i) => {
      weights.set(vector, i * parameters);
    });
    return { weights, facts: this.facts };
  }
}

/** Measures every lane's present weights and keeps both. */
function evaluateLanes(trainer: LaneTrainer, job: GroupJob, records: readonly ModelRecord[]): void {
  const { outputs } = trainer;
  const shared = Math.min(job.train.count, job.test.count);
  const train = trainer.evaluate("train", shared);
  const test = trainer.evaluate("test", job.test.count);
  records.forEach((record, lane) => {
    const trainClasses = laneOf(train.predictions, lane);
    const testClasses = laneOf(test.predictions, lane);
    record.add(trainer.weights(lane), {
      trainLoss: train.loss[lane],
      testLoss: test.loss[lane],
      trainAccuracy: accuracyOf(trainClasses, job.train.labels),
      testAccuracy: accuracyOf(testClasses, job.test.labels),
      f1: f1Of(testClasses, job.test.labels, outputs),
    });
  });
}

function laneOf(values: Uint8Array, lane: number): Uint8Array {
  return Uint8Array.from({ length: values.length / lanes }, (_, i) => values[i * lanes + lane]);
}
