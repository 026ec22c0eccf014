import { SpecError } from "../core/errors.js";
import { distance, type Points } from "../core/numeric/points.js";
import { rowsByModel } from "./model-rows.js";

/**
 * How one model moves through weight space. Entry i belongs to the model's i-th kept checkpoint and is made of it and
 * those before it, so that a monitor could have it while the model trains; NaN where there are too few before it.
 */
export interface TrajectoryShape {
  readonly model: number;
  readonly epochs: Int32Array;
  /** Euclidean length of the step that leads to the checkpoint: |w_i - w_(i-1)|. */
  readonly stepLength: Float64Array;
  /** Angle in radians between that step and the one before it: 0 goes straight on, pi turns back. */
  readonly turning: Float64Array;
  /** Curvature of the circle through the last three checkpoints (Menger): 1 / radius; 0 on a straight line. */
  readonly curvature: Float64Array;
  /**
   * Smoothness over the last `window` steps: length of the straight way over length of the path; 1 on a straight line,
   * near 0 for a walk on the spot. NaN without movement.
   */
  readonly straightness: Float64Array;
}

export interface TrajectoryShapeOptions {
  /** Steps that straightness looks back on; 5 by default. */
  readonly window?: number;
}

/**
 * Step length, turning, curvature and smoothness of every model's trajectory: what Schuerholt and Borth (2021) suspect of
 * telling domain shifts. Distances are float64 whatever the points' precision.
 * @param points weights or their representation, one row a checkpoint
 * @throws SpecError when lengths differ or the window is no positive integer
 */
export function trajectoryShapes(
  points: Points,
  models: Int32Array,
  epochs: Int32Array,
  { window = 5 }: TrajectoryShapeOptions = {},
): TrajectoryShape[] {
  if (!Number.isSafeInteger(window) || window < 1) {
    throw new SpecError("trajectories/window", `window is ${window}; give a positive number of steps`, {
      value: window,
    });
  }
  return [...rowsByModel(points, models, epochs)].map(([model, rows]) => ({
    model,
    epochs: Int32Array.from(rows, (row) => epochs[row]),
    ...shapeOf(points, rows, window),
  }));
}

function shapeOf(
  points: Points,
  rows: readonly number[],
  window: number,
): Omit<TrajectoryShape, "model" | "epochs"> {
  const unknown = () => new Float64Array(rows.length).fill(Number.NaN);
  const shape = {
    stepLength: unknown(),
    turning: unknown(),
    curvature: unknown(),
    straightness: unknown(),
  };
  const apart = (i: number, j: number) => distance(points, rows[i], points, rows[j]);
  for (let i = 1; i < rows.length; i++) {
    shape.stepLength[i] = apart(i - 1, i);
    if (i >= 2) {
      const angle = turningAngle(points, rows[i - 2], rows[i - 1], rows[i]);
      const chord = apart(i - 2, i);
      shape.turning[i] = angle;
      // Twice the sine of the angle over the side that faces it; a return to the same place has no circle.
      shape.curvature[i] = chord > 0 ? (2 * Math.sin(angle)) / chord : Number.NaN;
    }
    if (i >= window) {
      let path = 0;
      for (let step = i - window + 1; step <= i; step++) path += shape.stepLength[step];
      shape.straightness[i] = path > 0 ? apart(i - window, i) / path : Number.NaN;
    }
  }
  return shape;
}

/**
 * Angle between the steps a to b and b to c, in [0, pi]; NaN where one has no length. By the half-angle formula of Kahan,
 * which keeps its precision near 0 and pi where an arc cosine loses half the digits.
 */
function turningAngle({ data, cols }: Points, a: number, b: number, c: number): number {
  const [at, bt, ct] = [a * cols, b * cols, c * cols];
  let first = 0;
  let second = 0;
  for (let p = 0; p < cols; p++) {
    first += (data[bt + p] - data[at + p]) ** 2;
    second += (data[ct + p] - data[bt + p]) ** 2;
  }
  const [u, v] = [Math.sqrt(first), Math.sqrt(second)];
  if (u === 0 || v === 0) return Number.NaN;
  let difference = 0;
  let sum = 0;
  for (let p = 0; p < cols; p++) {
    const before = (data[bt + p] - data[at + p]) / u;
    const after = (data[ct + p] - data[bt + p]) / v;
    difference += (before - after) ** 2;
    sum += (before + after) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(difference), Math.sqrt(sum));
}
