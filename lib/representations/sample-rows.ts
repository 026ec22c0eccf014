import { SpecError } from "../core/errors.js";
import { type Matrix, takeRows } from "../core/matrix.js";
import type { RandomStream } from "../core/random.js";

/** @throws SpecError "representation/max-rows" when it is not a whole number of at least `least` */
export function checkMaxRows(maxRows: number, least: number, where: string): void {
  if (Number.isInteger(maxRows) && maxRows >= least) return;
  const message = `${where}: maxRows is ${maxRows}; give a whole number of at least ${least}`;
  throw new SpecError("representation/max-rows", message, { value: maxRows });
}

/** At most `maxRows` of the rows, drawn at random without replacement and kept in their order. */
export function sampleRows(rows: Matrix, maxRows: number, rng: RandomStream): Matrix {
  if (rows.rows <= maxRows) return rows;
  return takeRows(rows, rng.permutation(rows.rows).subarray(0, maxRows).sort());
}
