// Dropout masks as a pure function of two keys and the place of a value: two rounds of MurmurHash3's finaliser. The
// same integers come out in lib/compute/tensors/ops/dropout-mask.ts.
import { loadPart, storePart } from "./_tensors-edges";

/** y = x scale where hash(place) >= threshold (unsigned), else x 0; y may be x. */
export function dropout(
  x: usize, y: usize, count: i32, firstKey: i32, secondKey: i32, threshold: i32, scale: f32,
): void {
  const toY = y - x;
  const end = x + (<usize>(count & ~3) << 2);
  const rest = count & 3;
  const least = i32x4.splat(threshold);
  const factor = f32x4.splat(scale);
  const second = i32x4.splat(secondKey);
  let place = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(firstKey));
  let i = x;
  for (; i < end; i += 16) {
    const kept = i32x4.ge_u(hash(place, second), least);
    v128.store(i + toY, f32x4.mul(v128.load(i), v128.and(kept, factor)));
    place = i32x4.add(place, i32x4.splat(4));
  }
  if (rest) {
    const kept = i32x4.ge_u(hash(place, second), least);
    storePart(i + toY, f32x4.mul(loadPart(i, rest, 0), v128.and(kept, factor)), rest);
  }
}

@inline function hash(place: v128, key: v128): v128 {
  return scramble(v128.xor(scramble(place), key));
}

@inline function scramble(value: v128): v128 {
  let h = v128.xor(value, i32x4.shr_u(value, 16));
  h = i32x4.mul(h, i32x4.splat(0x85ebca6b));
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}
