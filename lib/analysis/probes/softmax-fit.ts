import { type Cholesky, cholesky, multiplyUpper, solveLower, solveUpper } from "../../compute/cholesky.js";
import { type LbfgsResult, minimise } from "../../core/numeric/lbfgs.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import { softmaxLoss } from "./softmax-loss.js";
import type { SoftmaxSpace } from "./softmax-space.js";

/** A linear softmax. */
export interface SoftmaxWeights {
  /** Row-major [classes, features]. */
  readonly weights: Float64Array;
  /** [classes]. */
  readonly intercepts: Float64Array;
}

export interface SoftmaxFit extends SoftmaxWeights {
  readonly result: Omit<LbfgsResult, "point">;
  /** Mean of p (1 - p) over the classes, for each row: how curved its loss is at these weights. */
  readonly curvature: Float64Array;
}

export interface SoftmaxFitOptions {
  readonly l2: number;
  readonly tolerance: number;
  readonly iterations: number;
  /** A fit to start from, e.g. with another penalty; zeros without. */
  readonly start?: SoftmaxFit;
  readonly pacer: Pacer;
}

/** Iterations after which the coordinates are made anew. */
const iterationsOfARound = 60;
/** A row that is told apart without doubt has no curvature left to scale by. */
const leastCurvature = 1e-6;

/**
 * Minimises mean cross-entropy + l2 / 2 |W|^2 (intercepts free) by L-BFGS. The optimiser sees coordinates in which the
 * curvature is about the same in all directions: those of the rows' covariance, each row weighted by how curved its loss
 * is, the same for all classes. So neither features of very different size nor rows that are told apart slow it; the
 * coordinates are made anew as rows are. The optimum is the same.
 * @param labels class of each row
 */
export async function fitSoftmax(
  { packed, gram, weightedGram }: SoftmaxSpace,
  labels: Int32Array,
  classes: number,
  { l2, tolerance, iterations, start, pacer }: SoftmaxFitOptions,
): Promise<SoftmaxFit> {
  const { rows, cols } = packed;
  let place: SoftmaxWeights = start ?? {
    weights: new Float64Array(classes * cols),
    intercepts: new Float64Array(classes),
  };
  // Before anything is known every class is as likely in every row.
  const uniform = (1 / classes) * (1 - 1 / classes);
  let curvature = start?.curvature ?? new Float64Array(rows).fill(uniform);
  for (let used = 0; ; ) {
    const isUniform = used === 0 && !start;
    const weights = curvature.map((curved) => Math.max(curved, leastCurvature));
    const curved = isUniform ? gram : await weightedGram(weights, pacer);
    const factor = await cholesky(
      curved,
      cols,
      { scale: (isUniform ? uniform : 1) / rows, shift: l2 },
      pacer,
    );
    const coordinates = wellScaled(factor, classes, meanOf(weights));
    const evaluate = async (point: Float64Array, gradient: Float64Array): Promise<number> => {
      const { weights, intercepts } = coordinates.toWeights(point);
      const found = await softmaxLoss(packed, labels, weights, intercepts, pacer);
      let squares = 0;
      for (let p = 0; p < weights.length; p++) {
        squares += weights[p] * weights[p];
        found.weightGradient[p] += l2 * weights[p];
      }
      gradient.set(coordinates.toGradient(found.weightGradient, found.interceptGradient));
      curvature = found.curvature;
      return found.loss + (l2 / 2) * squares;
    };
    const most = Math.min(iterationsOfARound, iterations - used);
    const from = coordinates.fromWeights(place);
    const { point, ...result } = await minimise(evaluate, from, { tolerance, iterations: most, pacer });
    place = coordinates.toWeights(point);
    used += result.iterations;
    if (result.converged || result.iterations < most || used >= iterations) {
      return { ...place, curvature, result: { ...result, iterations: used } };
    }
  }
}

interface Coordinates {
  toWeights(point: Float64Array): SoftmaxWeights;
  fromWeights(weights: SoftmaxWeights): Float64Array;
  toGradient(weights: Float64Array, intercepts: Float64Array): Float64Array;
}

/**
 * Coordinates u with w = L^-T u for each class, L L^T the covariance of the rows weighted by their curvature, plus l2: the
 * Hessian is then near the identity.
 * @param curvature of the intercepts: the rows' mean
 */
function wellScaled(factor: Cholesky, classes: number, curvature: number): Coordinates {
  const interceptScale = 1 / Math.sqrt(curvature);
  const split = classes * factor.size;
  const ofEach = (
    values: Float64Array,
    turn: (factor: Cholesky, rows: Float64Array) => void,
  ): Float64Array => {
    const out = values.slice(0, split);
    turn(factor, out);
    return out;
  };
  const joined = (weights: Float64Array, intercepts: Float64Array): Float64Array => {
    const point = new Float64Array(split + classes);
    point.set(weights);
    point.set(intercepts, split);
    return point;
  };
  return {
    toWeights: (point) => ({
      weights: ofEach(point, solveUpper),
      intercepts: point.slice(split).map((x) => x * interceptScale),
    }),
    fromWeights: ({ weights, intercepts }) =>
      joined(
        ofEach(weights, multiplyUpper),
        intercepts.map((x) => x / interceptScale),
      ),
    toGradient: (weights, intercepts) =>
      joined(
        ofEach(weights, solveLower),
        intercepts.map((x) => x * interceptScale),
      ),
  };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
