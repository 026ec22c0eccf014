// Elementary functions of four numbers at once, in float32: relative errors of 1e-7 to 5e-7 (tests hold them).
import * as at from "./_lanes-records";
import { madd } from "./_lanes-records";

/** e^x, relative error below 2e-7 for -86.5 <= x <= 88 (beyond: clamped; NaN stays NaN). Cephes' polynomial. */
@inline export function exp(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, v128.load(at.EXP_HIGH)), v128.load(at.EXP_LOW));
  const shifter = v128.load(at.ROUND);
  const shifted = f32x4.add(f32x4.mul(x, v128.load(at.LOG2E)), shifter);
  const n = f32x4.sub(shifted, shifter);
  let r = f32x4.sub(x, f32x4.mul(n, v128.load(at.LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load(at.LN2_LOW)));
  let p = madd(v128.load(at.EXP_5), r, v128.load(at.EXP_4));
  p = madd(p, r, v128.load(at.EXP_3));
  p = madd(p, r, v128.load(at.EXP_2));
  p = madd(p, r, v128.load(at.EXP_1));
  p = madd(p, r, v128.load(at.HALF));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), v128.load(at.ONE));
  // The low bits of `shifted` hold n; 2^n is added to the exponent, so NaN must be put back.
  const scaled = i32x4.add(p, i32x4.shl(shifted, 23));
  return v128.bitselect(scaled, value, f32x4.eq(value, value));
}

/** ln x of normal positive x (others: unspecified, but NaN stays NaN and infinity stays above 88). */
@inline export function log(value: v128): v128 {
  const exponent = i32x4.sub(i32x4.shr_u(value, 23), i32x4.splat(126));
  let m = v128.or(v128.and(value, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  let e = f32x4.convert_i32x4_s(exponent);
  // m in [1/2, 1): below sqrt(1/2) it is doubled, so that m - 1 is small on both sides.
  const one = v128.load(at.ONE);
  const low = f32x4.lt(m, v128.load(at.SQRT_HALF));
  e = f32x4.sub(e, v128.and(low, one));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), one);
  const z = f32x4.mul(m, m);
  let p = madd(v128.load(at.LOG_8), m, v128.load(at.LOG_7));
  p = madd(p, m, v128.load(at.LOG_6));
  p = madd(p, m, v128.load(at.LOG_5));
  p = madd(p, m, v128.load(at.LOG_4));
  p = madd(p, m, v128.load(at.LOG_3));
  p = madd(p, m, v128.load(at.LOG_2));
  p = madd(p, m, v128.load(at.LOG_1));
  p = madd(p, m, v128.load(at.LOG_0));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = madd(e, v128.load(at.LN2_LOW), y);
  y = f32x4.sub(y, f32x4.mul(v128.load(at.HALF), z));
  const result = madd(e, v128.load(at.LN2_HIGH), f32x4.add(m, y));
  return v128.bitselect(result, value, f32x4.eq(value, value));
}

@inline export function sigmoid(x: v128): v128 {
  const one = v128.load(at.ONE);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

@inline export function tanh(x: v128): v128 {
  // Near zero 1 - 2/(e^2x + 1) cancels: an odd polynomial there.
  const s = f32x4.mul(x, x);
  let p = madd(v128.load(at.TANH_5), s, v128.load(at.TANH_4));
  p = madd(p, s, v128.load(at.TANH_3));
  p = madd(p, s, v128.load(at.TANH_2));
  p = madd(p, s, v128.load(at.TANH_1));
  const near = madd(f32x4.mul(p, s), x, x);
  const two = v128.load(at.TWO);
  const one = v128.load(at.ONE);
  const far = f32x4.sub(one, f32x4.div(two, f32x4.add(one, exp(f32x4.mul(two, x)))));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), v128.load(at.TANH_EDGE)));
}

/** e^x - 1 of x <= 0, from tanh(x / 2) so that nothing cancels near zero. */
@inline export function expMinusOne(x: v128): v128 {
  const t = tanh(f32x4.mul(x, v128.load(at.HALF)));
  return f32x4.div(f32x4.mul(v128.load(at.TWO), t), f32x4.sub(v128.load(at.ONE), t));
}

/** e^(-x^2 / 2). */
@inline export function bell(x: v128): v128 {
  return exp(f32x4.neg(f32x4.mul(f32x4.mul(x, x), v128.load(at.HALF))));
}

/** The standard normal distribution function, given `bell(x)`. */
@inline export function normalShare(x: v128, bellOfX: v128): v128 {
  const one = v128.load(at.ONE);
  const half = v128.load(at.HALF);
  const z = f32x4.mul(f32x4.abs(x), v128.load(at.SQRT_HALF));
  const t = f32x4.div(one, madd(half, z, one));
  let p = madd(v128.load(at.ERFC_9), t, v128.load(at.ERFC_8));
  p = madd(p, t, v128.load(at.ERFC_7));
  p = madd(p, t, v128.load(at.ERFC_6));
  p = madd(p, t, v128.load(at.ERFC_5));
  p = madd(p, t, v128.load(at.ERFC_4));
  p = madd(p, t, v128.load(at.ERFC_3));
  p = madd(p, t, v128.load(at.ERFC_2));
  p = madd(p, t, v128.load(at.ERFC_1));
  p = madd(p, t, v128.load(at.ERFC_0));
  const tail = f32x4.mul(f32x4.mul(half, t), f32x4.mul(exp(p), bellOfX));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
