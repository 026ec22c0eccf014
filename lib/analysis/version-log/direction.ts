import { trend } from "./trend.js";

/** What the points of an arm say about the direction in which it was walked; each turns its sign with the arm. */
export interface Cues {
  /** Trend of the step lengths' falling. */
  readonly steps: number;
  /** Trend of the norm's growing. */
  readonly norm: number;
  /** Trend of the growing of the fourth moment over the squared second: training makes heavy tails. */
  readonly tails: number;
}

/** A way to walk a family: its arms, each outwards from the root. */
export interface Walk {
  readonly arms: readonly Cues[];
  /** Log of the odds of such a root before anything is measured. */
  readonly prior: number;
}

/**
 * How far a cue is believed: the log odds are the trend times `weight`, at most `most`. Fitted on the first halves of
 * five zoos (windows of 5 to 20 checkpoints) by the log loss; the second halves are for scores.
 */
const belief = {
  steps: { weight: 0.6, most: 5 },
  norm: { weight: 0.4, most: 4 },
  tails: { weight: 0.3, most: 2 },
} as const;

/** Share of zoos in which tails grow. For norms it is a half: they grow or, with weight decay, shrink. */
const tailsGrow = 0.75;

/** Cues of points in the order of an arm. `steps` has one entry fewer than the others. */
export function cuesOf(steps: readonly number[], norms: readonly number[], tails: readonly number[]): Cues {
  const isPositive = steps.every((length) => length > 0);
  return {
    steps: isPositive ? -trend(steps.map(Math.log)) : 0,
    norm: trend(norms),
    tails: trend(tails),
  };
}

/**
 * Probability of each walk of each family. Falling steps speak for a direction in themselves. Norms and tails do so
 * only together: whether they grow or shrink is not known before, but it is the same in all runs of one folder, so runs
 * whose direction is clear teach it to the others. It is summed over both ways for both (Bayes' rule).
 * @returns for each family the probabilities of its walks
 */
export function walkProbabilities(families: readonly (readonly Walk[])[]): number[][] {
  const logs = families.map((walks) => walks.map(() => Number.NEGATIVE_INFINITY));
  for (const norm of [1, -1]) {
    for (const tails of [1, -1]) {
      const each = families.map((walks) => walks.map((walk) => logProbability(walk, norm, tails)));
      const sums = each.map((own) => own.reduce(logSum, Number.NEGATIVE_INFINITY));
      const all = sums.reduce((sum, one) => sum + one, Math.log(tails > 0 ? tailsGrow : 1 - tailsGrow));
      each.forEach((own, f) => {
        own.forEach((one, w) => {
          logs[f][w] = logSum(logs[f][w], all - sums[f] + one);
        });
      });
    }
  }
  return logs.map((own) => {
    const total = own.reduce(logSum, Number.NEGATIVE_INFINITY);
    return own.map((one) => Math.exp(one - total));
  });
}

function logProbability({ arms, prior }: Walk, norm: number, tails: number): number {
  return arms.reduce(
    (sum, cues) =>
      sum +
      logOf(cues.steps, belief.steps) +
      logOf(norm * cues.norm, belief.norm) +
      logOf(tails * cues.tails, belief.tails),
    prior,
  );
}

/** Log of the probability that a cue points this way, its log odds being held within bounds. */
function logOf(value: number, { weight, most }: { readonly weight: number; readonly most: number }): number {
  return -Math.log1p(Math.exp(-Math.max(-most, Math.min(most, weight * value))));
}

function logSum(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log1p(Math.exp(-Math.abs(a - b)));
}
