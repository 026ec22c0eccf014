// Gradients to weights, accumulated in registers over pixels and samples, and SGD applied to the block at once when the
// batch is complete. A block is taps x outputs, in the packed order of the weights: [tap][output of the block].
import * as at from "./_lanes-records";
import { address, field, madd, nmadd } from "./_lanes-records";

/** First samples of a batch: start from zero. Last samples: take SGD's step at once instead of storing the sum. */
@inline export const FIRST = 1;
@inline export const LAST = 2;

/** Distances in bytes from a weight to its velocity and to its gradient. */
let velocities: usize = 0;
let gradients: usize = 0;

export function setDistances(toVelocities: usize, toGradients: usize): void {
  velocities = toVelocities;
  gradients = toGradients;
}

/** SGD's step of one weight, as torch takes it: g += wd w; v = m v + g; w -= lr v. */
@inline function descend(w: usize, gradient: v128, toV: usize, decay: v128, momentum: v128, rate: v128): void {
  const value = v128.load(w);
  const v = madd(momentum, v128.load(w + toV), madd(decay, value, gradient));
  v128.store(w + toV, v);
  v128.store(w, nmadd(rate, v, value));
}

/** Adds to the gradient of one weight, or takes the step when the batch is complete. */
@inline function finish(w: usize, sum: v128, toV: usize, toG: usize, phase: i32): void {
  const g = phase & FIRST ? sum : f32x4.add(v128.load(w + toG), sum);
  if (phase & LAST) descend(w, g, toV, v128.load(at.DECAY), v128.load(at.MOMENTUM), v128.load(at.RATE));
  else v128.store(w + toG, g);
}

/** Four weights that follow one another. */
@inline function finishFour(w: usize, a: v128, b: v128, c: v128, d: v128, toV: usize, toG: usize, phase: i32): void {
  if (phase == FIRST) {
    v128.store(w + toG, a);
    v128.store(w + toG, b, 16);
    v128.store(w + toG, c, 32);
    v128.store(w + toG, d, 48);
  } else {
    finish(w, a, toV, toG, phase);
    finish(w + 16, b, toV, toG, phase);
    finish(w + 32, c, toV, toG, phase);
    finish(w + 48, d, toV, toG, phase);
  }
}

/**
 * Gradients of a block of four outputs to all its taps, two taps at a time, over the positions of two samples at which
 * the taps meet a pixel and no padding.
 * @param x first input; xPixel, xLine its steps from position to position, and from line to line
 * @param pairs for each two taps (u32, bytes): the first tap's distance from x at its first position, the second's
 *   from the first's, the distance of that position's gradient from dy, lines, positions a line
 * @param dy gradient of the block's first output at the first position; dyPixel, dyLine its steps
 * @param w the block's first weight; outputs: how many of the four are real (more count as four)
 */
export function weights2x4(
  x: usize, pairs: usize, taps: i32, xPixel: usize, xLine: usize,
  dy: usize, dyPixel: usize, dyLine: usize, w: usize, outputs: i32, phase: i32,
): void {
  const v = velocities;
  const g = gradients;
  for (let t = 0; t < taps; t += 2) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let xStart = x + address(pairs, 0);
    const toSecond = address(pairs, 1);
    let dStart = dy + address(pairs, 2);
    const lines = field(pairs, 3);
    const length = address(pairs, 4) * dyPixel;
    for (let line = 0; line < lines; line++) {
      let at = xStart;
      const end = dStart + length;
      for (let d = dStart; d < end; d += dyPixel) {
        for (let s: usize = 0; s < 32; s += 16) {
          const p0 = v128.load(at + s);
          const p1 = v128.load(at + toSecond + s);
          const d0 = v128.load(d + s);
          a0 = madd(p0, d0, a0);
          b0 = madd(p1, d0, b0);
          const d1 = v128.load(d + s, 32);
          a1 = madd(p0, d1, a1);
          b1 = madd(p1, d1, b1);
          const d2 = v128.load(d + s, 64);
          a2 = madd(p0, d2, a2);
          b2 = madd(p1, d2, b2);
          const d3 = v128.load(d + s, 96);
          a3 = madd(p0, d3, a3);
          b3 = madd(p1, d3, b3);
        }
        at += xPixel;
      }
      xStart += xLine;
      dStart += dyLine;
    }
    if (outputs >= 4) {
      finishFour(w, a0, a1, a2, a3, v, g, phase);
      if (t + 1 < taps) finishFour(w + 64, b0, b1, b2, b3, v, g, phase);
    } else {
      finish(w, a0, v, g, phase);
      if (outputs > 1) finish(w + 16, a1, v, g, phase);
      if (outputs > 2) finish(w + 32, a2, v, g, phase);
      if (t + 1 < taps) {
        finish(w + 64, b0, v, g, phase);
        if (outputs > 1) finish(w + 80, b1, v, g, phase);
        if (outputs > 2) finish(w + 96, b2, v, g, phase);
      }
    }
    pairs += 20;
    w += 128;
  }
}

/**
 * Gradients of a pair of outputs to all taps of a dense layer, of four samples. The pair's eight gradients stay in
 * registers while the inputs, which follow one another, pass by.
 */
export function weights4x2(x: usize, dy: usize, w: usize, taps: i32, outputs: i32, phase: i32): void {
  const a0 = v128.load(dy), a1 = v128.load(dy, 16), a2 = v128.load(dy, 32), a3 = v128.load(dy, 48);
  const b0 = v128.load(dy, 64), b1 = v128.load(dy, 80), b2 = v128.load(dy, 96), b3 = v128.load(dy, 112);
  const decay = v128.load(at.DECAY), momentum = v128.load(at.MOMENTUM), rate = v128.load(at.RATE);
  const v = velocities;
  const g = gradients;
  const end = w + ((<usize>taps) << 5);
  // The common case takes one decision: the group is the whole batch.
  const whole = phase == (FIRST | LAST) && outputs > 1;
  for (; w < end; w += 32) {
    const x0 = v128.load(x);
    let a = f32x4.mul(x0, a0);
    let b = f32x4.mul(x0, b0);
    const x1 = v128.load(x, 16);
    a = madd(x1, a1, a);
    b = madd(x1, b1, b);
    const x2 = v128.load(x, 32);
    a = madd(x2, a2, a);
    b = madd(x2, b2, b);
    const x3 = v128.load(x, 48);
    a = madd(x3, a3, a);
    b = madd(x3, b3, b);
    if (whole) {
      descend(w, a, v, decay, momentum, rate);
      descend(w + 16, b, v, decay, momentum, rate);
    } else {
      finish(w, a, v, g, phase);
      if (outputs > 1) finish(w + 16, b, v, g, phase);
    }
    x += 64;
  }
}

/** Biases: sums of an output's gradients over `pixels` positions and `sampleBytes` / 16 samples. */
export function biases(
  dy: usize, dyPixel: usize, pixels: i32, sampleBytes: usize, bias: usize, outputs: i32, phase: i32,
): void {
  for (let o = 0; o < outputs; o++) {
    let sum = f32x4.splat(0);
    let d = dy;
    for (let p = 0; p < pixels; p++) {
      for (let s: usize = 0; s < sampleBytes; s += 16) sum = f32x4.add(sum, v128.load(d + s));
      d += dyPixel;
    }
    finish(bias, sum, velocities, gradients, phase);
    dy += sampleBytes;
    bias += 16;
  }
}

/** The same for a weight whose gradient comes from elsewhere (batch norm). */
@inline export function finishOne(w: usize, sum: v128, phase: i32): void {
  finish(w, sum, velocities, gradients, phase);
}
