import { SpecError } from "../../core/errors.js";
import type { RandomStream } from "../../core/random.js";

/**
 * The fold of each row, 0..folds - 1: the rows of each class are shuffled and dealt out in turns, going on from where the
 * class before ended, so that every fold has as many rows of a class as any other, or one more or less, and so of rows.
 * @param labels of each row
 * @throws SpecError "svm/folds" for fewer than two folds, or naming a class that has fewer rows than there are folds: it
 *   would be missing from one, or from all that is learned from
 */
export function stratifiedFolds(labels: ArrayLike<string>, folds: number, rng: RandomStream): Int32Array {
  if (!Number.isInteger(folds) || folds < 2) {
    const message = `cross-validation: ${folds} folds cannot be; give a whole number from 2 on`;
    throw new SpecError("svm/folds", message, { value: folds });
  }
  const out = new Int32Array(labels.length);
  const classes = [...new Set(Array.from(labels))].sort();
  let turn = 0;
  for (const name of classes) {
    const rows = Array.from(out.keys()).filter((row) => labels[row] === name);
    if (rows.length < folds) {
      const message = `cross-validation in ${folds} folds: the class "${name}" has ${rows.length} rows; leave it out, or take at most ${rows.length} folds`;
      throw new SpecError("svm/folds", message, { value: name });
    }
    for (const place of rng.split(name).permutation(rows.length)) out[rows[place]] = turn++ % folds;
  }
  return out;
}
