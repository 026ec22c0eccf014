// Small pieces that the tensor kernels share.

/** a b + c: fused in the module built for relaxed SIMD, two roundings in the other. */
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Sum of the four numbers of a vector. */
@inline export function sumOf(x: v128): f32 {
  const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Writes `value` to `count` places. */
export function fill(target: usize, count: i32, value: f32): void {
  const vector = f32x4.splat(value);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(target + (<usize>i << 2), vector);
  for (; i < count; i++) store<f32>(target + (<usize>i << 2), value);
}

/** y = x, value by value. */
export function copy(x: usize, y: usize, count: i32): void {
  memory.copy(y, x, <usize>count << 2);
}
