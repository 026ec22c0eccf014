// Softmax over the rows of a matrix.
import { madd, sumOf } from "./_tensors-basics";
import { keepPart, largestIn, loadPart, storePart } from "./_tensors-edges";
import { LOG2E, constants, powerOfTwo } from "./_tensors-math";

/** y = softmax(scale x), row by row, for scale > 0; NaN for a row of -Infinity only. y may be x. */
export function softmaxForward(x: usize, y: usize, rows: i32, width: i32, scale: f32): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  const factor = f32x4.splat(scale * LOG2E);
  const at = constants();
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    const largest = f32x4.splat(largestIn(x + from, body, rest));
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < body; i += 16) {
      const part = powerOfTwo(at, f32x4.mul(f32x4.sub(v128.load(x + from + i), largest), factor));
      sum = f32x4.add(sum, part);
      v128.store(y + from + i, part);
    }
    if (rest) {
      const value = loadPart(x + from + body, rest, 0);
      const part = keepPart(powerOfTwo(at, f32x4.mul(f32x4.sub(value, largest), factor)), rest);
      sum = f32x4.add(sum, part);
      storePart(y + from + body, part, rest);
    }
    const share = f32x4.splat(1 / sumOf(sum));
    for (let i: usize = 0; i < body; i += 16) {
      v128.store(y + from + i, f32x4.mul(v128.load(y + from + i), share));
    }
    if (rest) storePart(y + from + body, f32x4.mul(loadPart(y + from + body, rest, 0), share), rest);
  }
}


/** dx = scale y (dy - sum(y dy)), row by row; dx may be dy. */
export function softmaxBackward(dy: usize, y: usize, dx: usize, rows: i32, width: i32, scale: f32): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  const factor = f32x4.splat(scale);
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < body; i += 16) {
      sum = madd(v128.load(dy + from + i), v128.load(y + from + i), sum);
    }
    if (rest) sum = madd(loadPart(dy + from + body, rest, 0), loadPart(y + from + body, rest, 0), sum);
    const mean = f32x4.splat(sumOf(sum));
    for (let i: usize = 0; i < body; i += 16) {
      const weight = f32x4.mul(v128.load(y + from + i), factor);
      v128.store(dx + from + i, f32x4.mul(weight, f32x4.sub(v128.load(dy + from + i), mean)));
    }
    if (rest) {
      const weight = f32x4.mul(loadPart(y + from + body, rest, 0), factor);
      const up = loadPart(dy + from + body, rest, 0);
      storePart(dx + from + body, f32x4.mul(weight, f32x4.sub(up, mean)), rest);
    }
  }
}
