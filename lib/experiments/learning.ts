import { SpecError } from "../core/errors.js";
import { row } from "../core/matrix.js";
import { quantile } from "../core/numeric/bootstrap.js";
import type { Zoo } from "../zoo/zoo.js";

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
  const values = zoo.facts[column];
  if (!(values instanceof Float64Array || values instanceof Int32Array)) {
    throw new SpecError("facts/column", `a zoo's facts have no numeric column "${column}"`, {
      value: column,
    });
  }
  return curveByEpoch(zoo, name, (index) => values[index]);
}

/** Euclidean norm of the weights by epoch. */
export function normCurve(zoo: Zoo, name = "norm of the weights"): CurveByEpoch {
  return curveByEpoch(zoo, name, (index) => Math.hypot(...row(zoo.weights, index)));
}

function curveByEpoch(zoo: Zoo, name: string, measure: (row: number) => number): CurveByEpoch {
  const byEpoch = zoo.epochs.map((epoch) => {
    const rows = zoo.rowsWhere((facts) => facts.epoch === epoch && !facts.diverged);
    return Array.from(rows, measure).sort((a, b) => a - b);
  });
  const at = (share: number) => byEpoch.map((sorted) => quantile(sorted, share));
  return { name, epochs: zoo.epochs, middle: at(0.5), low: at(0.025), high: at(0.975) };
}
