import { SpecError } from "../core/errors.js";
import { row } from "../core/matrix.js";
import { quantile } from "../core/numeric/bootstrap.js";
import type { FactsRow } from "../zoo/facts.js";
import type { Zoo } from "../zoo/store/zoo.js";

/** A measure by epoch: its median over models and the band that holds 95 percent of them. */
export interface CurveByEpoch {
  readonly name: string;
  readonly epochs: readonly number[];
  readonly middle: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * A numeric fact of a zoo by epoch.
 * @param column e.g. "test_accuracy"
 * @throws SpecError when the zoo has no such numeric column
 */
export function epochCurve(zoo: Zoo, column: string, name = column.replaceAll("_", " ")): CurveByEpoch {
  const values = numericColumn(zoo, column);
  return curveByEpoch(zoo, name, (index) => values[index]);
}

/**
 * A numeric column of a zoo's facts.
 * @throws SpecError when there is none of that name
 */
export function numericColumn(zoo: Zoo, column: string): Float64Array | Int32Array {
  const values = zoo.facts[column];
  if (values instanceof Float64Array || values instanceof Int32Array) return values;
  throw new SpecError("facts/column", `a zoo's facts have no numeric column "${column}"`, { value: column });
}

/** Euclidean norm of the weights by epoch. */
export function normCurve(zoo: Zoo, name = "norm of the weights"): CurveByEpoch {
  return curveByEpoch(zoo, name, (index) => Math.hypot(...row(zoo.weights, index)));
}

/**
 * A measure by epoch over the models that did not diverge.
 * @param measure of a row of the zoo
 * @param among rows that count; all by default
 */
export function curveByEpoch(
  zoo: Zoo,
  name: string,
  measure: (row: number) => number,
  among: (row: FactsRow) => boolean = () => true,
): CurveByEpoch {
  const byEpoch = zoo.epochs.map((epoch) => {
    const rows = zoo.rowsWhere((facts) => facts.epoch === epoch && !facts.diverged && among(facts));
    return Array.from(rows, measure).sort((a, b) => a - b);
  });
  const at = (share: number) => byEpoch.map((sorted) => quantile(sorted, share));
  return { name, epochs: zoo.epochs, middle: at(0.5), low: at(0.025), high: at(0.975) };
}
