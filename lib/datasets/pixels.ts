import type { PixelScale } from "./types.js";

/** The byte that stands for nothing: black, or the one nearest to 0 where bytes stand for other values. */
export function emptyPixel(pixel: PixelScale | undefined): number {
  if (!pixel) return 0;
  return Math.min(255, Math.max(0, Math.round(-pixel.shift / pixel.scale)));
}
