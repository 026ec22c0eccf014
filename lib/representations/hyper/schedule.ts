import type { HyperConfig } from "./config.js";

/** What a schedule remembers of the evaluations so far. */
export interface StallState {
  /** Lowest validation loss so far. */
  readonly best: number;
  /** Evaluations since, for early stopping. */
  readonly sinceBest: number;
  /** Evaluations since the best or the last reduction, for the plateau schedule. */
  readonly sinceReduction: number;
  /** Product of the plateau's reductions. */
  readonly reduction: number;
}

export const freshStall: StallState = {
  best: Number.MAX_VALUE,
  sinceBest: 0,
  sinceReduction: 0,
  reduction: 1,
};

/** Relative fall of the validation loss that counts as one, as in torch's ReduceLROnPlateau. */
const leastFall = 1e-4;

/** The state after one more evaluation. */
export function afterEvaluation(state: StallState, loss: number, { schedule }: HyperConfig): StallState {
  if (loss < state.best - leastFall * Math.abs(state.best)) {
    return { ...state, best: loss, sinceBest: 0, sinceReduction: 0 };
  }
  const sinceBest = state.sinceBest + 1;
  const sinceReduction = state.sinceReduction + 1;
  if (schedule.kind === "plateau" && sinceReduction > schedule.patience) {
    return { ...state, sinceBest, sinceReduction: 0, reduction: state.reduction * schedule.factor };
  }
  return { ...state, sinceBest, sinceReduction };
}

/** The learning rate of a step, 0-based. */
export function learningRateAt(step: number, config: HyperConfig, { reduction }: StallState): number {
  const { schedule, learningRate, steps } = config;
  if (schedule.kind === "plateau") return learningRate * reduction;
  if (schedule.kind === "constant") return learningRate;
  const warm = Math.round(schedule.warmup * steps);
  if (step < warm) return (learningRate * (step + 1)) / warm;
  return (learningRate * (1 + Math.cos((Math.PI * (step - warm)) / (steps - warm)))) / 2;
}

/** Whether step `step` (1-based) is one of `count` evenly spaced ones, the last among them. */
export function isMilestone(step: number, count: number, steps: number): boolean {
  return Math.floor((step * count) / steps) > Math.floor(((step - 1) * count) / steps);
}
