import type { Pacer } from "../../core/numeric/pacer.js";
import { dot, norm } from "../../core/numeric/vectors.js";
import { conjugateGradients } from "./conjugate-gradients.js";
import { directSteps, gramForDirectSteps } from "./direct-steps.js";
import { bestStep } from "./line-search.js";
import type { PackedRows } from "./packed-rows.js";

/** One-vs-rest problems on the same rows. */
export interface HingeProblems {
  readonly packed: PackedRows;
  /** +1 or -1, row-major [problems, rows]. */
  readonly signs: Float64Array;
  readonly problems: number;
  readonly C: number;
}

export interface HingeOptions {
  /** Relative distance of the objective from its least value at which a problem is solved. */
  readonly tolerance: number;
  /** Most Newton steps. */
  readonly iterations: number;
  /** Weights to start from, [problems, cols]; zeros without. */
  readonly start?: Float64Array;
  readonly pacer: Pacer;
}

export interface HingeSolution {
  /** [problems, cols]; the last column is the intercept. */
  readonly weights: Float64Array;
  /** [problems]. */
  readonly objectives: Float64Array;
  /** Newton steps of the problem that took the most. */
  readonly iterations: number;
  /** Whether all were solved. */
  readonly converged: boolean;
}

/**
 * Minimises |w|^2 / 2 + C sum max(0, 1 - y w x)^2 for each problem by Newton's method for a function with a piecewise
 * constant Hessian (Keerthi and DeCoste 2005), its steps by conjugate gradients, or
 * directly where rows are few, and an exact line search. All problems go
 * in step, so that the rows are read once for all of them. The objective bends by 1 at least, so that |gradient|^2 / 2
 * bounds its distance from the least value: that is what ends the iterations.
 * @throws InterruptedError
 */
export async function minimiseHinges(
  { packed, signs, problems, C }: HingeProblems,
  { tolerance, iterations, start, pacer }: HingeOptions,
): Promise<HingeSolution> {
  const { rows, cols } = packed;
  const weights = start?.slice() ?? new Float64Array(problems * cols);
  const scores = start ? packed.scores(weights, problems) : new Float64Array(problems * rows);
  const objectives = new Float64Array(problems);
  const firstNorms = new Float64Array(problems);
  const gram = await gramForDirectSteps(packed, pacer);
  let open = Array.from({ length: problems }, (_, k) => k);
  for (let step = 0; ; step++) {
    const found = gradients({ packed, signs, C }, open, weights, scores);
    const norms = open.map((_, o) => norm(found.gradients.subarray(o * cols, (o + 1) * cols)));
    const kept: number[] = [];
    open.forEach((k, o) => {
      objectives[k] = found.objectives[o];
      if (step === 0) firstNorms[k] = norms[o];
      if (norms[o] ** 2 > 2 * tolerance * objectives[k]) kept.push(o);
    });
    if (kept.length === 0 || step === iterations) {
      return { weights, objectives, iterations: step, converged: kept.length === 0 };
    }
    const left = kept.map((o) => open[o]);
    const equations = {
      packed,
      C,
      active: pick(found.active, kept, rows),
      right: pick(found.gradients, kept, cols).map((g) => -g),
      count: kept.length,
    };
    // The nearer the end, the more exact the step: else the last ones would be the slowest.
    const accuracy = Float64Array.from(
      kept,
      (o) => Math.min(0.1, Math.sqrt(norms[o] / firstNorms[open[o]])) * norms[o],
    );
    const directions = gram
      ? await directSteps(equations, gram, pacer)
      : await conjugateGradients(equations, { accuracy, pacer });
    left.forEach((k, o) => {
      const own = {
        of: weights.subarray(k * cols, (k + 1) * cols),
        by: directions.steps.subarray(o * cols, (o + 1) * cols),
      };
      const line = {
        signs: signs.subarray(k * rows, (k + 1) * rows),
        scores: scores.subarray(k * rows, (k + 1) * rows),
        changes: directions.changes.subarray(o * rows, (o + 1) * rows),
        slope: dot(own.of, own.by),
        curvature: dot(own.by, own.by),
        C,
      };
      const t = bestStep(line);
      for (let j = 0; j < cols; j++) own.of[j] += t * own.by[j];
      for (let i = 0; i < rows; i++) line.scores[i] += t * line.changes[i];
    });
    open = left;
    if (pacer.due()) await pacer.pause();
  }
}

/** Of the open problems: objective, gradient [open, cols], and which rows count, 1 or 0 [open, rows]. */
function gradients(
  { packed, signs, C }: Pick<HingeProblems, "packed" | "signs" | "C">,
  open: readonly number[],
  weights: Float64Array,
  scores: Float64Array,
): { objectives: Float64Array; gradients: Float64Array; active: Float64Array } {
  const { rows, cols } = packed;
  const active = new Float64Array(open.length * rows);
  const pulls = new Float64Array(open.length * rows);
  const objectives = new Float64Array(open.length);
  open.forEach((k, o) => {
    const own = weights.subarray(k * cols, (k + 1) * cols);
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const missing = 1 - signs[k * rows + i] * scores[k * rows + i];
      if (missing <= 0) continue;
      active[o * rows + i] = 1;
      pulls[o * rows + i] = -2 * C * signs[k * rows + i] * missing;
      loss += missing * missing;
    }
    objectives[o] = dot(own, own) / 2 + C * loss;
  });
  const sums = packed.sums(pulls, open.length);
  open.forEach((k, o) => {
    for (let j = 0; j < cols; j++) sums[o * cols + j] += weights[k * cols + j];
  });
  return { objectives, gradients: sums, active };
}

/** Rows of a row-major matrix. */
function pick(data: Float64Array, rows: readonly number[], cols: number): Float64Array {
  const out = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return out;
}
