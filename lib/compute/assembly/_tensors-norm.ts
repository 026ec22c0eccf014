// Layer norm over the rows of a matrix. A row stays in the first cache between the passes over it.
import { madd, sumOf } from "./_tensors-basics";
import { keepPart, loadPart, storePart } from "./_tensors-edges";

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta, row by row (biased variance). `mean` and `inverse` receive
 * a number a row each: the mean, and 1 / sqrt(variance + epsilon). y may be x if there is no backward pass.
 */
export function layerNormForward(
  x: usize, gamma: usize, beta: usize, y: usize, mean: usize, inverse: usize, rows: i32, width: i32, epsilon: f32,
): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    const centre = total(x + from, body, rest) / <f32>width;
    const spread = squares(x + from, body, rest, f32x4.splat(centre)) / <f32>width;
    const scale: f32 = 1 / sqrt<f32>(spread + epsilon);
    store<f32>(mean + (<usize>row << 2), centre);
    store<f32>(inverse + (<usize>row << 2), scale);
    normalise(x + from, y + from, gamma, beta, body, rest, f32x4.splat(centre), f32x4.splat(scale));
  }
}

/** Sum of a row; four sums side by side keep additions apart that would wait for each other. */
@inline function total(x: usize, body: usize, rest: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i: usize = 0;
  for (; i + 64 <= body; i += 64) {
    a = f32x4.add(a, v128.load(x + i));
    b = f32x4.add(b, v128.load(x + i, 16));
    c = f32x4.add(c, v128.load(x + i, 32));
    d = f32x4.add(d, v128.load(x + i, 48));
  }
  for (; i < body; i += 16) a = f32x4.add(a, v128.load(x + i));
  if (rest) b = f32x4.add(b, loadPart(x + body, rest, 0));
  return sumOf(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** Sum of the squared distances from the mean. */
@inline function squares(x: usize, body: usize, rest: i32, centre: v128): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i: usize = 0;
  for (; i + 64 <= body; i += 64) {
    a = square(v128.load(x + i), centre, a);
    b = square(v128.load(x + i, 16), centre, b);
    c = square(v128.load(x + i, 32), centre, c);
    d = square(v128.load(x + i, 48), centre, d);
  }
  for (; i < body; i += 16) a = square(v128.load(x + i), centre, a);
  if (rest) {
    const distance = keepPart(f32x4.sub(loadPart(x + body, rest, 0), centre), rest);
    b = madd(distance, distance, b);
  }
  return sumOf(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

@inline function square(x: v128, centre: v128, sum: v128): v128 {
  const distance = f32x4.sub(x, centre);
  return madd(distance, distance, sum);
}

@inline function normalise(
  x: usize, y: usize, gamma: usize, beta: usize, body: usize, rest: i32, centre: v128, scale: v128,
): void {
  for (let i: usize = 0; i < body; i += 16) {
    const unit = f32x4.mul(f32x4.sub(v128.load(x + i), centre), scale);
    v128.store(y + i, madd(unit, v128.load(gamma + i), v128.load(beta + i)));
  }
  if (rest) {
    const unit = f32x4.mul(f32x4.sub(loadPart(x + body, rest, 0), centre), scale);
    storePart(y + body, madd(unit, loadPart(gamma + body, rest, 0), loadPart(beta + body, rest, 0)), rest);
  }
}

/**
 * Gradients of layer norm from the forward pass's input, means and inverse deviations. dgamma and dbeta (a number a
 * column) are added to. With `accumulate`, dx is added to as well (the gradient of a path around the norm lies there
 * already); without, dx may be dy.
 */
export function layerNormBackward(
  dy: usize, x: usize, gamma: usize, mean: usize, inverse: usize, dx: usize, dgamma: usize, dbeta: usize,
  rows: i32, width: i32, accumulate: i32,
): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  const share: f32 = 1 / <f32>width;
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    const centre = v128.load32_splat(mean + (<usize>row << 2));
    const scale = v128.load32_splat(inverse + (<usize>row << 2));
    let sum = f32x4.splat(0);
    let product = sum;
    for (let i: usize = 0; i < body; i += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + from + i), centre), scale);
      const up = v128.load(dy + from + i);
      v128.store(dgamma + i, madd(up, unit, v128.load(dgamma + i)));
      v128.store(dbeta + i, f32x4.add(up, v128.load(dbeta + i)));
      const weighted = f32x4.mul(up, v128.load(gamma + i));
      sum = f32x4.add(sum, weighted);
      product = madd(weighted, unit, product);
    }
    if (rest) {
      const unit = f32x4.mul(f32x4.sub(loadPart(x + from + body, rest, 0), centre), scale);
      const up = loadPart(dy + from + body, rest, 0);
      storePart(dgamma + body, madd(up, unit, loadPart(dgamma + body, rest, 0)), rest);
      storePart(dbeta + body, f32x4.add(up, loadPart(dbeta + body, rest, 0)), rest);
      const weighted = f32x4.mul(up, loadPart(gamma + body, rest, 0));
      sum = f32x4.add(sum, weighted);
      product = madd(weighted, unit, product);
    }
    const low = f32x4.splat(-share * sumOf(sum));
    const tilt = f32x4.splat(-share * sumOf(product));
    if (accumulate) pass(dy + from, x + from, gamma, dx + from, body, rest, centre, scale, low, tilt, true);
    else pass(dy + from, x + from, gamma, dx + from, body, rest, centre, scale, low, tilt, false);
  }
}

/** The second pass over a row: dx = scale (dy gamma - mean(dy gamma) - unit mean(dy gamma unit)). */
@inline function pass(
  dy: usize, x: usize, gamma: usize, dx: usize, body: usize, rest: i32, centre: v128, scale: v128, low: v128,
  tilt: v128, adds: bool,
): void {
  for (let i: usize = 0; i < body; i += 16) {
    const unit = f32x4.mul(f32x4.sub(v128.load(x + i), centre), scale);
    const inner = madd(unit, tilt, madd(v128.load(dy + i), v128.load(gamma + i), low));
    v128.store(dx + i, adds ? madd(inner, scale, v128.load(dx + i)) : f32x4.mul(inner, scale));
  }
  if (rest) {
    const unit = f32x4.mul(f32x4.sub(loadPart(x + body, rest, 0), centre), scale);
    const inner = madd(unit, tilt, madd(loadPart(dy + body, rest, 0), loadPart(gamma + body, rest, 0), low));
    const old = adds ? loadPart(dx + body, rest, 0) : f32x4.splat(0);
    storePart(dx + body, madd(inner, scale, old), rest);
  }
}
