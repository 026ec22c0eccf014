import { checkOptions, SpecError } from "../core/errors.js";
import type { RandomStream } from "../core/random.js";
import type { ImageSet, PixelScale } from "./types.js";

/** Side of the images in pixels. */
export const tetrisSize = 4;

/** Standard deviation of the noise on each pixel, in units of the shapes' brightness. */
const noise = 0.8;

/**
 * How bytes become values: 0..255 stands for -3..4, which is 3.75 deviations of the noise beyond the background's 0
 * and the shapes' 1; about one pixel in 10,000 is cut off.
 */
export const tetrisPixel: PixelScale = { scale: 7 / 255, shift: -3 };

interface TetrisShape {
  readonly name: string;
  /** Rows from top to bottom; # is a cell of the shape. */
  readonly rows: readonly string[];
  /** Its one place among "fixed" positions: row and column of its upper left corner. */
  readonly fixed: readonly [row: number, col: number];
}

const shapes: readonly TetrisShape[] = [
  { name: "O", rows: ["##", "##"], fixed: [1, 1] },
  { name: "I", rows: ["####"], fixed: [0, 0] },
  { name: "L", rows: ["#.", "#.", "##"], fixed: [0, 0] },
  { name: "T", rows: ["###", ".#."], fixed: [2, 1] },
];

/** O, I, L, T. */
export const tetrisClassNames: readonly string[] = shapes.map(({ name }) => name);

export interface TetrisOptions {
  /** Where chance comes from; image i has a stream of its own, so it does not depend on `count`. */
  readonly rng: RandomStream;
  /** "fixed" (default): each shape at one place. "all": anywhere in the image, never turned. */
  readonly positions?: "fixed" | "all";
}

/**
 * Draws `tetris` images, after the toy data set of Schuerholt et al. (2021), who leave open how theirs are made: the
 * four shapes O, I, L and T on 4 x 4 pixels, value 1 on 0, with Gaussian noise of deviation .8 on every pixel. Each
 * shape comes once in every four images. Bytes stand for the values as `tetrisPixel` says.
 * @param count number of images
 * @returns `count` images of 4 x 4 with labels 0..3
 * @throws SpecError for a count that is not a whole number, unknown positions or an unknown option
 */
export function drawTetris(count: number, options: TetrisOptions): ImageSet {
  checkOptions(options, ["rng", "positions"], "drawTetris");
  const { rng, positions = "fixed" } = options;
  if (!Number.isInteger(count) || count < 0) {
    throw new SpecError("tetris/count", `tetris cannot draw ${count} images; give a whole number`, {
      value: count,
    });
  }
  if (positions !== "fixed" && positions !== "all") {
    throw new SpecError("tetris/positions", `positions "${positions}" is unknown; choose fixed or all`, {
      value: positions,
    });
  }
  const pixels = tetrisSize * tetrisSize;
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  let order: Uint32Array = new Uint32Array(shapes.length);
  for (let i = 0; i < count; i++) {
    const turn = i % shapes.length;
    if (turn === 0) order = rng.split("labels", i / shapes.length).permutation(shapes.length);
    labels[i] = order[turn];
    const own = rng.split("image", i);
    const shape = shapes[labels[i]];
    const [row, col] = positions === "fixed" ? shape.fixed : anyPlace(shape, own);
    drawShape(shape, row, col, own, images.subarray(i * pixels, (i + 1) * pixels));
  }
  return { images, labels, count, height: tetrisSize, width: tetrisSize };
}

/** One of the places where a shape lies within the image. */
function anyPlace({ rows }: TetrisShape, rng: RandomStream): [row: number, col: number] {
  return [rng.integer(tetrisSize - rows.length + 1), rng.integer(tetrisSize - rows[0].length + 1)];
}

function drawShape(
  { rows }: TetrisShape,
  row: number,
  col: number,
  rng: RandomStream,
  pixels: Uint8Array,
): void {
  const { scale, shift } = tetrisPixel;
  for (let p = 0; p < pixels.length; p++) {
    const cell = rows[Math.floor(p / tetrisSize) - row]?.[(p % tetrisSize) - col];
    const value = (cell === "#" ? 1 : 0) + rng.normal(0, noise);
    pixels[p] = Math.min(255, Math.max(0, Math.round((value - shift) / scale)));
  }
}
