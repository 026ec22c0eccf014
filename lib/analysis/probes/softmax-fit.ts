import { type Cholesky, cholesky, multiplyUpper, solveLower, solveUpper } from "../../compute/cholesky.js";
import { type LbfgsResult, minimise } from "../../core/numeric/lbfgs.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import { type PackedRows, softmaxLoss } from "./softmax-loss.js";
import type { TrainSpace } from "./train-space.js";

/** A linear softmax on centred features. */
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
  space: TrainSpace,
  packed: PackedRows,
  labels: Int32Array,
  classes: number,
  settings: { l2: number; tolerance: number; iterations: number; start?: SoftmaxWeights; pacer: Pacer },
): Promise<SoftmaxFit> {
  const { l2, start, pacer } = settings;
  const { cols } = packed;
  const coordinates = await wellScaled(space, classes, l2, pacer);
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

/** Another basis for the weights of one class: each turns a vector [features] into its counterpart, in place. */
interface Basis {
  /** w of u. */
  toWeights(u: Float64Array): void;
  /** u of w. */
  fromWeights(w: Float64Array): void;
  /** The gradient with respect to u of that with respect to w. */
  toGradient(gradient: Float64Array): void;
}

interface Coordinates {
  toWeights(point: Float64Array): SoftmaxWeights;
  fromWeights(weights: SoftmaxWeights): Float64Array;
  toGradient(weights: Float64Array, intercepts: Float64Array): Float64Array;
}

/**
 * Coordinates u with w = L^-T u for each class, L L^T the features' covariance times p (1 - p) of equal classes, plus l2:
 * the Hessian at W = 0 is then near the identity. With more features than rows the variances stand for the covariance.
 */
async function wellScaled(
  space: TrainSpace,
  classes: number,
  l2: number,
  pacer: Pacer,
): Promise<Coordinates> {
  const { rows, cols } = space.points;
  const spread = (1 / classes) * (1 - 1 / classes);
  const basis = space.isDual
    ? scaled(columnVariances(space).map((variance) => Math.sqrt(spread * variance + l2)))
    : triangular(await cholesky(space.gram, cols, { scale: spread / rows, shift: l2 }, pacer));
  const interceptScale = 1 / Math.sqrt(spread);
  const split = classes * cols;
  const ofEach = (values: Float64Array, change: (part: Float64Array) => void): Float64Array => {
    const out = values.slice(0, split);
    for (let start = 0; start < split; start += cols) change(out.subarray(start, start + cols));
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
      weights: ofEach(point, basis.toWeights),
      intercepts: point.slice(split).map((x) => x * interceptScale),
    }),
    fromWeights: ({ weights, intercepts }) =>
      joined(
        ofEach(weights, basis.fromWeights),
        intercepts.map((x) => x / interceptScale),
      ),
    toGradient: (weights, intercepts) =>
      joined(
        ofEach(weights, basis.toGradient),
        intercepts.map((x) => x * interceptScale),
      ),
  };
}

function triangular(factor: Cholesky): Basis {
  return {
    toWeights: (u) => solveUpper(factor, u),
    fromWeights: (w) => multiplyUpper(factor, w),
    toGradient: (gradient) => solveLower(factor, gradient),
  };
}

function scaled(deviations: Float64Array): Basis {
  const divide = (values: Float64Array): void => {
    for (let j = 0; j < values.length; j++) values[j] /= deviations[j];
  };
  return {
    toWeights: divide,
    fromWeights: (w) => {
      for (let j = 0; j < w.length; j++) w[j] *= deviations[j];
    },
    toGradient: divide,
  };
}

function columnVariances({ points, mean }: TrainSpace): Float64Array {
  const { data, rows, cols } = points;
  const out = new Float64Array(cols);
  for (let p = 0; p < data.length; p++) out[p % cols] += (data[p] - mean[p % cols]) ** 2 / rows;
  return out;
}
