import { setImmediate as nextTurn } from "node:timers/promises";
import { checkOptions, SpecError, throwIfAborted } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { type LongRunOptions, ProgressMeter } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { drawDigit } from "./strokes-draw.js";
import type { ImageSet } from "./types.js";

/** Images drawn between two looks at the abort signal (some 20 ms). */
const batch = 500;

export interface StrokesOptions extends LongRunOptions {
  /** Where chance comes from; image i has a stream of its own, so it does not depend on `count`. */
  readonly rng: RandomStream;
  /** Side of the square images in pixels; default 28. */
  readonly size?: number;
}

/** The labels of images 10 `block` to 10 `block` + 9: each digit once, in random order. */
function blockLabels(rng: RandomStream, block: number): Uint32Array {
  return rng.split("labels", block).permutation(10);
}

/**
 * Draws `strokes`, a synthetic stand-in for handwritten digits: ten classes, balanced in every ten images, several
 * ways of writing each digit, random placement, thickness, darkness and noise. A linear classifier stays below 95
 * percent on it, a small convolutional network comes above 97.
 * @param count number of images
 * @returns `count` images of size x size with labels 0..9
 * @throws SpecError for a count or size that is not a whole number, or an unknown option
 * @throws InterruptedError when the signal is aborted
 */
export async function drawStrokes(count: number, options: StrokesOptions): Promise<ImageSet> {
  checkOptions(options, ["rng", "size", "signal", "onProgress"], "drawStrokes");
  const { rng, size = 28 } = options;
  const { signal } = interruptible(options);
  if (!Number.isInteger(count) || count < 0) {
    throw new SpecError("strokes/count", `strokes cannot draw ${count} images; give a whole number`, {
      value: count,
    });
  }
  if (!Number.isInteger(size) || size < 8 || size > 256) {
    throw new SpecError(
      "strokes/size",
      `strokes cannot draw images of ${size} pixels; give 8 to 256 as size`,
      { value: size },
    );
  }
  const images = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  const ink = new Float32Array(size * size);
  const meter = new ProgressMeter("drawing strokes", count, "images", options.onProgress);
  let digits: Uint32Array = new Uint32Array(10);
  throwIfAborted(signal, "drawing strokes");
  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) digits = blockLabels(rng, i / 10);
    labels[i] = digits[i % 10];
    drawDigit(
      labels[i],
      rng.split("image", i),
      images.subarray(i * size * size, (i + 1) * size * size),
      ink,
      size,
    );
    if ((i + 1) % batch === 0 || i + 1 === count) {
      meter.add((i + 1) % batch || batch);
      await nextTurn();
      throwIfAborted(signal, "drawing strokes");
    }
  }
  return { images, labels, count, height: size, width: size };
}
