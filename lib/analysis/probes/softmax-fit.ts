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
}

/**
 * Minimises mean cross-entropy + l2 / 2 |W|^2 (intercepts free) by L-BFGS. The optimiser sees coordinates in which the
 * curvature is about the same in all directions, from the features' covariance, so that features of very different size do
 * not slow it; the optimum is the same.
 * @param labels class of each row
 * @param start weights to start from; zeros without
 */
export async function fitSoftmax(
  { packed, gram }: SoftmaxSpace,
  labels: Int32Array,
  classes: number,
  settings: { l2: number; tolerance: number; iterations: number; start?: SoftmaxWeights; pacer: Pacer },
): Promise<SoftmaxFit> {
  const { l2, start, pacer } = settings;
  const { rows, cols } = packed;
  const spread = (1 / classes) * (1 - 1 / classes);
  const factor = await cholesky(gram, cols, { scale: spread / rows, shift: l2 }, pacer);
  const coordinates = wellScaled(factor, classes, spread);
  const evaluate = async (point: Float64Array, gradient: Float64Array): Promise<number> => {
    const { weights, intercepts } = coordinates.toWeights(point);
    const { loss, weightGradient, interceptGradient } = await softmaxLoss(
      packed,
      labels,
      weights,
      intercepts,
      pacer,
    );
    let squares = 0;
    for (let p = 0; p < weights.length; p++) {
      squares += weights[p] * weights[p];
      weightGradient[p] += l2 * weights[p];
    }
    gradient.set(coordinates.toGradient(weightGradient, interceptGradient));
    return loss + (l2 / 2) * squares;
  };
  const first = start ? coordinates.fromWeights(start) : new Float64Array(classes * (cols + 1));
  const { point, ...result } = await minimise(evaluate, first, settings);
  return { ...coordinates.toWeights(point), result };
}

interface Coordinates {
  toWeights(point: Float64Array): SoftmaxWeights;
  fromWeights(weights: SoftmaxWeights): Float64Array;
  toGradient(weights: Float64Array, intercepts: Float64Array): Float64Array;
}

/**
 * Coordinates u with w = L^-T u for each class, L L^T the covariance times p (1 - p) of equal classes, plus l2: the
 * Hessian at W = 0 is then near the identity.
 * @param spread p (1 - p)
 */
function wellScaled(factor: Cholesky, classes: number, spread: number): Coordinates {
  const interceptScale = 1 / Math.sqrt(spread);
  const split = classes * factor.size;
  const ofEach = (
    values: Float64Array,
    turn: (factor: Cholesky, row: Float64Array) => void,
  ): Float64Array => {
    const out = values.slice(0, split);
    for (let c = 0; c < classes; c++) turn(factor, out.subarray(c * factor.size, (c + 1) * factor.size));
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
