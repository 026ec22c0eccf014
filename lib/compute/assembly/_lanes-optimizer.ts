// Optimisers as torch (1.13) takes their steps, over all packed weights once a batch's gradients are complete. Plain SGD
// with momentum is not here: its step is taken where the gradient is still in registers (_lanes-weights.ts).
import * as at from "./_lanes-records";
import { madd, nmadd } from "./_lanes-records";

/** Kinds as the planner writes them. */
@inline export const FUSED_SGD = 0;
@inline const NESTEROV = 1;
@inline const ADAM = 2;
@inline const ADAMW = 3;

/**
 * One step of four models.
 * @param weights first packed weight; `bytes` of them
 * @param toGradient, toFirst, toSecond distances from a weight to its gradient and to the optimiser's two moments
 */
export function optimise(kind: i32, weights: usize, bytes: usize, toGradient: usize, toFirst: usize, toSecond: usize): void {
  if (kind == NESTEROV) nesterov(weights, bytes, toGradient, toFirst);
  else if (kind == ADAM) adam(weights, bytes, toGradient, toFirst, toSecond, false);
  else if (kind == ADAMW) adam(weights, bytes, toGradient, toFirst, toSecond, true);
  else rootMeanSquare(weights, bytes, toGradient, toFirst, toSecond);
}

/** g += wd w; v = m v + g; w -= lr (g + m v). */
function nesterov(weights: usize, bytes: usize, toGradient: usize, toFirst: usize): void {
  const rate = v128.load(at.RATE);
  const momentum = v128.load(at.MOMENTUM);
  const decay = v128.load(at.DECAY);
  const end = weights + bytes;
  for (let w = weights; w < end; w += 16) {
    const value = v128.load(w);
    const g = madd(decay, value, v128.load(w + toGradient));
    const v = madd(momentum, v128.load(w + toFirst), g);
    v128.store(w + toFirst, v);
    v128.store(w, nmadd(rate, madd(momentum, v, g), value));
  }
}

/** Bias corrections are taken in double precision, as torch does. */
function correct(): void {
  for (let lane: usize = 0; lane < 4; lane++) {
    const wide = lane << 3;
    const narrow = lane << 2;
    const first = load<f64>(at.BETA1_POWER + wide) * load<f64>(at.BETA1_EXACT + wide);
    const second = load<f64>(at.BETA2_POWER + wide) * load<f64>(at.BETA2_EXACT + wide);
    store<f64>(at.BETA1_POWER + wide, first);
    store<f64>(at.BETA2_POWER + wide, second);
    store<f32>(at.STEP_SIZE + narrow, <f32>(load<f64>(at.RATE_EXACT + wide) / (1 - first)));
    store<f32>(at.ROOT_CORRECTION + narrow, <f32>sqrt<f64>(1 - second));
  }
}

/** m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) g^2; w -= step m / (sqrt(s) / root + epsilon). */
function adam(weights: usize, bytes: usize, toGradient: usize, toFirst: usize, toSecond: usize, decoupled: bool): void {
  correct();
  const beta1 = v128.load(at.BETA1);
  const beta2 = v128.load(at.BETA2);
  const new1 = v128.load(at.ONE_MINUS_BETA1);
  const new2 = v128.load(at.ONE_MINUS_BETA2);
  const decay = v128.load(at.DECAY);
  const shrink = f32x4.sub(v128.load(at.ONE), f32x4.mul(v128.load(at.RATE), decay));
  const step = v128.load(at.STEP_SIZE);
  const root = v128.load(at.ROOT_CORRECTION);
  const epsilon = v128.load(at.EPSILON);
  const end = weights + bytes;
  for (let w = weights; w < end; w += 16) {
    let value = v128.load(w);
    let g = v128.load(w + toGradient);
    if (decoupled) value = f32x4.mul(value, shrink);
    else g = madd(decay, value, g);
    const m = madd(new1, g, f32x4.mul(beta1, v128.load(w + toFirst)));
    const s = madd(f32x4.mul(new2, g), g, f32x4.mul(beta2, v128.load(w + toSecond)));
    v128.store(w + toFirst, m);
    v128.store(w + toSecond, s);
    const scale = f32x4.add(f32x4.div(f32x4.sqrt(s), root), epsilon);
    v128.store(w, nmadd(step, f32x4.div(m, scale), value));
  }
}

/** s = a s + (1 - a) g^2; v = m v + g / (sqrt(s) + epsilon); w -= lr v. Alpha stands in beta2's place. */
function rootMeanSquare(weights: usize, bytes: usize, toGradient: usize, toFirst: usize, toSecond: usize): void {
  const alpha = v128.load(at.BETA2);
  const fresh = v128.load(at.ONE_MINUS_BETA2);
  const momentum = v128.load(at.MOMENTUM);
  const decay = v128.load(at.DECAY);
  const rate = v128.load(at.RATE);
  const epsilon = v128.load(at.EPSILON);
  const end = weights + bytes;
  for (let w = weights; w < end; w += 16) {
    const value = v128.load(w);
    const g = madd(decay, value, v128.load(w + toGradient));
    const s = madd(f32x4.mul(fresh, g), g, f32x4.mul(alpha, v128.load(w + toSecond)));
    v128.store(w + toSecond, s);
    const step = f32x4.div(g, f32x4.add(f32x4.sqrt(s), epsilon));
    const v = madd(momentum, v128.load(w + toFirst), step);
    v128.store(w + toFirst, v);
    v128.store(w, nmadd(rate, v, value));
  }
}
