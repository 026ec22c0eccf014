import { checkOptions } from "../../core/errors.js";
import { type Interval, percentileInterval } from "../../core/numeric/bootstrap.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { checkSameRows, modelsOf, type RankedRows } from "./rank-scores.js";
import { resampledTau } from "./resampled-tau.js";

/** Rank correlations of several readings, in the sample and in resamples of its models; NaN where undefined. */
export interface JointTaus {
  /** [readings]. */
  readonly sample: Float64Array;
  /** [rounds] of [readings]. */
  readonly resamples: readonly Float64Array[];
}

export interface JointTausOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Resamples. Default 1000. */
  readonly rounds?: number;
}

/**
 * Kendall's tau-b of several readings of several test splits, resampled together: a round takes the models of each split
 * anew, and all readings of the split see the same ones, so that whatever is computed from the taus of a round is paired.
 * @param splits the readings of each split, all of the same rows
 * @returns taus in the order of the readings, split after split
 * @throws SpecError "rank/rows" when readings of a split are not of the same rows; InterruptedError
 */
export async function jointTaus(
  splits: readonly (readonly RankedRows[])[],
  given: JointTausOptions,
): Promise<JointTaus> {
  checkOptions(given, ["rng", "rounds", "signal", "onProgress"], "jointTaus");
  const { rng, rounds = 1000, ...rest } = given;
  const pacer = new Pacer("resampling rank correlations", rounds + 1, "resamples", rest);
  const parts = splits.filter((readings) => readings.length > 0).map(resampledSplit);
  const round = async (draw: (counts: Int32Array) => void): Promise<Float64Array> => {
    const taus: number[] = [];
    for (const { counts, readings } of parts) {
      draw(counts);
      for (const tau of readings) {
        taus.push(tau(counts));
        if (pacer.due()) await pacer.pause();
      }
    }
    await pacer.add(1);
    return Float64Array.from(taus);
  };
  const sample = await round((counts) => counts.fill(1));
  const resamples: Float64Array[] = [];
  while (resamples.length < rounds) {
    resamples.push(
      await round((counts) => {
        counts.fill(0);
        for (let i = 0; i < counts.length; i++) counts[rng.integer(counts.length)]++;
      }),
    );
  }
  return { sample, resamples };
}

/** A statistic of joint taus with its 95 percent percentile interval; resamples in which it is NaN are left out. */
export function jointInterval(
  { sample, resamples }: JointTaus,
  statistic: (taus: Float64Array) => number,
): Interval {
  return percentileInterval(statistic(sample), resamples.map(statistic));
}

/** How often each model of a split is taken, and the tau of each reading for such counts. */
function resampledSplit(readings: readonly RankedRows[]) {
  const { units, unit } = modelsOf(readings[0]);
  for (const reading of readings) checkSameRows(readings[0], reading, "jointTaus");
  return {
    counts: new Int32Array(units),
    readings: readings.map(({ truth, predictions }) => resampledTau(truth, predictions, unit)),
  };
}
