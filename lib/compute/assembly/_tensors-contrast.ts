// The pieces of NT-Xent that are no matrix products.
import { madd, sumOf } from "./_tensors-basics";
import { keepPart, largestIn, loadPart, storePart } from "./_tensors-edges";
import { LOG2E, constants, powerOfTwo } from "./_tensors-math";

/** y = x / max(|x|, 1e-12), row by row; `inverse` receives 1 / max(|x|, 1e-12), a number a row. */
export function unitRows(x: usize, y: usize, inverse: usize, rows: i32, width: i32): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    const scale: f32 = 1 / max<f32>(sqrt<f32>(dot(x + from, x + from, body, rest)), 1e-12);
    store<f32>(inverse + (<usize>row << 2), scale);
    const factor = f32x4.splat(scale);
    for (let i: usize = 0; i < body; i += 16) v128.store(y + from + i, f32x4.mul(v128.load(x + from + i), factor));
    if (rest) storePart(y + from + body, f32x4.mul(loadPart(x + from + body, rest, 0), factor), rest);
  }
}

@inline function dot(x: usize, y: usize, body: usize, rest: i32): f32 {
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < body; i += 16) sum = madd(v128.load(x + i), v128.load(y + i), sum);
  if (rest) sum = madd(loadPart(x + body, rest, 0), loadPart(y + body, rest, 0), sum);
  return sumOf(sum);
}

/** dx = inverse (dy - y (y . dy)), row by row: the gradient of `unitRows`; dx may be dy. */
export function unitRowsBackward(dy: usize, y: usize, inverse: usize, dx: usize, rows: i32, width: i32): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    const along = f32x4.splat(-dot(dy + from, y + from, body, rest));
    const scale = v128.load32_splat(inverse + (<usize>row << 2));
    for (let i: usize = 0; i < body; i += 16) {
      const across = madd(v128.load(y + from + i), along, v128.load(dy + from + i));
      v128.store(dx + from + i, f32x4.mul(across, scale));
    }
    if (rest) {
      const across = madd(loadPart(y + from + body, rest, 0), along, loadPart(dy + from + body, rest, 0));
      storePart(dx + from + body, f32x4.mul(across, scale), rest);
    }
  }
}

/**
 * Turns the similarities s [2 pairs, 2 pairs] of all rows into scale (softmax over the others - 1 at the partner), in
 * place, the diagonal 0. A row's partner is `pairs` away. `sums` receives for every row the sum of e^(s - largest)
 * over all others but the partner, `gaps` largest - s(partner): the row's loss is ln(1 + sum e^gap). The partner stays
 * out of the sum, since its softmax - 1 would cancel where it is near one.
 */
export function contrast(s: usize, sums: usize, gaps: usize, pairs: i32, scale: f32): void {
  const width = 2 * pairs;
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  const at = constants();
  for (let row = 0; row < width; row++) {
    const line = s + <usize>row * (<usize>width << 2);
    const own = line + (<usize>row << 2);
    const partner = line + (<usize>(row < pairs ? row + pairs : row - pairs) << 2);
    store<f32>(own, -f32.MAX_VALUE);
    const largest = largestIn(line, body, rest);
    const gap = largest - load<f32>(partner);
    store<f32>(partner, -f32.MAX_VALUE);
    const others = exponentials(at, line, body, rest, f32x4.splat(largest));
    store<f32>(sums + (<usize>row << 2), others);
    store<f32>(gaps + (<usize>row << 2), gap);
    const total = others + f32x4.extract_lane(powerOfTwo(at, f32x4.splat(-gap * LOG2E)), 0);
    const factor = f32x4.splat(scale / total);
    for (let i: usize = 0; i < body; i += 16) v128.store(line + i, f32x4.mul(v128.load(line + i), factor));
    if (rest) storePart(line + body, f32x4.mul(loadPart(line + body, rest, 0), factor), rest);
    store<f32>(own, 0);
    store<f32>(partner, (-scale * others) / total);
  }
}

/** Writes e^(s - largest) and returns their sum; what lies below 2^-126.5 is nothing. */
@inline function exponentials(at: usize, line: usize, body: usize, rest: i32, largest: v128): f32 {
  const factor = f32x4.splat(LOG2E);
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < body; i += 16) {
    const part = powerOfTwo(at, f32x4.mul(f32x4.sub(v128.load(line + i), largest), factor));
    sum = f32x4.add(sum, part);
    v128.store(line + i, part);
  }
  if (rest) {
    const value = loadPart(line + body, rest, 0);
    const part = keepPart(powerOfTwo(at, f32x4.mul(f32x4.sub(value, largest), factor)), rest);
    sum = f32x4.add(sum, part);
    storePart(line + body, part, rest);
  }
  return sumOf(sum);
}
