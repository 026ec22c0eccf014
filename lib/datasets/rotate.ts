import { checkOptions, SpecError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import type { ImageSet } from "./types.js";

/** For each pixel of a turned image: the four pixels that it comes from, and the share of each. */
interface Sources {
  /** pixels x 4; the number of pixels where it lies outside. */
  readonly places: Int32Array;
  /** pixels x 4, adding up to 1. */
  readonly shares: Float64Array;
}

/** Options of `rotateImages`. */
export interface RotateOptions extends LongRunOptions {
  /** The byte that comes in from outside; 0 (black) by default. */
  readonly empty?: number;
}

/**
 * Turns each image counterclockwise about its centre, with bilinear interpolation, rounded half up to uint8. Quarter
 * turns of square images only move pixels.
 * @param degrees any finite number
 * @throws SpecError "rotate/degrees"; InterruptedError when the signal is aborted
 */
export async function rotateImages(
  set: ImageSet,
  degrees: number,
  options: RotateOptions = {},
): Promise<ImageSet> {
  checkOptions(options, ["empty", "signal", "onProgress"], "rotateImages");
  if (!Number.isFinite(degrees)) {
    throw new SpecError("rotate/degrees", `images cannot be turned by ${degrees} degrees; give a number`, {
      value: degrees,
    });
  }
  const { height, width, count } = set;
  const area = height * width;
  const { places, shares } = sourcesOf(height, width, degrees);
  const images = new Uint8Array(count * area);
  const pacer = new Pacer("turning images", count, "images", options);
  // One image, and behind it what comes in from outside.
  const source = new Uint8Array(area + 1).fill(options.empty ?? 0);
  for (let i = 0; i < count; i++) {
    source.set(set.images.subarray(i * area, (i + 1) * area));
    for (let pixel = 0, at = 0; pixel < area; pixel++) {
      let sum = 0;
      for (let corner = 0; corner < 4; corner++, at++) sum += shares[at] * source[places[at]];
      images[i * area + pixel] = Math.floor(sum + 0.5);
    }
    await pacer.add(1);
  }
  return { ...set, images };
}

function sourcesOf(height: number, width: number, degrees: number): Sources {
  const [cos, sin] = direction(degrees);
  const places = new Int32Array(4 * height * width);
  const shares = new Float64Array(4 * height * width);
  const [middleRow, middleCol] = [(height - 1) / 2, (width - 1) / 2];
  const place = (row: number, col: number) =>
    row >= 0 && row < height && col >= 0 && col < width ? row * width + col : height * width;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      // Rows run downwards: what is turned counterclockwise comes from further clockwise.
      const [dx, dy] = [x - middleCol, y - middleRow];
      const col = middleCol + cos * dx - sin * dy;
      const row = middleRow + sin * dx + cos * dy;
      const [top, left] = [Math.floor(row), Math.floor(col)];
      const [down, right] = [row - top, col - left];
      places.set(
        [place(top, left), place(top, left + 1), place(top + 1, left), place(top + 1, left + 1)],
        at,
      );
      shares.set([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], at);
    }
  }
  return { places, shares };
}

/** Cosine and sine; of quarter turns exactly, so that they need no interpolation. */
function direction(degrees: number): readonly [cos: number, sin: number] {
  const turn = ((degrees % 360) + 360) % 360;
  if (turn % 90 === 0) return ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[turn / 90]; // biome-ignore format: a table
  const angle = (turn * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}
