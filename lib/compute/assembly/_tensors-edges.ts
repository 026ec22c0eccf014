// Rows whose length is no multiple of four: their last one to three values as a vector, and reductions over lanes.

/** The `count` (1 to 3) values at an address; the other lanes hold `rest`. */
@inline export function loadPart(at: usize, count: i32, rest: f32): v128 {
  let x = v128.load32_lane(at, f32x4.splat(rest), 0);
  if (count > 1) x = v128.load32_lane(at + 4, x, 1);
  if (count > 2) x = v128.load32_lane(at + 8, x, 2);
  return x;
}

/** Writes the first `count` (1 to 3) lanes. */
@inline export function storePart(at: usize, x: v128, count: i32): void {
  v128.store32_lane(at, x, 0);
  if (count > 1) v128.store32_lane(at + 4, x, 1);
  if (count > 2) v128.store32_lane(at + 8, x, 2);
}

/** Keeps the first `count` (1 to 3) lanes, zeroes the others. */
@inline export function keepPart(x: v128, count: i32): v128 {
  return v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

/**
 * Largest value of a row of `body` bytes and `rest` values; NaN is passed over (-Infinity where nothing else is). `pmax` is one instruction, where V8
 * needs eight in a row for `max`.
 */
@inline export function largestIn(x: usize, body: usize, rest: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  let i: usize = 0;
  for (; i + 32 <= body; i += 32) {
    a = f32x4.pmax(a, v128.load(x + i));
    b = f32x4.pmax(b, v128.load(x + i, 16));
  }
  if (i < body) a = f32x4.pmax(a, v128.load(x + i));
  if (rest) b = f32x4.pmax(b, loadPart(x + body, rest, -Infinity));
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max<f32>(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1));
}

/** The sums of four vectors, as one vector: ten operations instead of twelve and three insertions. */
@inline export function fourSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
  const cd = f32x4.add(
    i8x16.shuffle(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
  return f32x4.add(
    i8x16.shuffle(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
    i8x16.shuffle(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  );
}
