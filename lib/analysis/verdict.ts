import type { Interval } from "../core/numeric/bootstrap.js";
import type { Verdict } from "../core/tables.js";

/** What a claim says about a statistic. */
export interface Inequality {
  readonly relation: ">" | ">=" | "<" | "<=";
  readonly bound: number;
}

function satisfies(value: number, { relation, bound }: Inequality): boolean {
  if (relation === ">") return value > bound;
  if (relation === ">=") return value >= bound;
  if (relation === "<") return value < bound;
  return value <= bound;
}

/**
 * Judges a claim by a 95 percent bootstrap interval: "holds" when the whole interval satisfies it, "fails" when none of
 * it does, "undecided" otherwise and when an end is NaN.
 */
export function claimVerdict(interval: Pick<Interval, "low" | "high">, claim: Inequality): Verdict {
  const { low, high } = interval;
  if (Number.isNaN(low) || Number.isNaN(high)) return "undecided";
  const ends = [satisfies(low, claim), satisfies(high, claim)];
  if (ends.every((end) => end)) return "holds";
  return ends.some((end) => end) ? "undecided" : "fails";
}
