import { cholesky, solveLower, solveUpper } from "../../compute/cholesky.js";
import { gramMatrix } from "../../compute/gram.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { HessianEquations } from "./conjugate-gradients.js";
import type { PackedRows } from "./packed-rows.js";

/** Rows up to which factorising beats iterating. */
const mostRows = 1000;

/**
 * Inner products of the rows [rows, rows] where there are so few, and fewer than columns, that Newton steps are better
 * computed from them; else undefined.
 * @throws InterruptedError
 */
export async function gramForDirectSteps(
  packed: PackedRows,
  pacer: Pacer,
): Promise<Float64Array | undefined> {
  if (packed.rows > mostRows || packed.rows >= packed.cols) return undefined;
  return gramMatrix(packed, undefined, pacer);
}

/**
 * Solves (1 + 2 C A^T A) s = right of each problem, A its active rows, by Woodbury's identity: s = right - A^T u with (1 /
 * (2 C) + A A^T) u = A right. No iterations, whatever C.
 * @returns solutions s [count, cols], and X s [count, rows]
 * @throws InterruptedError
 */
export async function directSteps(
  { packed, C, active, right, count }: HessianEquations,
  gram: Float64Array,
  pacer: Pacer,
): Promise<{ steps: Float64Array; changes: Float64Array }> {
  const { rows } = packed;
  const scores = packed.scores(right, count);
  const pulls = new Float64Array(count * rows);
  for (let k = 0; k < count; k++) {
    const own: number[] = [];
    for (let i = 0; i < rows; i++) if (active[k * rows + i] === 1) own.push(i);
    const part = new Float64Array(own.length ** 2);
    own.forEach((i, a) => {
      for (let b = 0; b <= a; b++) part[a * own.length + b] = gram[i * rows + own[b]];
    });
    const factor = await cholesky(part, own.length, { shift: 1 / (2 * C) }, pacer);
    const u = Float64Array.from(own, (i) => scores[k * rows + i]);
    solveLower(factor, u);
    solveUpper(factor, u);
    own.forEach((i, a) => {
      pulls[k * rows + i] = u[a];
    });
  }
  const sums = packed.sums(pulls, count);
  const steps = right.map((value, p) => value - sums[p]);
  return { steps, changes: packed.scores(steps, count) };
}
