import { SpecError } from "../../core/errors.js";
import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";

/** One threshold of an alarm: it sounds at scores of at least this. */
export interface RocPoint {
  readonly threshold: number;
  /** Share of runs without a shift that reach it. */
  readonly falseAlarms: number;
  /** Share of runs with a shift that reach it. */
  readonly hits: number;
}

/**
 * Receiver operating characteristic of an alarm, from the highest threshold (no alarm) to the lowest (always).
 * @param shifted score of each run with a shift
 * @param control score of each run without; NaN counts as the least possible score, in both
 * @throws SpecError when one of them is empty
 */
export function rocCurve(shifted: readonly number[], control: readonly number[]): RocPoint[] {
  checkBoth(shifted, control);
  const known = (scores: readonly number[]) =>
    scores.map((score) => (Number.isNaN(score) ? -Infinity : score));
  const [hits, alarms] = [known(shifted), known(control)];
  const thresholds = [...new Set([...hits, ...alarms])].sort((a, b) => b - a);
  const share = (scores: readonly number[], threshold: number) =>
    scores.filter((score) => score >= threshold).length / scores.length;
  return [
    { threshold: Number.POSITIVE_INFINITY, falseAlarms: 0, hits: 0 },
    ...thresholds.map((threshold) => ({
      threshold,
      falseAlarms: share(alarms, threshold),
      hits: share(hits, threshold),
    })),
  ];
}

/**
 * Area under the curve: the chance that a run with a shift scores higher than one without, ties counted half (the
 * Mann-Whitney statistic).
 */
export function rocArea(shifted: readonly number[], control: readonly number[]): number {
  checkBoth(shifted, control);
  let wins = 0;
  for (const hit of shifted) {
    for (const alarm of control) wins += pairScore(hit, alarm);
  }
  return wins / (shifted.length * control.length);
}

function pairScore(hit: number, alarm: number): number {
  const [a, b] = [Number.isNaN(hit) ? -Infinity : hit, Number.isNaN(alarm) ? -Infinity : alarm];
  if (a === b) return 0.5;
  return a > b ? 1 : 0;
}

/** The area with an interval that resamples runs with and without a shift. */
export function rocAreaInterval(
  shifted: readonly number[],
  control: readonly number[],
  rng: RandomStream,
): Interval {
  checkBoth(shifted, control);
  const units = [
    ...shifted.map((score) => ({ isShifted: true, score })),
    ...control.map((score) => ({ isShifted: false, score })),
  ];
  const of = (sample: readonly (typeof units)[number][], isShifted: boolean) =>
    sample.filter((unit) => unit.isShifted === isShifted).map(({ score }) => score);
  const area = (sample: readonly (typeof units)[number][]) => {
    const [hits, alarms] = [of(sample, true), of(sample, false)];
    return hits.length > 0 && alarms.length > 0 ? rocArea(hits, alarms) : Number.NaN;
  };
  return bootstrapInterval(units, area, { rng, rounds: 1000 });
}

/**
 * The lowest threshold that at most a share of runs without a shift reaches.
 * @param control score of each run without a shift
 * @param share of runs that may sound a false alarm, e.g. .05
 */
export function alarmThreshold(control: readonly number[], share: number): number {
  const falling = [...control].filter((score) => !Number.isNaN(score)).sort((a, b) => b - a);
  const allowed = Math.floor(share * control.length);
  // Just above the first score that must stay silent.
  return allowed >= falling.length ? Number.NEGATIVE_INFINITY : nextAbove(falling[allowed]);
}

function nextAbove(value: number): number {
  return value + Math.max(Number.MIN_VALUE, Math.abs(value) * 2 * Number.EPSILON);
}

function checkBoth(shifted: readonly number[], control: readonly number[]): void {
  if (shifted.length > 0 && control.length > 0) return;
  const missing = shifted.length === 0 ? "with" : "without";
  const message = `there is no run ${missing} a shift; an alarm is judged by both kinds`;
  throw new SpecError("monitoring/runs", message, { value: 0 });
}
