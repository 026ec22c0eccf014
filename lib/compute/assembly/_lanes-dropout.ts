// Inverted dropout: every model has its own generator and rate, and draws once a value whatever its rate is, so that a
// model's masks depend on nothing but its own seed.
import { RANDOM, address, field, shift } from "./_lanes-records";

// Fields of a dropout record. THRESHOLD and SCALE are addresses of one v128 each.
@inline const VALUES = 1;
@inline const VALUE_ROW = 2;
@inline const GRADIENTS = 3;
@inline const ROW_BYTES = 4;
@inline const ROW_COUNT = 5;
@inline const MASKS = 6;
@inline const THRESHOLD = 7;
@inline const SCALE = 8;

/** Draws masks (0 or 1 / (1 - rate)), keeps them, and applies them. */
export function drop(layer: usize): void {
  const bytes = address(layer, ROW_BYTES);
  const threshold = v128.load(address(layer, THRESHOLD));
  const scale = v128.load(address(layer, SCALE));
  let values = address(layer, VALUES) + shift;
  let mask = address(layer, MASKS) + shift;
  // xoshiro128+ (Blackman and Vigna 2018), one a lane.
  let s0 = v128.load(RANDOM);
  let s1 = v128.load(RANDOM, 16);
  let s2 = v128.load(RANDOM, 32);
  let s3 = v128.load(RANDOM, 48);
  for (let row = 0; row < field(layer, ROW_COUNT); row++) {
    const end = values + bytes;
    for (let i = values; i < end; i += 16) {
      const kept = v128.and(scale, i32x4.ge_u(i32x4.add(s0, s3), threshold));
      const t = i32x4.shl(s1, 9);
      s2 = v128.xor(s2, s0);
      s3 = v128.xor(s3, s1);
      s1 = v128.xor(s1, s2);
      s0 = v128.xor(s0, s3);
      s2 = v128.xor(s2, t);
      s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
      v128.store(mask, kept);
      v128.store(i, f32x4.mul(v128.load(i), kept));
      mask += 16;
    }
    values += address(layer, VALUE_ROW);
  }
  v128.store(RANDOM, s0);
  v128.store(RANDOM, s1, 16);
  v128.store(RANDOM, s2, 32);
  v128.store(RANDOM, s3, 48);
}

/** Applies the kept masks to the gradients. */
export function dropBack(layer: usize): void {
  let gradient = address(layer, GRADIENTS) + shift;
  let mask = address(layer, MASKS) + shift;
  const end = gradient + <usize>field(layer, ROW_COUNT) * address(layer, ROW_BYTES);
  for (; gradient < end; gradient += 16) {
    v128.store(gradient, f32x4.mul(v128.load(gradient), v128.load(mask)));
    mask += 16;
  }
}
