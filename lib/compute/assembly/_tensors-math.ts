// Elementary functions of four float32 numbers at once. Their constants lie in memory that the host gives: loading them
// is faster than literals (`powerOfTwo`: 1.8 against 2.3 ns for four numbers on Node 20). `at` is the table's address,
// read once a kernel (`constants()`).
import { madd } from "./_tensors-basics";

@inline const LOWEST = 0;
@inline const SHIFTER = 16;
@inline const POWER_5 = 32;
@inline const POWER_4 = 48;
@inline const POWER_3 = 64;
@inline const POWER_2 = 80;
@inline const POWER_1 = 96;
@inline const ONE = 112;
@inline const BELL = 128;
@inline const NEARNESS = 144;
@inline const TAIL_5 = 160;
@inline const TAIL_4 = 176;
@inline const TAIL_3 = 192;
@inline const TAIL_2 = 208;
@inline const TAIL_1 = 224;
@inline const TAIL_0 = 240;
@inline export const GAUSS = 256;

/** log2(e): e^x is 2^(LOG2E x). */
@inline export const LOG2E: f32 = 1.44269504088896341;

let table: usize = 0;

/** Address of the constants. */
@inline export function constants(): usize {
  return table;
}

/** Takes 512 bytes for the constants and writes them; call once, before any other kernel. */
export function initialise(room: usize): void {
  table = room;
  put(LOWEST, -127);
  // Adding and subtracting 1.5 * 2^23 rounds to whole numbers, and leaves them in the low bits of the sum; 127 more are
  // the bias of exponents.
  put(SHIFTER, 12583039);
  // 2^r - 1 on [-1/2, 1/2]: relative error of 2^r below 1e-7 (minimax).
  put(POWER_5, 0.001326471675);
  put(POWER_4, 0.009671513017);
  put(POWER_3, 0.05550733774);
  put(POWER_2, 0.2402224208);
  put(POWER_1, 0.6931469776);
  put(ONE, 1);
  // - log2(e) / 2.
  put(BELL, -0.721347520444482);
  // The tail of the normal distribution, see `normalShare`.
  put(NEARNESS, 0.28);
  put(TAIL_5, -0.10655133337844);
  put(TAIL_4, 0.39295601288910);
  put(TAIL_3, -0.24207545916339);
  put(TAIL_2, 0.27307345975155);
  put(TAIL_1, 0.06580270163440);
  put(TAIL_0, 0.11679460343392);
  // 1 / sqrt(2 pi).
  put(GAUSS, 0.398942280401432678);
}

@inline function put(place: usize, value: f32): void {
  v128.store(table + place, f32x4.splat(value));
}

/**
 * 2^x of x <= 0, relative error below 2e-7 down to -126, and 0 from -126.5 on. NaN stays NaN: it is a factor, whatever
 * the other one, made of its bits, may be.
 */
@inline export function powerOfTwo(at: usize, value: v128): v128 {
  const x = f32x4.pmax(value, v128.load(at, LOWEST));
  const shifter = v128.load(at, SHIFTER);
  const shifted = f32x4.add(x, shifter);
  const r = f32x4.sub(x, f32x4.sub(shifted, shifter));
  let p = madd(v128.load(at, POWER_5), r, v128.load(at, POWER_4));
  p = madd(p, r, v128.load(at, POWER_3));
  p = madd(p, r, v128.load(at, POWER_2));
  p = madd(p, r, v128.load(at, POWER_1));
  p = madd(p, r, v128.load(at, ONE));
  // The rounded number becomes an exponent; that of -127 is a zero's.
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

/** e^(-x^2 / 2); absolute error below 2e-7. */
@inline export function bell(at: usize, x: v128): v128 {
  return powerOfTwo(at, f32x4.mul(f32x4.mul(x, x), v128.load(at, BELL)));
}

/** a where the mask's lanes are all ones, b where they are zeros. */
@inline function choose(a: v128, b: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/**
 * The standard normal distribution function, given `bell(x)`. The upper tail over the bell is a polynomial in
 * 1 / (1 + .28 |x|), the form of Abramowitz and Stegun 7.1.26, fitted anew: (1 + |x|) times its error is below 1.5e-8.
 */
@inline export function normalShare(at: usize, x: v128, bellOfX: v128): v128 {
  const one = v128.load(at, ONE);
  const t = f32x4.div(one, madd(v128.load(at, NEARNESS), f32x4.abs(x), one));
  let p = madd(v128.load(at, TAIL_5), t, v128.load(at, TAIL_4));
  p = madd(p, t, v128.load(at, TAIL_3));
  p = madd(p, t, v128.load(at, TAIL_2));
  p = madd(p, t, v128.load(at, TAIL_1));
  p = madd(p, t, v128.load(at, TAIL_0));
  const tail = f32x4.mul(f32x4.mul(p, t), bellOfX);
  return choose(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
