import { columnMeans } from "../../compute/gram.js";
import { DataError, SpecError } from "../../core/errors.js";
import type { Matrix } from "../../core/matrix.js";
import type { Points } from "../../core/numeric/points.js";
import { checkPoints } from "../../core/numeric/points.js";
import { isConstant } from "../../core/numeric/scores.js";

/** Something of each split; splits part models, never checkpoints. */
export interface OfSplits<T> {
  readonly train: T;
  readonly validation: T;
  readonly test: T;
}

/** What a probe is to read from the features: one value a row in each split. */
export interface ProbeTarget<Value extends number | string> {
  readonly name: string;
  readonly values: OfSplits<ArrayLike<Value>>;
}

export const splitNames = ["train", "validation", "test"] as const;

/**
 * Refuses features that no probe can be fitted to.
 * @throws SpecError "probe/empty" naming a split without rows, "probe/columns" when the splits differ in their columns;
 *   DataError "points/not-finite" naming the row
 */
export function checkFeatures(features: OfSplits<Points>): void {
  const { cols } = features.train;
  for (const split of splitNames) {
    const points = features[split];
    if (points.rows === 0 || points.cols === 0) {
      const message = `probe: the ${split} split has ${points.rows} rows of ${points.cols} features; give each split some`;
      throw new SpecError("probe/empty", message, { value: split });
    }
    if (points.cols !== cols) {
      const message = `probe: the ${split} split has ${points.cols} features but the train split ${cols}; transform all by one fit`;
      throw new SpecError("probe/columns", message, { value: points.cols });
    }
    checkPoints(points, `probe, ${split} split`);
  }
}

/**
 * Refuses targets that nothing can be learned about.
 * @param varied splits in which the target has to take two values at least
 * @throws SpecError "probe/rows" when values and rows differ in number, "probe/constant-target" naming the target and
 *   its one value; DataError "probe/nan-target" naming the row
 */
export function checkTarget<Value extends number | string>(
  target: ProbeTarget<Value>,
  features: OfSplits<Points>,
  varied: readonly (typeof splitNames)[number][],
): void {
  const { name } = target;
  for (const split of splitNames) {
    const values = target.values[split];
    if (values.length !== features[split].rows) {
      const message = `probe of ${name}: the ${split} split has ${features[split].rows} rows of features but ${values.length} values`;
      throw new SpecError("probe/rows", message, { value: values.length });
    }
    for (let row = 0; row < values.length; row++) {
      if (typeof values[row] === "string" || Number.isFinite(values[row])) continue;
      const message = `probe of ${name}: row ${row} of the ${split} split has the value ${values[row]}; leave such checkpoints out`;
      throw new DataError("probe/nan-target", message, { value: row });
    }
    if (!varied.includes(split) || !isConstant(values)) continue;
    const message = `probe of ${name}: every row of the ${split} split has the value ${values[0]}, so there is nothing to read; leave this target out or take a zoo in which it varies`;
    throw new SpecError("probe/constant-target", message, { value: values[0] });
  }
}

/** Every split minus the column means of the train split, over its standard deviations; constant columns are centred. */
export function standardised(features: OfSplits<Points>): OfSplits<Matrix> {
  const { data, rows, cols } = features.train;
  const means = columnMeans(features.train);
  const squares = new Float64Array(cols);
  for (let p = 0; p < data.length; p++) squares[p % cols] += (data[p] - means[p % cols]) ** 2;
  // Below this a column's spread is float32 rounding of a constant.
  const scales = squares.map((sum, j) => {
    const deviation = Math.sqrt(sum / rows);
    return deviation > 1e-7 * Math.abs(means[j]) ? 1 / deviation : 1;
  });
  const scaled = (points: Points): Matrix => {
    const out = new Float32Array(points.data.length);
    for (let p = 0; p < out.length; p++) out[p] = (points.data[p] - means[p % cols]) * scales[p % cols];
    return { data: out, rows: points.rows, cols };
  };
  return {
    train: scaled(features.train),
    validation: scaled(features.validation),
    test: scaled(features.test),
  };
}
