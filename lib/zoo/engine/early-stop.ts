import type { EarlyStopping } from "../types.js";

/** Watches one model's loss on held-out images, epoch by epoch. */
export class EarlyStop {
  private best = Number.POSITIVE_INFINITY;
  private waited = 0;

  constructor(private readonly rule: EarlyStopping) {}

  /** Whether the loss has not fallen by `minDelta` for `patience` epochs; it stays so. */
  get stopped(): boolean {
    return this.waited >= this.rule.patience;
  }

  /** Takes the loss after an epoch; a loss that is not a number does not count as fallen. */
  note(loss: number): void {
    if (this.stopped) return;
    if (loss < this.best - this.rule.minDelta) {
      this.best = loss;
      this.waited = 0;
    } else {
      this.waited++;
    }
  }
}
