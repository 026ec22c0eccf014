import { SpecError } from "../../core/errors.js";
import { type BootstrapOptions, bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import { kendallTau } from "../../core/numeric/kendall.js";

/** What a probe said about the rows of one test split, beside the truth. */
export interface RankedRows {
  /** Number of each row's model. */
  readonly model: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
}

/**
 * Kendall's tau-b of truth and predictions over all rows, with a bootstrap interval over the models.
 * @throws SpecError "rank/rows" when the lengths differ
 */
export function tauInterval(rows: RankedRows, options: BootstrapOptions): Interval {
  const sample = resampler(rows);
  return bootstrapInterval(sample.models, (models) => sample.tau(rows, models), options);
}

/**
 * tau-b of a minus that of b on the same rows, by a paired bootstrap over the models.
 * @throws SpecError "rank/rows" when the two are not of the same rows
 */
export function tauDifference(a: RankedRows, b: RankedRows, options: BootstrapOptions): Interval {
  const sample = resampler(a);
  if (a.model.length !== b.model.length || Array.from(a.model).some((model, i) => model !== b.model[i])) {
    const message = `tauDifference got predictions for ${a.model.length} and ${b.model.length} rows of different models; compare probes of one zoo and split`;
    throw new SpecError("rank/rows", message, { value: b.model.length });
  }
  return bootstrapInterval(sample.models, (models) => sample.tau(a, models) - sample.tau(b, models), options);
}

/** Draws the rows of resampled models. */
function resampler({ model, truth, predictions }: RankedRows) {
  if (truth.length !== model.length || predictions.length !== model.length) {
    const message = `a rank correlation got ${truth.length} true and ${predictions.length} predicted values for ${model.length} rows; give one of each a row`;
    throw new SpecError("rank/rows", message, { value: predictions.length });
  }
  const rowsOf = new Map<number, number[]>();
  for (let i = 0; i < model.length; i++) {
    const own = rowsOf.get(model[i]);
    if (own) own.push(i);
    else rowsOf.set(model[i], [i]);
  }
  const models = [...rowsOf.values()];
  const tau = (of: RankedRows, chosen: readonly (readonly number[])[]) => {
    const length = chosen.reduce((sum, rows) => sum + rows.length, 0);
    const [x, y] = [new Float64Array(length), new Float64Array(length)];
    let place = 0;
    for (const rows of chosen) {
      for (const i of rows) {
        x[place] = of.truth[i];
        y[place++] = of.predictions[i];
      }
    }
    return kendallTau(x, y);
  };
  return { models, tau };
}
