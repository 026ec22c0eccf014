/**
 * The brightness of a colour, 0..255: luma after ITU-R BT.601 (.299 R + .587 G + .114 B) in fixed point with 16 binary
 * digits, rounded half up. It is what Pillow's `convert("L")` gives, by which the gray CIFAR-10 and SVHN of published
 * zoos are made; the weights add up to one, so that grays keep their value.
 */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

/** How the pixels of one channel follow each other: row by row, or column by column as MATLAB has them. */
export type PixelOrder = "rows" | "columns";

/**
 * Writes one square image in gray, row-major.
 * @param planes bytes with the image's channels one after the other: all red pixels, all green, all blue
 * @param at position of its first red pixel
 * @param side in pixels
 * @param target receives side x side bytes from position `to`
 */
export function writeGray(
  planes: Uint8Array,
  at: number,
  side: number,
  order: PixelOrder,
  target: Uint8Array,
  to: number,
): void {
  const pixels = side * side;
  const [right, down] = order === "rows" ? [1, side] : [side, 1];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const red = at + y * down + x * right;
      target[to++] = luma(planes[red], planes[red + pixels], planes[red + 2 * pixels]);
    }
  }
}
