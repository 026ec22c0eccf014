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
 * curvature is about the same in all directions, from the eigenvectors of the features' covariance, so that features of
 * very different size do not slow it; the optimum is the same.
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
  const coordinates = wellScaled(space, classes, l2);
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
 * Coordinates u with w = V S u for each class, V the eigenvectors and S^-2 their variances times p (1 - p) of equal
 * classes, plus l2: the Hessian at W = 0 is then near the identity. With more features than rows V is left out.
 */
function wellScaled(space: TrainSpace, classes: number, l2: number): Coordinates {
  const { rows, cols } = space.points;
  const spread = (1 / classes) * (1 - 1 / classes);
  const variances = space.isDual ? columnVariances(space) : space.eigen.values.map((value) => value / rows);
  const scales = variances.map((variance) => 1 / Math.sqrt(spread * Math.max(0, variance) + l2));
  const interceptScale = 1 / Math.sqrt(spread);
  const vectors = space.isDual ? undefined : space.eigen.vectors;
  const split = classes * cols;
  return {
    toWeights(point) {
      const scaled = byColumn(point.subarray(0, split), scales, (x, s) => x * s);
      const weights = vectors ? fromEigen(scaled, vectors, cols) : scaled;
      return { weights, intercepts: point.slice(split).map((x) => x * interceptScale) };
    },
    fromWeights({ weights, intercepts }) {
      const rotated = vectors ? toEigen(weights, vectors, cols) : weights;
      const point = new Float64Array(split + classes);
      point.set(byColumn(rotated, scales, (x, s) => x / s));
      point.set(
        intercepts.map((x) => x / interceptScale),
        split,
      );
      return point;
    },
    toGradient(weights, intercepts) {
      const rotated = vectors ? toEigen(weights, vectors, cols) : weights;
      const gradient = new Float64Array(split + classes);
      gradient.set(byColumn(rotated, scales, (x, s) => x * s));
      gradient.set(
        intercepts.map((x) => x * interceptScale),
        split,
      );
      return gradient;
    },
  };
}

function columnVariances({ points, mean }: TrainSpace): Float64Array {
  const { data, rows, cols } = points;
  const out = new Float64Array(cols);
  for (let p = 0; p < data.length; p++) out[p % cols] += (data[p] - mean[p % cols]) ** 2 / rows;
  return out;
}

function byColumn(
  values: Float64Array,
  scales: Float64Array,
  combine: (value: number, scale: number) => number,
): Float64Array {
  return values.map((value, p) => combine(value, scales[p % scales.length]));
}

/** Rows from the basis of the eigenvectors (rows of `vectors`) to that of the features. */
function fromEigen(values: Float64Array, vectors: Float64Array, cols: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += cols) {
    for (let e = 0; e < cols; e++) {
      const share = values[start + e];
      for (let j = 0; j < cols; j++) out[start + j] += share * vectors[e * cols + j];
    }
  }
  return out;
}

/** Rows from the basis of the features to that of the eigenvectors. */
function toEigen(values: Float64Array, vectors: Float64Array, cols: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += cols) {
    for (let e = 0; e < cols; e++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += values[start + j] * vectors[e * cols + j];
      out[start + e] = sum;
    }
  }
  return out;
}
