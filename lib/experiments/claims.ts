import { claimVerdict, type Inequality } from "../analysis/verdict.js";
import type { Interval } from "../core/numeric/bootstrap.js";
import type { ScoreRow, Verdict } from "../core/tables.js";

/** A claim as an inequality in code, with what was measured. */
export interface MeasuredClaim {
  readonly claim: string;
  /** Paper and place. */
  readonly source: string;
  readonly interval: Interval;
  readonly inequality: Inequality;
  readonly setting: string;
  /** The paper's own number, where it prints one. */
  readonly published?: number;
  /** Overrules the inequality where the run is too small to judge. */
  readonly verdict?: Verdict;
}

/** A claim's line of the scoreboard: the verdict is the inequality's at the ends of the 95 percent interval. */
export function claimRow(measured: MeasuredClaim): ScoreRow {
  const { claim, source, interval, inequality, setting, published = null } = measured;
  const ours = Number.isFinite(interval.value) ? round(interval.value) : null;
  return {
    claim: `${claim} (${inequality.relation} ${inequality.bound})`,
    source,
    published,
    ours,
    difference: published === null || ours === null ? null : round(ours - published),
    verdict: measured.verdict ?? claimVerdict(interval, inequality),
    setting,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
