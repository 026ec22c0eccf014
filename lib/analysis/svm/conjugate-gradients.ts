import type { Pacer } from "../../core/numeric/pacer.js";
import type { PackedRows } from "./packed-rows.js";

/** Equations H s = right of several problems, H = 1 + 2 C sum of x x^T over a problem's active rows. */
export interface HessianEquations {
  readonly packed: PackedRows;
  readonly C: number;
  /** 1 or 0, [count, rows]. */
  readonly active: Float64Array;
  /** [count, cols]. */
  readonly right: Float64Array;
  readonly count: number;
}

interface SolverOptions {
  /** Norm of what is left of each equation at which it is solved. */
  readonly accuracy: Float64Array;
  readonly pacer: Pacer;
}

const mostIterations = 500;

/**
 * Solves the equations by conjugate gradients, all in step.
 * @returns solutions s [count, cols], and X s [count, rows]
 * @throws InterruptedError
 */
export async function conjugateGradients(
  { packed, C, active, right, count }: HessianEquations,
  { accuracy, pacer }: SolverOptions,
): Promise<{ steps: Float64Array; changes: Float64Array }> {
  const { rows, cols } = packed;
  const steps = new Float64Array(count * cols);
  const changes = new Float64Array(count * rows);
  const rest = right.slice();
  const direction = right.slice();
  const each = Array.from({ length: count }, (_, k) => k);
  const inner = (a: Float64Array, k: number): number => {
    let sum = 0;
    for (let j = k * cols; j < (k + 1) * cols; j++) sum += a[j] * a[j];
    return sum;
  };
  const products = Float64Array.from(each, (k) => inner(rest, k));
  const isOpen = each.map((k) => Math.sqrt(products[k]) > accuracy[k]);
  for (let iteration = 0; iteration < mostIterations && isOpen.includes(true); iteration++) {
    const moved = packed.scores(direction, count);
    const pulls = moved.map((value, p) => 2 * C * active[p] * value);
    const image = packed.sums(pulls, count);
    for (const k of each) {
      if (!isOpen[k]) continue;
      let curvature = 0;
      for (let j = k * cols; j < (k + 1) * cols; j++) {
        image[j] += direction[j];
        curvature += image[j] * direction[j];
      }
      const share = products[k] / curvature;
      for (let j = k * cols; j < (k + 1) * cols; j++) {
        steps[j] += share * direction[j];
        rest[j] -= share * image[j];
      }
      for (let i = k * rows; i < (k + 1) * rows; i++) changes[i] += share * moved[i];
      const product = inner(rest, k);
      isOpen[k] = Math.sqrt(product) > accuracy[k];
      const keep = product / products[k];
      products[k] = product;
      for (let j = k * cols; j < (k + 1) * cols; j++) direction[j] = rest[j] + keep * direction[j];
    }
    if (pacer.due()) await pacer.pause();
  }
  return { steps, changes };
}
