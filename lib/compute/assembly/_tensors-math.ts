// Elementary functions of four float32 numbers at once. Constants are literals: this module has no data of its own.
import { madd } from "./_tensors-basics";

/** e^x of x <= 0, relative error below 2e-7 down to -86.5 (below: that of -86.5). NaN gives no NaN. */
@inline export function expOfNegative(value: v128): v128 {
  const x = f32x4.pmax(value, f32x4.splat(-86.5));
  // Adding and subtracting 1.5 * 2^23 rounds to whole numbers, and leaves them in the low bits of the sum.
  const shifter = f32x4.splat(12582912);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), shifter);
  const n = f32x4.sub(shifted, shifter);
  // ln 2 in two parts: the first has few digits, so that its multiples are exact.
  let r = madd(n, f32x4.splat(-0.693359375), x);
  r = madd(n, f32x4.splat(2.12194440e-4), r);
  // Cephes' polynomial for float32.
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(0.5));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), f32x4.splat(1));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** The same; NaN stays NaN. */
@inline export function expOfNegativeOrNan(x: v128): v128 {
  return v128.bitselect(expOfNegative(x), x, f32x4.eq(x, x));
}

/** e^(-x^2 / 2). */
@inline export function bell(x: v128): v128 {
  return expOfNegative(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/**
 * The standard normal distribution function, given `bell(x)`. The upper tail over the bell is a polynomial in
 * 1 / (1 + .28 |x|), the form of Abramowitz and Stegun 7.1.26, fitted anew: (1 + |x|) times its error is below 1.5e-8.
 */
@inline export function normalShare(x: v128, bellOfX: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, madd(f32x4.splat(0.28), f32x4.abs(x), one));
  let p = madd(f32x4.splat(-0.10655133337844), t, f32x4.splat(0.39295601288910));
  p = madd(p, t, f32x4.splat(-0.24207545916339));
  p = madd(p, t, f32x4.splat(0.27307345975155));
  p = madd(p, t, f32x4.splat(0.06580270163440));
  p = madd(p, t, f32x4.splat(0.11679460343392));
  const tail = f32x4.mul(f32x4.mul(p, t), bellOfX);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
