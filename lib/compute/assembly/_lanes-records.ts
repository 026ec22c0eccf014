// Addresses and record fields shared by the lane kernels. The planner (lib/zoo/engine/records.ts) writes the same
// fields; every field is an i32, at 4 times its place in the planner's list.

// Constants live in memory: splatting them inside a loop costs more than loading them.
@inline export const ONE: usize = 1024;
@inline export const TWO: usize = 1040;
@inline export const HALF: usize = 1056;
@inline export const LEAK: usize = 1072;
@inline export const EXP_HIGH: usize = 1088;
@inline export const EXP_LOW: usize = 1104;
@inline export const LOG2E: usize = 1120;
@inline export const LN2_HIGH: usize = 1136;
@inline export const LN2_LOW: usize = 1152;
@inline export const EXP_5: usize = 1168;
@inline export const EXP_4: usize = 1184;
@inline export const EXP_3: usize = 1200;
@inline export const EXP_2: usize = 1216;
@inline export const EXP_1: usize = 1232;
@inline export const TANH_EDGE: usize = 1248;
@inline export const TANH_5: usize = 1264;
@inline export const TANH_4: usize = 1280;
@inline export const TANH_3: usize = 1296;
@inline export const TANH_2: usize = 1312;
@inline export const TANH_1: usize = 1328;
@inline export const ROUND: usize = 1344;
@inline export const SQRT_HALF: usize = 1360;
@inline export const LOG_8: usize = 1376;
@inline export const LOG_7: usize = 1392;
@inline export const LOG_6: usize = 1408;
@inline export const LOG_5: usize = 1424;
@inline export const LOG_4: usize = 1440;
@inline export const LOG_3: usize = 1456;
@inline export const LOG_2: usize = 1472;
@inline export const LOG_1: usize = 1488;
@inline export const LOG_0: usize = 1504;
@inline export const GAUSS: usize = 1520;
@inline export const ERFC_9: usize = 1536;
@inline export const ERFC_8: usize = 1552;
@inline export const ERFC_7: usize = 1568;
@inline export const ERFC_6: usize = 1584;
@inline export const ERFC_5: usize = 1600;
@inline export const ERFC_4: usize = 1616;
@inline export const ERFC_3: usize = 1632;
@inline export const ERFC_2: usize = 1648;
@inline export const ERFC_1: usize = 1664;
@inline export const ERFC_0: usize = 1680;
@inline export const NORM_EPSILON: usize = 1696;
@inline export const NORM_OLD: usize = 1712;
@inline export const NORM_NEW: usize = 1728;

// Numbers of the four models: one v128 each, written by the host (the last two by the kernels, at every step).
@inline export const RATE: usize = 1792;
@inline export const MOMENTUM: usize = 1808;
@inline export const DECAY: usize = 1824;
@inline export const BETA1: usize = 1840;
@inline export const BETA2: usize = 1856;
@inline export const ONE_MINUS_BETA1: usize = 1872;
@inline export const ONE_MINUS_BETA2: usize = 1888;
@inline export const EPSILON: usize = 1904;
@inline export const PIXEL_SCALE: usize = 1920;
@inline export const PIXEL_SHIFT: usize = 1936;
@inline export const STEP_SIZE: usize = 1952;
@inline export const ROOT_CORRECTION: usize = 1968;

// Four f64 each: what Adam's bias correction needs exactly, and its powers beta1^t and beta2^t.
@inline export const RATE_EXACT: usize = 1984;
@inline export const BETA1_EXACT: usize = 2016;
@inline export const BETA2_EXACT: usize = 2048;
@inline export const BETA1_POWER: usize = 2080;
@inline export const BETA2_POWER: usize = 2112;
/** State of the four models' generators of dropout masks: four v128. */
@inline export const RANDOM: usize = 2144;

/** Room for a check of the arithmetic. */
@inline export const CHECK: usize = 2208;

/** The plan's record; layer records are listed by it. */
@inline export const PLAN: usize = 2304;

@inline export function field(record: usize, place: usize): i32 {
  return load<i32>(record + (place << 2));
}

@inline export function address(record: usize, place: usize): usize {
  return <usize>load<u32>(record + (place << 2));
}

/** Distance in bytes to the buffers of the group of samples in hand; groups other than the first exist with batch norm. */
export let shift: usize = 0;
export function setShift(bytes: usize): void {
  shift = bytes;
}

/** a b + c: fused where the module is built for relaxed SIMD, two roundings otherwise. */
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** c - a b, in the same manner. */
@inline export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

function put(at: usize, value: f32): void {
  v128.store(at, f32x4.splat(value));
}

/** Writes the constants; call once a memory. */
export function initialise(): void {
  put(ONE, 1);
  put(TWO, 2);
  put(HALF, 0.5);
  put(LEAK, 0.01);
  put(EXP_HIGH, 88);
  put(EXP_LOW, -86.5);
  put(LOG2E, 1.44269504088896341);
  // ln 2 in two parts: the first has few digits, so that its multiples are exact.
  put(LN2_HIGH, 0.693359375);
  put(LN2_LOW, -2.12194440e-4);
  // Taylor's coefficients suffice on [-ln2/2, ln2/2] once the last are adjusted (minimax).
  put(EXP_5, 1.9875691500e-4);
  put(EXP_4, 1.3981999507e-3);
  put(EXP_3, 8.3334519073e-3);
  put(EXP_2, 4.1665795894e-2);
  put(EXP_1, 1.6666665459e-1);
  put(TANH_EDGE, 0.625);
  put(TANH_5, -5.70498872745e-3);
  put(TANH_4, 2.06390887954e-2);
  put(TANH_3, -5.37397155531e-2);
  put(TANH_2, 1.33314422036e-1);
  put(TANH_1, -3.33332819422e-1);
  // Adding and subtracting 1.5 * 2^23 rounds to whole numbers.
  put(ROUND, 12582912);
  // ln on [sqrt(1/2), sqrt(2)): Cephes' polynomial.
  put(SQRT_HALF, 0.707106781186547524);
  put(LOG_8, 7.0376836292e-2);
  put(LOG_7, -1.1514610310e-1);
  put(LOG_6, 1.1676998740e-1);
  put(LOG_5, -1.2420140846e-1);
  put(LOG_4, 1.4249322787e-1);
  put(LOG_3, -1.6668057665e-1);
  put(LOG_2, 2.0000714765e-1);
  put(LOG_1, -2.4999993993e-1);
  put(LOG_0, 3.3333331174e-1);
  // 1 / sqrt(2 pi).
  put(GAUSS, 0.398942280401432678);
  // erfc's Chebyshev fit (Press et al., Numerical Recipes): relative error below 1.2e-7 everywhere.
  put(ERFC_9, 0.17087277);
  put(ERFC_8, -0.82215223);
  put(ERFC_7, 1.48851587);
  put(ERFC_6, -1.13520398);
  put(ERFC_5, 0.27886807);
  put(ERFC_4, -0.18628806);
  put(ERFC_3, 0.09678418);
  put(ERFC_2, 0.37409196);
  put(ERFC_1, 1.00002368);
  put(ERFC_0, -1.26551223);
  // Batch norm as torch's: epsilon, and how running statistics follow.
  put(NORM_EPSILON, 1e-5);
  put(NORM_OLD, 0.9);
  put(NORM_NEW, 0.1);
}
