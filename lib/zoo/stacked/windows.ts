import type { Places } from "../../compute/tensors/maps/gather.js";
import type { Shape } from "../../networks/shapes.js";

/** A window that slides over maps: which pixels it reads at each of its positions, and which positions read a pixel. */
export interface Windows {
  readonly input: Shape;
  readonly output: Shape;
  readonly size: { readonly height: number; readonly width: number };
  readonly stride: number;
  readonly padding: number;
  /** Pixels of a window. */
  readonly taps: number;
}

/** The windows of a convolution or a pool. */
export function slidingWindows(
  input: Shape,
  output: Shape,
  {
    size,
    stride,
    padding = 0,
  }: { readonly size: number; readonly stride: number; readonly padding?: number },
): Windows {
  return { input, output, size: { height: size, width: size }, stride, padding, taps: size * size };
}

/** Number of pixels of a map. */
export function pixels({ height, width }: Pick<Shape, "height" | "width">): number {
  return height * width;
}

/** Whether no pixel is in two windows. */
export function tiles({ size, stride }: Windows): boolean {
  return size.height <= stride && size.width <= stride;
}

/** Calls `visit` for every position and tap with the pixel that it reads, or -1 where that is padding. */
function forTaps(windows: Windows, visit: (position: number, tap: number, pixel: number) => void): void {
  const { input, output, size, stride, padding } = windows;
  for (let row = 0; row < output.height; row++) {
    for (let col = 0; col < output.width; col++) {
      for (let tap = 0; tap < windows.taps; tap++) {
        const y = row * stride - padding + Math.floor(tap / size.width);
        const x = col * stride - padding + (tap % size.width);
        const inside = y >= 0 && y < input.height && x >= 0 && x < input.width;
        visit(row * output.width + col, tap, inside ? y * input.width + x : -1);
      }
    }
  }
}

/** For each position and tap, the pixel that it reads: positions x taps (im2col). */
export function patchTable(windows: Windows): Places {
  const missing = pixels(windows.input);
  const places = new Int32Array(pixels(windows.output) * windows.taps);
  let ragged = false;
  forTaps(windows, (position, tap, pixel) => {
    places[position * windows.taps + tap] = pixel < 0 ? missing : pixel;
    ragged ||= pixel < 0;
  });
  return { places, ragged };
}

/**
 * For each pixel, the entries (position x taps + tap) that read it: pixels x `width`, so that gradients of patches are
 * gathered and added up in a fixed order instead of being scattered (col2im).
 */
export function entryTable(windows: Windows): Places & { readonly width: number } {
  const { taps } = windows;
  const lists: number[][] = Array.from({ length: pixels(windows.input) }, () => []);
  forTaps(windows, (position, tap, pixel) => {
    if (pixel >= 0) lists[pixel].push(position * taps + tap);
  });
  const width = Math.max(1, ...lists.map((list) => list.length));
  const missing = pixels(windows.output) * taps;
  const places = new Int32Array(lists.length * width).fill(missing);
  lists.forEach((list, pixel) => {
    places.set(list, pixel * width);
  });
  return { places, ragged: lists.some((list) => list.length < width), width };
}

/** For each pixel and tap, the position at which that tap reads it: pixels x taps (a convolution transposed). */
export function positionTable(windows: Windows): Places {
  const { taps } = windows;
  const places = new Int32Array(pixels(windows.input) * taps).fill(pixels(windows.output));
  forTaps(windows, (position, tap, pixel) => {
    if (pixel >= 0) places[pixel * taps + tap] = position;
  });
  return { places, ragged: places.includes(pixels(windows.output)) };
}
