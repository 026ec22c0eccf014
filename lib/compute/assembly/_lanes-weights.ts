// Gradients to weights, accumulated in registers over pixels and samples, and SGD applied to the block at once when the
// batch is complete. A block is taps x outputs, in the packed order of the weights: [tap][output of the block].
import * as at from "./_lanes-records";

/** First samples of a batch: start from zero. Last samples: apply the optimiser instead of storing the sum. */
@inline export const FIRST = 1;
@inline export const LAST = 2;

/** Distances in bytes from a weight to its velocity and to its gradient. */
let velocities: usize = 0;
let gradients: usize = 0;

export function setDistances(toVelocities: usize, toGradients: usize): void {
  velocities = toVelocities;
  gradients = toGradients;
}

/** Adds to the gradient of one weight, or takes SGD's step as torch does: g += wd w; v = m v + g; w -= lr v. */
// @ts-ignore: decorator
@inline function finish(w: usize, sum: v128, toV: usize, toG: usize, phase: i32): void {
  const g = phase & FIRST ? sum : f32x4.add(v128.load(w + toG), sum);
  if (phase & LAST) {
    const value = v128.load(w);
    const decayed = f32x4.add(g, f32x4.mul(v128.load(at.DECAY), value));
    const v = f32x4.add(f32x4.mul(v128.load(at.MOMENTUM), v128.load(w + toV)), decayed);
    v128.store(w + toV, v);
    v128.store(w, f32x4.sub(value, f32x4.mul(v128.load(at.RATE), v)));
  } else {
    v128.store(w + toG, g);
  }
}

/**
 * Two taps x four outputs over `lines` x `pixels` positions of two samples.
 * @param x0, x1 the inputs that the two taps meet at the first position (bytes)
 * @param xPixel, xLine steps of the input from position to position, and from line to line
 * @param dy gradient of the block's first output at the first position; dyPixel its step (lines follow one another)
 * @param w the block's first weight; taps, outputs: how many of 2 and 4 are real
 */
export function weights2x4(
  x0: usize, x1: usize, xPixel: usize, xLine: usize, lines: i32, pixels: i32,
  dy: usize, dyPixel: usize, w: usize, taps: i32, outputs: i32, phase: i32,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const toSecond = x1 - x0;
  for (let line = 0; line < lines; line++) {
    let x = x0;
    for (let p = 0; p < pixels; p++) {
      for (let s: usize = 0; s < 32; s += 16) {
        const p0 = v128.load(x + s);
        const p1 = v128.load(x + toSecond + s);
        const d0 = v128.load(dy + s);
        a0 = f32x4.add(a0, f32x4.mul(p0, d0));
        b0 = f32x4.add(b0, f32x4.mul(p1, d0));
        const d1 = v128.load(dy + s, 32);
        a1 = f32x4.add(a1, f32x4.mul(p0, d1));
        b1 = f32x4.add(b1, f32x4.mul(p1, d1));
        const d2 = v128.load(dy + s, 64);
        a2 = f32x4.add(a2, f32x4.mul(p0, d2));
        b2 = f32x4.add(b2, f32x4.mul(p1, d2));
        const d3 = v128.load(dy + s, 96);
        a3 = f32x4.add(a3, f32x4.mul(p0, d3));
        b3 = f32x4.add(b3, f32x4.mul(p1, d3));
      }
      x += xPixel;
      dy += dyPixel;
    }
    x0 += xLine;
  }
  const v = velocities;
  const g = gradients;
  finish(w, a0, v, g, phase);
  if (outputs > 1) finish(w + 16, a1, v, g, phase);
  if (outputs > 2) finish(w + 32, a2, v, g, phase);
  if (outputs > 3) finish(w + 48, a3, v, g, phase);
  if (taps > 1) {
    finish(w + 64, b0, v, g, phase);
    if (outputs > 1) finish(w + 80, b1, v, g, phase);
    if (outputs > 2) finish(w + 96, b2, v, g, phase);
    if (outputs > 3) finish(w + 112, b3, v, g, phase);
  }
}

/** Four taps that follow one another x two outputs, of four samples at a single position (dense layers). */
export function weights4x2(x: usize, dy: usize, w: usize, taps: i32, outputs: i32, phase: i32): void {
  let a0 = f32x4.splat(0), a1 = a0;
  let b0 = a0, b1 = a0;
  let c0 = a0, c1 = a0;
  let e0 = a0, e1 = a0;
  for (let s: usize = 0; s < 64; s += 16) {
    const d0 = v128.load(dy + s);
    const d1 = v128.load(dy + s, 64);
    const p0 = v128.load(x + s);
    a0 = f32x4.add(a0, f32x4.mul(p0, d0));
    a1 = f32x4.add(a1, f32x4.mul(p0, d1));
    const p1 = v128.load(x + s, 64);
    b0 = f32x4.add(b0, f32x4.mul(p1, d0));
    b1 = f32x4.add(b1, f32x4.mul(p1, d1));
    const p2 = v128.load(x + s, 128);
    c0 = f32x4.add(c0, f32x4.mul(p2, d0));
    c1 = f32x4.add(c1, f32x4.mul(p2, d1));
    const p3 = v128.load(x + s, 192);
    e0 = f32x4.add(e0, f32x4.mul(p3, d0));
    e1 = f32x4.add(e1, f32x4.mul(p3, d1));
  }
  const v = velocities;
  const g = gradients;
  const both = outputs > 1;
  finish(w, a0, v, g, phase);
  if (both) finish(w + 16, a1, v, g, phase);
  if (taps > 1) {
    finish(w + 32, b0, v, g, phase);
    if (both) finish(w + 48, b1, v, g, phase);
  }
  if (taps > 2) {
    finish(w + 64, c0, v, g, phase);
    if (both) finish(w + 80, c1, v, g, phase);
  }
  if (taps > 3) {
    finish(w + 96, e0, v, g, phase);
    if (both) finish(w + 112, e1, v, g, phase);
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
