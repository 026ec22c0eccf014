import { throwIfAborted } from "../core/errors.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { drawStrokes } from "./strokes.js";
import { drawTetris, type TetrisOptions, tetrisClassNames, tetrisPixel, tetrisSize } from "./tetris.js";
import type { ImageSet, PixelScale } from "./types.js";

/** A data set that is drawn, and so is always at hand. */
export interface SyntheticSource {
  readonly name: string;
  readonly classNames: readonly string[];
  /** Side of the square images in pixels. */
  readonly size: number;
  /** At most so many images. */
  readonly trainImages: number;
  readonly testImages: number;
  /** Images where nothing is asked for; at most those above. */
  readonly usual: { readonly trainImages: number; readonly testImages: number };
  readonly pixel?: PixelScale;
  /** Draws `count` images of one split; a larger `size` than the usual one where the set can. */
  draw(count: number, size: number, rng: RandomStream, options: LongRunOptions): Promise<ImageSet>;
}

/** The stand-in for real sets, of MNIST's extent. */
export const strokesSource: SyntheticSource = {
  name: "strokes",
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  size: 28,
  trainImages: 60000,
  testImages: 10000,
  usual: { trainImages: 60000, testImages: 10000 },
  draw: (count, size, rng, { signal, onProgress }) => drawStrokes(count, { rng, size, signal, onProgress }),
};

function tetrisSource(name: string, positions: TetrisOptions["positions"]): SyntheticSource {
  return {
    name,
    classNames: tetrisClassNames,
    size: tetrisSize,
    trainImages: 60000,
    testImages: 10000,
    usual: { trainImages: 100, testImages: 200 },
    pixel: tetrisPixel,
    draw: async (count, _size, rng, { signal }) => {
      throwIfAborted(signal, `drawing ${name}`);
      return drawTetris(count, { rng, positions });
    },
  };
}

/** All data sets that are drawn. */
export const syntheticSources: readonly SyntheticSource[] = [
  strokesSource,
  tetrisSource("tetris", "fixed"),
  tetrisSource("tetris-all-positions", "all"),
];
