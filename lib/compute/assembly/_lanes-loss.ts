// The two losses on one-hot targets, with their gradients to the network's outputs.
import { exp, log } from "./_lanes-math";

@inline export const SQUARED_ERROR = 0;

/** Output minus one-hot target. */
@inline function errorOf(output: usize, number: i32, label: v128): v128 {
  const target = v128.and(i32x4.eq(label, i32x4.splat(number)), f32x4.splat(1));
  return f32x4.sub(v128.load(output), target);
}

/**
 * Loss of one sample: the sum of squared errors over the outputs, or the cross-entropy of their softmax.
 * @param output first output; `step` bytes to the next
 */
@inline export function lossOf(kind: i32, output: usize, step: usize, outputs: i32, label: v128): v128 {
  if (kind == SQUARED_ERROR) {
    let sum = f32x4.splat(0);
    for (let o = 0; o < outputs; o++) {
      const error = errorOf(output, o, label);
      sum = f32x4.add(sum, f32x4.mul(error, error));
      output += step;
    }
    return sum;
  }
  const top = largest(output, step, outputs);
  let sum = f32x4.splat(0);
  let own = f32x4.splat(0);
  for (let o = 0; o < outputs; o++) {
    const value = f32x4.sub(v128.load(output), top);
    sum = f32x4.add(sum, exp(value));
    own = v128.bitselect(value, own, i32x4.eq(label, i32x4.splat(o)));
    output += step;
  }
  return f32x4.sub(log(sum), own);
}

@inline function largest(output: usize, step: usize, outputs: i32): v128 {
  let top = v128.load(output);
  for (let o = 1; o < outputs; o++) {
    output += step;
    top = f32x4.max(top, v128.load(output));
  }
  return top;
}

/**
 * Writes the gradient of one sample's loss times `scale`; zero where the sample only fills a group.
 * @param gradient of the first output; the same steps
 */
@inline export function lossGradient(
  kind: i32, output: usize, gradient: usize, step: usize, outputs: i32, label: v128, scale: v128, valid: bool,
): void {
  const end = output + <usize>outputs * step;
  const delta = gradient - output;
  if (!valid) {
    for (; output < end; output += step) v128.store(output + delta, f32x4.splat(0));
    return;
  }
  if (kind == SQUARED_ERROR) {
    for (let o = 0; o < outputs; o++) {
      v128.store(output + delta, f32x4.mul(errorOf(output, o, label), scale));
      output += step;
    }
    return;
  }
  const top = largest(output, step, outputs);
  let sum = f32x4.splat(0);
  for (let at = output; at < end; at += step) {
    const share = exp(f32x4.sub(v128.load(at), top));
    v128.store(at + delta, share);
    sum = f32x4.add(sum, share);
  }
  for (let o = 0; o < outputs; o++) {
    const target = v128.and(i32x4.eq(label, i32x4.splat(o)), f32x4.splat(1));
    const share = f32x4.div(v128.load(output + delta), sum);
    v128.store(output + delta, f32x4.mul(f32x4.sub(share, target), scale));
    output += step;
  }
}
