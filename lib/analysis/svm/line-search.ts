/** A one-vs-rest problem along a line: margins y (f + t g) of its rows, and what the penalty does there. */
export interface Line {
  /** +1 or -1 of each row. */
  readonly signs: Float64Array;
  /** f: scores of each row at t = 0. */
  readonly scores: Float64Array;
  /** g: by how much they change to t = 1. */
  readonly changes: Float64Array;
  /** Derivative of |w|^2 / 2 along the line is slope + t curvature. */
  readonly slope: number;
  readonly curvature: number;
  readonly C: number;
}

const mostSteps = 60;

/**
 * The t > 0 at which |w|^2 / 2 + C sum max(0, 1 - y (f + t g))^2 is least: the root of its derivative, which is piecewise
 * linear and rising, by Newton's method kept between bounds.
 */
export function bestStep(line: Line): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let t = 1;
  for (let step = 0; step < mostSteps; step++) {
    const { slope, curvature } = derivatives(line, t);
    if (slope > 0) high = t;
    else low = t;
    const next = t - slope / curvature;
    const inside = next > low && next < high;
    const moved = inside ? next : high === Number.POSITIVE_INFINITY ? 2 * t : (low + high) / 2;
    if (Math.abs(moved - t) <= 1e-12 * t) return moved;
    t = moved;
  }
  return t;
}

function derivatives(
  { signs, scores, changes, slope, curvature, C }: Line,
  t: number,
): { slope: number; curvature: number } {
  let first = 0;
  let second = 0;
  for (let i = 0; i < signs.length; i++) {
    const change = changes[i];
    const missing = 1 - signs[i] * (scores[i] + t * change);
    if (missing <= 0) continue;
    first -= signs[i] * missing * change;
    second += change * change;
  }
  return { slope: slope + t * curvature + 2 * C * first, curvature: curvature + 2 * C * second };
}
