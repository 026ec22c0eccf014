import { SpecError } from "../core/errors.js";
import type { ImageSet } from "./types.js";

/**
 * How the pixels of one axis are shared out: output `o` takes `weights[t]` of each input `first[o] + (t - from[o])`,
 * t from `from[o]` to `from[o + 1]`. The weights are whole numbers, the same total for every output, so that sums are
 * exact.
 */
interface AxisPlan {
  readonly first: Int32Array;
  readonly from: Int32Array;
  readonly weights: Int32Array;
  readonly total: number;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Lays `outputs` equal boxes over `inputs` pixels; in units of 1/outputs pixel every border is a whole number. */
function planAxis(inputs: number, outputs: number): AxisPlan {
  const unit = gcd(inputs, outputs);
  const pixel = outputs / unit;
  const box = inputs / unit;
  const first = new Int32Array(outputs);
  const from = new Int32Array(outputs + 1);
  const weights: number[] = [];
  for (let o = 0; o < outputs; o++) {
    first[o] = Math.floor((o * box) / pixel);
    for (let i = first[o]; i * pixel < (o + 1) * box; i++) {
      weights.push(Math.min((i + 1) * pixel, (o + 1) * box) - Math.max(i * pixel, o * box));
    }
    from[o + 1] = weights.length;
  }
  return { first, from, weights: Int32Array.from(weights), total: box };
}

/** Shrinks one image: rows are summed first, into `sums` (outputs high, inputs wide), then columns. */
function shrinkOne(
  source: Uint8Array,
  at: number,
  width: number,
  target: Uint8Array,
  to: number,
  rows: AxisPlan,
  cols: AxisPlan,
  sums: Int32Array,
): void {
  const outHeight = rows.first.length;
  const outWidth = cols.first.length;
  const whole = rows.total * cols.total;
  for (let y = 0; y < outHeight; y++) {
    sums.fill(0);
    let line = at + rows.first[y] * width;
    for (let t = rows.from[y]; t < rows.from[y + 1]; t++, line += width) {
      const weight = rows.weights[t];
      for (let x = 0; x < width; x++) sums[x] += weight * source[line + x];
    }
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      let column = cols.first[x];
      for (let t = cols.from[x]; t < cols.from[x + 1]; t++) sum += cols.weights[t] * sums[column++];
      target[to++] = Math.floor((2 * sum + whole) / (2 * whole));
    }
  }
}

/** The same where every new pixel covers whole old ones, as from 28 to 14. */
function shrinkByWholeBoxes(set: ImageSet, height: number, width: number, target: Uint8Array): void {
  const source = set.images;
  const [boxHeight, boxWidth] = [set.height / height, set.width / width];
  const whole = boxHeight * boxWidth;
  const lines = set.count * height;
  let to = 0;
  for (let line = 0; line < lines; line++) {
    const top = line * boxHeight * set.width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let row = 0, at = top + x * boxWidth; row < boxHeight; row++, at += set.width) {
        for (let column = 0; column < boxWidth; column++) sum += source[at + column];
      }
      target[to++] = Math.floor((2 * sum + whole) / (2 * whole));
    }
  }
}

/**
 * Shrinks images by area averaging: each new pixel is the mean of the area that it covers, old pixels on a border
 * counted by their share, rounded half up to uint8. From 28 to 14 that is the mean of 2 x 2 pixels.
 * @param height new height in pixels, at most the old one
 * @param width new width in pixels, at most the old one
 * @returns the set itself when nothing changes
 * @throws SpecError "resize/size" when a side is not a whole number from 1 to the old one
 */
export function resizeImages(set: ImageSet, height: number, width: number = height): ImageSet {
  for (const [side, old] of [
    [height, set.height],
    [width, set.width],
  ]) {
    if (!Number.isInteger(side) || side < 1 || side > old) {
      throw new SpecError(
        "resize/size",
        `images of ${set.height} x ${set.width} cannot be resized to ${height} x ${width}; give whole numbers up to their size`,
        { value: side },
      );
    }
  }
  if (height === set.height && width === set.width) return set;
  const rows = planAxis(set.height, height);
  const cols = planAxis(set.width, width);
  const images = new Uint8Array(set.count * height * width);
  if (set.height % height === 0 && set.width % width === 0) {
    shrinkByWholeBoxes(set, height, width, images);
    return { images, labels: set.labels, count: set.count, height, width };
  }
  const sums = new Int32Array(set.width);
  for (let i = 0; i < set.count; i++) {
    const at = i * set.height * set.width;
    shrinkOne(set.images, at, set.width, images, i * height * width, rows, cols, sums);
  }
  return { images, labels: set.labels, count: set.count, height, width };
}
