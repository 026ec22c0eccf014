// GELU (exact) and ReLU over contiguous values, in place where asked to.
import { madd } from "./_tensors-basics";
import { loadPart, storePart } from "./_tensors-edges";
import { GAUSS, bell, constants, normalShare } from "./_tensors-math";

/** y = x Phi(x); `derivative` receives dy / dx unless it is 0. y may be x. */
export function geluForward(x: usize, y: usize, derivative: usize, count: i32): void {
  const toY = y - x;
  const at = constants();
  const end = x + (<usize>(count & ~3) << 2);
  const rest = count & 3;
  let i = x;
  if (derivative == 0) {
    for (; i < end; i += 16) {
      const value = v128.load(i);
      v128.store(i + toY, f32x4.mul(value, normalShare(at, value, bell(at, value))));
    }
    if (rest) {
      const value = loadPart(i, rest, 0);
      storePart(i + toY, f32x4.mul(value, normalShare(at, value, bell(at, value))), rest);
    }
    return;
  }
  const toDerivative = derivative - x;
  for (; i < end; i += 16) {
    const value = v128.load(i);
    const density = bell(at, value);
    const share = normalShare(at, value, density);
    v128.store(i + toDerivative, slope(at, value, density, share));
    v128.store(i + toY, f32x4.mul(value, share));
  }
  if (rest) {
    const value = loadPart(i, rest, 0);
    const density = bell(at, value);
    const share = normalShare(at, value, density);
    storePart(i + toDerivative, slope(at, value, density, share), rest);
    storePart(i + toY, f32x4.mul(value, share), rest);
  }
}

/** GELU's derivative: Phi(x) + x phi(x). */
@inline function slope(at: usize, x: v128, density: v128, share: v128): v128 {
  return madd(f32x4.mul(x, v128.load(at, GAUSS)), density, share);
}

/** c = a b, value by value; c may be a or b. */
export function multiply(a: usize, b: usize, c: usize, count: i32): void {
  const toB = b - a;
  const toC = c - a;
  const end = a + (<usize>(count & ~3) << 2);
  const rest = count & 3;
  let i = a;
  for (; i < end; i += 16) v128.store(i + toC, f32x4.mul(v128.load(i), v128.load(i + toB)));
  if (rest) storePart(i + toC, f32x4.mul(loadPart(i, rest, 0), loadPart(i + toB, rest, 0)), rest);
}

/** y = max(x, 0); NaN stays. y may be x. */
export function reluForward(x: usize, y: usize, count: i32): void {
  const toY = y - x;
  const end = x + (<usize>(count & ~3) << 2);
  const rest = count & 3;
  let i = x;
  for (; i < end; i += 16) v128.store(i + toY, rectify(v128.load(i)));
  if (rest) storePart(i + toY, rectify(loadPart(i, rest, 0)), rest);
}

/** Zero where x < 0; `max` takes V8 eight instructions. */
@inline function rectify(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(x, f32x4.splat(0)));
}

/** dx = dy where y > 0, NaN where y is, else 0; y may be ReLU's input or output, dx may be dy. */
export function reluBackward(dy: usize, y: usize, dx: usize, count: i32): void {
  const toY = y - dy;
  const toX = dx - dy;
  const end = dy + (<usize>(count & ~3) << 2);
  const rest = count & 3;
  let i = dy;
  for (; i < end; i += 16) {
    v128.store(i + toX, opened(v128.load(i), v128.load(i + toY)));
  }
  if (rest) {
    storePart(i + toX, opened(loadPart(i, rest, 0), loadPart(i + toY, rest, 0)), rest);
  }
}

/** dy where y > 0; a mask of ones is NaN. */
@inline function opened(dy: v128, y: v128): v128 {
  return v128.or(v128.and(dy, f32x4.gt(y, f32x4.splat(0))), f32x4.ne(y, y));
}
