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

// Numbers of the four models: one v128 each, written by the host.
@inline export const RATE: usize = 1536;
@inline export const MOMENTUM: usize = 1552;
@inline export const DECAY: usize = 1568;
@inline export const PIXEL_SCALE: usize = 1584;
@inline export const PIXEL_SHIFT: usize = 1600;

/** Labels of the samples in hand: four i32 a sample. */
@inline export const LABELS: usize = 1664;
/** The plan's record; layer records are listed by it. */
@inline export const PLAN: usize = 2048;

@inline export function field(record: usize, place: usize): i32 {
  return load<i32>(record + (place << 2));
}

@inline export function address(record: usize, place: usize): usize {
  return <usize>load<u32>(record + (place << 2));
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
}
