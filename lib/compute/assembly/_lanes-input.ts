// Images are uint8 and shared by all models; each model gathers its own sample.
import * as at from "./_lanes-records";

@inline function put(to: usize, pixels: v128): void {
  const value = f32x4.mul(f32x4.convert_i32x4_s(pixels), v128.load(at.PIXEL_SCALE));
  v128.store(to, f32x4.add(value, v128.load(at.PIXEL_SHIFT)));
}

/** Four pixels that follow one another, of four images. */
@inline function putFour(i0: usize, i1: usize, i2: usize, i3: usize, to: usize, step: usize): void {
  const a = v128.load32_zero(i0);
  const b = v128.load32_zero(i1);
  const c = v128.load32_zero(i2);
  const d = v128.load32_zero(i3);
  // Interleave bytes of a with b and c with d, then pairs: a0 b0 c0 d0 a1 b1 ...
  const ab = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const cd = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const all = i16x8.shuffle(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11);
  const low = i16x8.extend_low_i8x16_u(all);
  const high = i16x8.extend_high_i8x16_u(all);
  put(to, i32x4.extend_low_i16x8_u(low));
  put(to + step, i32x4.extend_high_i16x8_u(low));
  put(to + 2 * step, i32x4.extend_low_i16x8_u(high));
  put(to + 3 * step, i32x4.extend_high_i16x8_u(high));
}

/**
 * Converts `rows` x `cols` pixels of one image a model.
 * @param i0..i3 first pixels; image rows are `width` bytes apart
 * @param to first input; `step` bytes from pixel to pixel, `toRow` from row to row
 */
export function gather(
  i0: usize, i1: usize, i2: usize, i3: usize, width: usize, rows: i32, cols: usize,
  to: usize, step: usize, toRow: usize,
): void {
  for (let row = 0; row < rows; row++) {
    if (cols >= 4) {
      let x: usize = 0;
      for (; x + 4 <= cols; x += 4) putFour(i0 + x, i1 + x, i2 + x, i3 + x, to + x * step, step);
      if (x < cols) {
        // The last four again: they overlap what is done already and stay within the row.
        x = cols - 4;
        putFour(i0 + x, i1 + x, i2 + x, i3 + x, to + x * step, step);
      }
    } else {
      for (let x: usize = 0; x < cols; x++) {
        put(to + x * step, i32x4(load<u8>(i0 + x), load<u8>(i1 + x), load<u8>(i2 + x), load<u8>(i3 + x)));
      }
    }
    i0 += width;
    i1 += width;
    i2 += width;
    i3 += width;
    to += toRow;
  }
}

/**
 * Writes a changed copy of an image: shifted by whole pixels (the empty pixel comes in), then mirrored left to right.
 * @param code (dx + 128) | (dy + 128) << 8 | mirrored << 16, from the host
 */
export function augment(image: usize, to: usize, channels: i32, height: i32, width: i32, code: u32, empty: i32): void {
  const dx = <i32>(code & 255) - 128;
  const dy = <i32>((code >> 8) & 255) - 128;
  const mirrored = (code >> 16) & 1;
  for (let line = 0; line < channels * height; line++) {
    const row = (line % height) - dy;
    const inside = row >= 0 && row < height;
    const from = image + <usize>((line - dy) * width);
    for (let x = 0; x < width; x++) {
      const col = (mirrored ? width - 1 - x : x) - dx;
      store<u8>(to, inside && col >= 0 && col < width ? load<u8>(from + <usize>col) : <u8>empty);
      to++;
    }
  }
}
