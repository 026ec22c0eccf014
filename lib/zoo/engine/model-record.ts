import { lanes } from "../lanes.js";
import type { CheckpointFacts, ModelResult } from "../types.js";

/** What is kept of one model while it is trained. */
export class ModelRecord {
  private readonly kept: Float32Array[] = [];
  private readonly facts: CheckpointFacts[] = [];
  private diverged = false;

  /** Looks for losses that are not numbers: batches x lanes. */
  noteLosses(losses: Float32Array, lane: number): void {
    for (let i = lane; !this.diverged && i < losses.length; i += lanes) {
      if (!Number.isFinite(losses[i])) this.diverged = true;
    }
  }

  /** Looks whether a loss (or the sum of several) is a number. */
  noteLoss(loss: number): void {
    if (!Number.isFinite(loss)) this.diverged = true;
  }

  /** Keeps a checkpoint: its weights and what was measured on them. */
  add(weights: Float32Array, facts: Omit<CheckpointFacts, "diverged">): void {
    const finite = Number.isFinite(facts.trainLoss) && Number.isFinite(facts.testLoss);
    if (!finite || !weights.every(Number.isFinite)) this.diverged = true;
    this.kept.push(weights);
    this.facts.push({ ...facts, diverged: this.diverged });
  }

  /** Whether the last kept checkpoint was taken after so many epochs of training. */
  endsAt(trainedEpochs: number): boolean {
    return this.facts.at(-1)?.trainedEpochs === trainedEpochs;
  }

  /** Keeps the last checkpoint once more: the model has not been trained since. */
  repeat(): void {
    this.kept.push(this.kept[this.kept.length - 1]);
    this.facts.push(this.facts[this.facts.length - 1]);
  }

  /** All that was kept. */
  result(): ModelResult {
    const parameters = this.kept[0]?.length ?? 0;
    const weights = new Float32Array(this.kept.length * parameters);
    this.kept.forEach((vector, i) => {
      weights.set(vector, i * parameters);
    });
    return { weights, facts: this.facts };
  }
}
