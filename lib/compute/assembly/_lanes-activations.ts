// Activations of four models at once, in place. Where a derivative cannot be had from the activation's own values, or
// a later layer overwrites these, the forward pass keeps it beside them ("slopes").
import { bell, expMinusOne, normalShare, sigmoid, tanh } from "./_lanes-math";
import * as at from "./_lanes-records";
import { madd } from "./_lanes-records";

/** Kinds as the planner writes them. */
@inline const SIGMOID = 0;
@inline const TANH = 1;
@inline const RELU = 2;
@inline const LEAKY_RELU = 3;
@inline const ELU = 4;
@inline const GELU = 5;

/** Applies an activation to `bytes` bytes, in place; `slopes` receives its derivatives unless it is 0. */
export function activate(kind: i32, values: usize, bytes: usize, slopes: usize): void {
  const end = values + bytes;
  if (kind >= GELU) {
    // Without room for slopes nothing asks for them: they land where the values are written next.
    activateSmooth(kind, values, bytes, slopes ? slopes : values);
    return;
  }
  if (kind == SIGMOID) {
    for (let i = values; i < end; i += 16) v128.store(i, sigmoid(v128.load(i)));
  } else if (kind == TANH) {
    for (let i = values; i < end; i += 16) v128.store(i, tanh(v128.load(i)));
  } else if (kind == RELU) {
    for (let i = values; i < end; i += 16) v128.store(i, f32x4.max(v128.load(i), f32x4.splat(0)));
  } else if (kind == LEAKY_RELU) {
    const slope = v128.load(at.LEAK);
    for (let i = values; i < end; i += 16) {
      const x = v128.load(i);
      v128.store(i, v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0))));
    }
  } else {
    for (let i = values; i < end; i += 16) {
      const x = v128.load(i);
      v128.store(i, v128.bitselect(x, expMinusOne(x), f32x4.gt(x, f32x4.splat(0))));
    }
  }
  if (slopes) {
    const toSlope = slopes - values;
    for (let i = values; i < end; i += 16) v128.store(i + toSlope, slopeAt(kind, v128.load(i)));
  }
}

/** GELU and SiLU: x times a share of one that depends on x. */
function activateSmooth(kind: i32, values: usize, bytes: usize, slopes: usize): void {
  const toSlope = slopes - values;
  const end = values + bytes;
  if (kind == GELU) {
    for (let i = values; i < end; i += 16) {
      const x = v128.load(i);
      const density = bell(x);
      const share = normalShare(x, density);
      v128.store(i + toSlope, madd(f32x4.mul(x, v128.load(at.GAUSS)), density, share));
      v128.store(i, f32x4.mul(x, share));
    }
  } else {
    const one = v128.load(at.ONE);
    for (let i = values; i < end; i += 16) {
      const x = v128.load(i);
      const share = sigmoid(x);
      v128.store(i + toSlope, f32x4.mul(share, madd(x, f32x4.sub(one, share), one)));
      v128.store(i, f32x4.mul(x, share));
    }
  }
}

/** The derivative where the activation (not GELU, SiLU) has the value y. */
@inline function slopeAt(kind: i32, y: v128): v128 {
  const one = v128.load(at.ONE);
  if (kind == SIGMOID) return f32x4.mul(y, f32x4.sub(one, y));
  if (kind == TANH) return f32x4.sub(one, f32x4.mul(y, y));
  const positive = f32x4.gt(y, f32x4.splat(0));
  if (kind == RELU) return v128.and(one, positive);
  if (kind == LEAKY_RELU) return v128.bitselect(one, v128.load(at.LEAK), positive);
  return v128.bitselect(one, f32x4.add(y, one), positive);
}

/** Multiplies gradients by the activation's derivative: by `slopes` unless it is 0, else from the values. */
export function activateBack(kind: i32, values: usize, gradients: usize, bytes: usize, slopes: usize): void {
  if (slopes) {
    const end = gradients + bytes;
    const toSlope = slopes - gradients;
    for (let i = gradients; i < end; i += 16) {
      v128.store(i, f32x4.mul(v128.load(i), v128.load(i + toSlope)));
    }
    return;
  }
  const delta = gradients - values;
  const end = values + bytes;
  // One loop a kind: the decision stays outside.
  if (kind == SIGMOID) {
    for (let i = values; i < end; i += 16) back(i, delta, slopeAt(SIGMOID, v128.load(i)));
  } else if (kind == TANH) {
    for (let i = values; i < end; i += 16) back(i, delta, slopeAt(TANH, v128.load(i)));
  } else if (kind == RELU) {
    for (let i = values; i < end; i += 16) {
      const positive = f32x4.gt(v128.load(i), f32x4.splat(0));
      v128.store(i + delta, v128.and(v128.load(i + delta), positive));
    }
  } else if (kind == LEAKY_RELU) {
    for (let i = values; i < end; i += 16) back(i, delta, slopeAt(LEAKY_RELU, v128.load(i)));
  } else {
    for (let i = values; i < end; i += 16) back(i, delta, slopeAt(ELU, v128.load(i)));
  }
}

@inline function back(value: usize, delta: usize, slope: v128): void {
  v128.store(value + delta, f32x4.mul(v128.load(value + delta), slope));
}
