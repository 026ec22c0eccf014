import { rocArea } from "../../analysis/monitoring/roc.js";
import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import { meanOf } from "../../core/numeric/vectors.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { type Detector, greatest, type Surprises } from "./detectors.js";
import type { DomainShifts, ShiftKind } from "./domain-shift.js";

export interface ShiftClaimsOptions {
  readonly rng: RandomStream;
  /** Kinds that change the data. */
  readonly kinds: readonly string[];
  /** E.g. "MLP". */
  readonly net: string;
  /** Why the run cannot be judged. */
  readonly tooSmall?: string;
}

const source = "hypothesis, Sections 1 and 5 (2021)";
/** Detectors that see weights only. */
const ofWeights: readonly Detector[] = ["step length", "turning", "smoothness"];

/**
 * The papers' hypothesis as inequalities: each property of the trajectory tells shifts of the data better than chance (the
 * mean area under the ROC curve over the kinds), and the best known of them is set against alarms on the loss. Resampled
 * are seeds: those of the runs with a shift together over all kinds, and those of the runs without.
 */
export function shiftClaims(shifts: DomainShifts, options: ShiftClaimsOptions): ScoreRow[] {
  const { rng, kinds: names, net, tooSmall } = options;
  const kinds = shifts.kinds.filter(({ name }) => names.includes(name));
  const common = {
    source,
    setting: shifts.setting,
    ...(tooSmall === undefined ? {} : { verdict: "undecided" as const }),
  };
  const small = tooSmall === undefined ? "" : `; ${tooSmall}`;
  const area = (statistic: Statistic, name: string) =>
    meanAreaInterval(kinds, shifts, statistic, rng.split(net, name));
  return [
    ...ofWeights.map((detector) =>
      claimRow({
        claim: `${net}: ${detector} tells shifts of the data, mean area under the ROC curve over ${kinds.length} kinds${small}`,
        interval: area((areas) => areas(detector), detector),
        inequality: { relation: ">", bound: 0.5 },
        ...common,
      }),
    ),
    ...(["training loss", "arriving loss"] as const).map((detector) =>
      claimRow({
        claim: `${net}: step length minus ${detector}, mean area under the ROC curve over ${kinds.length} kinds${small}`,
        interval: area((areas) => areas("step length") - areas(detector), `minus ${detector}`),
        inequality: { relation: ">", bound: 0 },
        ...common,
      }),
    ),
  ];
}

/** A statistic of mean areas by detector. */
type Statistic = (area: (detector: Detector) => number) => number;

function meanAreaInterval(
  kinds: readonly ShiftKind[],
  { afterEpoch, patience }: DomainShifts,
  statistic: Statistic,
  rng: RandomStream,
): Interval {
  const score = (run: Surprises, detector: Detector) =>
    greatest(run[detector], afterEpoch + 1, afterEpoch + patience);
  const scored = kinds.map(({ surprises, control }) => ({ shifted: surprises, control: control.surprises }));
  const controls = [...new Set(scored.map(({ control }) => control))];
  const seeds = Math.min(...scored.map(({ shifted }) => shifted.length));
  const units = Array.from({ length: seeds }, (_, seed) => seed);
  const chance = rng.split("controls");
  return bootstrapInterval(
    units,
    (sample) => {
      // One draw for all detectors and kinds, so that differences compare what they see of the same runs.
      const drawn = new Map(
        controls.map((runs) => [
          runs,
          sample === units ? runs : runs.map(() => runs[chance.integer(runs.length)]),
        ]),
      );
      return statistic((detector) =>
        meanOf(
          scored.map(({ shifted, control }) =>
            rocArea(
              sample.map((seed) => score(shifted[seed], detector)),
              drawn.get(control)!.map((run) => score(run, detector)),
            ),
          ),
        ),
      );
    },
    { rng: rng.split("seeds"), rounds: 300 },
  );
}
