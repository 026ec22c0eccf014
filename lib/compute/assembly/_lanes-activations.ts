// Activations of four models at once, in place, and their derivatives written with the activation's own value.
import * as at from "./_lanes-records";

/** e^x, relative error below 2e-7 for -87 <= x <= 88 (beyond: clamped; NaN stays NaN). Cephes' polynomial. */
@inline function exp(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, v128.load(at.EXP_HIGH)), v128.load(at.EXP_LOW));
  const shifter = v128.load(at.ROUND);
  const shifted = f32x4.add(f32x4.mul(x, v128.load(at.LOG2E)), shifter);
  const n = f32x4.sub(shifted, shifter);
  let r = f32x4.sub(x, f32x4.mul(n, v128.load(at.LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load(at.LN2_LOW)));
  let p = f32x4.add(f32x4.mul(v128.load(at.EXP_5), r), v128.load(at.EXP_4));
  p = f32x4.add(f32x4.mul(p, r), v128.load(at.EXP_3));
  p = f32x4.add(f32x4.mul(p, r), v128.load(at.EXP_2));
  p = f32x4.add(f32x4.mul(p, r), v128.load(at.EXP_1));
  p = f32x4.add(f32x4.mul(p, r), v128.load(at.HALF));
  p = f32x4.add(f32x4.mul(f32x4.mul(p, r), r), f32x4.add(r, v128.load(at.ONE)));
  // The low bits of `shifted` hold n; 2^n is added to the exponent, so NaN must be put back.
  const scaled = i32x4.add(p, i32x4.shl(shifted, 23));
  return v128.bitselect(scaled, value, f32x4.eq(value, value));
}

@inline function sigmoid(x: v128): v128 {
  const one = v128.load(at.ONE);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

@inline function tanh(x: v128): v128 {
  // Near zero 1 - 2/(e^2x + 1) cancels: an odd polynomial there.
  const s = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(v128.load(at.TANH_5), s), v128.load(at.TANH_4));
  p = f32x4.add(f32x4.mul(p, s), v128.load(at.TANH_3));
  p = f32x4.add(f32x4.mul(p, s), v128.load(at.TANH_2));
  p = f32x4.add(f32x4.mul(p, s), v128.load(at.TANH_1));
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(p, s), x));
  const two = v128.load(at.TWO);
  const one = v128.load(at.ONE);
  const far = f32x4.sub(one, f32x4.div(two, f32x4.add(one, exp(f32x4.mul(two, x)))));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), v128.load(at.TANH_EDGE)));
}

/** Kinds as the planner writes them. */
@inline const SIGMOID = 0;
@inline const TANH = 1;
@inline const RELU = 2;

/** Applies an activation to `bytes` bytes, in place. */
export function activate(kind: i32, values: usize, bytes: usize): void {
  const end = values + bytes;
  if (kind == SIGMOID) {
    for (let i = values; i < end; i += 16) v128.store(i, sigmoid(v128.load(i)));
  } else if (kind == TANH) {
    for (let i = values; i < end; i += 16) v128.store(i, tanh(v128.load(i)));
  } else if (kind == RELU) {
    for (let i = values; i < end; i += 16) v128.store(i, f32x4.max(v128.load(i), f32x4.splat(0)));
  } else {
    const slope = v128.load(at.LEAK);
    for (let i = values; i < end; i += 16) {
      const x = v128.load(i);
      const positive = f32x4.gt(x, f32x4.splat(0));
      v128.store(i, v128.bitselect(x, f32x4.mul(x, slope), positive));
    }
  }
}

/** Multiplies gradients by the activation's derivative, given the activation's values. */
export function activateBack(kind: i32, values: usize, gradients: usize, bytes: usize): void {
  const delta = gradients - values;
  const end = values + bytes;
  if (kind == SIGMOID) {
    for (let i = values; i < end; i += 16) {
      const y = v128.load(i);
      const slope = f32x4.mul(y, f32x4.sub(v128.load(at.ONE), y));
      v128.store(i + delta, f32x4.mul(v128.load(i + delta), slope));
    }
  } else if (kind == TANH) {
    for (let i = values; i < end; i += 16) {
      const y = v128.load(i);
      const slope = f32x4.sub(v128.load(at.ONE), f32x4.mul(y, y));
      v128.store(i + delta, f32x4.mul(v128.load(i + delta), slope));
    }
  } else if (kind == RELU) {
    for (let i = values; i < end; i += 16) {
      const positive = f32x4.gt(v128.load(i), f32x4.splat(0));
      v128.store(i + delta, v128.and(v128.load(i + delta), positive));
    }
  } else {
    const slope = v128.load(at.LEAK);
    for (let i = values; i < end; i += 16) {
      const g = v128.load(i + delta);
      const positive = f32x4.gt(v128.load(i), f32x4.splat(0));
      v128.store(i + delta, v128.bitselect(g, f32x4.mul(g, slope), positive));
    }
  }
}
