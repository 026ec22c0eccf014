import type { Pacer } from "./pacer.js";
import { dot, norm } from "./vectors.js";

/** Writes the gradient at a point and gives the value there. */
export type ValueAndGradient = (point: Float64Array, gradient: Float64Array) => Promise<number>;

export interface LbfgsOptions {
  /** Stops once the gradient's Euclidean norm is at most this. */
  readonly tolerance: number;
  /** Most iterations. */
  readonly iterations: number;
  /** Paused between evaluations when due. */
  readonly pacer: Pacer;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  /** False when the iterations ran out, or no step made the value less, before the gradient was small. */
  readonly converged: boolean;
}

/** Steps of the past that the inverse Hessian is modelled by. */
const memory = 20;
/** Halvings of a step before the search gives up. */
const mostHalvings = 40;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly rho: number;
}

/**
 * Minimises a smooth convex function by L-BFGS (Nocedal and Wright 2006, algorithm 7.5) with a backtracking line search
 * (Armijo's condition). Deterministic.
 * @throws InterruptedError
 */
export async function minimise(
  evaluate: ValueAndGradient,
  start: Float64Array,
  { tolerance, iterations, pacer }: LbfgsOptions,
): Promise<LbfgsResult> {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = await evaluate(point, gradient);
  const pairs: Pair[] = [];
  let iteration = 0;
  let isStuck = false;
  while (!isStuck && norm(gradient) > tolerance && iteration < iterations) {
    const direction = descent(gradient, pairs);
    const next = await lineSearch(evaluate, { point, value, gradient }, direction, pairs.length === 0, pacer);
    iteration++;
    isStuck = next === undefined;
    if (!next) break;
    remember(pairs, point, next.point, gradient, next.gradient);
    ({ point, value, gradient } = next);
  }
  const gradientNorm = norm(gradient);
  return { point, value, gradientNorm, iterations: iteration, converged: gradientNorm <= tolerance };
}

interface Place {
  readonly point: Float64Array<ArrayBuffer>;
  readonly value: number;
  readonly gradient: Float64Array<ArrayBuffer>;
}

/** Halves the step until the value falls enough; undefined when rounding hides any fall. */
async function lineSearch(
  evaluate: ValueAndGradient,
  from: Place,
  direction: Float64Array,
  isFirst: boolean,
  pacer: Pacer,
): Promise<Place | undefined> {
  const slope = dot(from.gradient, direction);
  // Sums of many terms are known to about this much: less cannot be asked of a step near the minimum.
  const slack = 1e-15 * Math.abs(from.value);
  let step = isFirst ? Math.min(1, 1 / norm(from.gradient)) : 1;
  for (let halving = 0; halving < mostHalvings; halving++, step /= 2) {
    const point = from.point.map((x, i) => x + step * direction[i]);
    const gradient = new Float64Array(point.length);
    const value = await evaluate(point, gradient);
    if (pacer.due()) await pacer.pause();
    if (value <= from.value + 1e-4 * step * slope + slack) return { point, value, gradient };
  }
  return undefined;
}

/** Minus the modelled inverse Hessian times the gradient: the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const out = gradient.map((g) => -g);
  const shares: number[] = [];
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { step, change, rho } = pairs[k];
    shares[k] = rho * dot(step, out);
    addScaled(out, change, -shares[k]);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < out.length; i++) out[i] *= scale;
  }
  pairs.forEach(({ step, change, rho }, k) => {
    addScaled(out, step, shares[k] - rho * dot(change, out));
  });
  return out;
}

/** Keeps the last steps whose curvature is positive beyond rounding. */
function remember(
  pairs: Pair[],
  from: Float64Array,
  to: Float64Array,
  gradientFrom: Float64Array,
  gradientTo: Float64Array,
): void {
  const step = to.map((x, i) => x - from[i]);
  const change = gradientTo.map((g, i) => g - gradientFrom[i]);
  const curvature = dot(step, change);
  if (!(curvature > 1e-14 * norm(step) * norm(change))) return;
  pairs.push({ step, change, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

function addScaled(out: Float64Array, a: Float64Array, scale: number): void {
  for (let i = 0; i < out.length; i++) out[i] += scale * a[i];
}
