import { checkOptions, SpecError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { ImageSet } from "./types.js";

/** Options of `addNoise`. */
export interface NoiseOptions extends LongRunOptions {
  /** Where chance comes from; image i has a stream of its own, so its noise does not depend on how many there are. */
  readonly rng: RandomStream;
}

/**
 * Adds Gaussian noise to each pixel, rounded to whole gray levels and clipped to 0..255: of a black pixel one half of
 * the noise is lost.
 * @param deviation standard deviation before the clipping, in gray levels of 0..255
 * @throws SpecError "noise/deviation" for a deviation below 0; InterruptedError when the signal is aborted
 */
export async function addNoise(set: ImageSet, deviation: number, options: NoiseOptions): Promise<ImageSet> {
  checkOptions(options, ["rng", "signal", "onProgress"], "addNoise");
  if (!(deviation >= 0 && Number.isFinite(deviation))) {
    throw new SpecError("noise/deviation", `noise cannot have a deviation of ${deviation}; give 0 or more`, {
      value: deviation,
    });
  }
  const area = set.height * set.width;
  const images = new Uint8Array(set.images.length);
  const pacer = new Pacer("adding noise", set.count, "images", options);
  for (let i = 0; i < set.count; i++) {
    const rng = options.rng.split(i);
    for (let at = i * area; at < (i + 1) * area; at++) {
      const value = Math.floor(set.images[at] + rng.normal(0, deviation) + 0.5);
      images[at] = Math.min(255, Math.max(0, value));
    }
    await pacer.add(1);
  }
  return { ...set, images };
}

/** Exchanges two labels; the images stay. */
export function swapLabels(set: ImageSet, one: number, other: number): ImageSet {
  const labels = set.labels.map((label) => (label === one ? other : label === other ? one : label));
  return { ...set, labels };
}

/** The images of classes `from` to `to`, both included, in their order; labels keep their numbers. */
export function keepClasses(set: ImageSet, from: number, to: number): ImageSet {
  const kept = Uint32Array.from(set.labels.keys()).filter(
    (image) => set.labels[image] >= from && set.labels[image] <= to,
  );
  const area = set.height * set.width;
  const images = new Uint8Array(kept.length * area);
  kept.forEach((image, i) => {
    images.set(set.images.subarray(image * area, (image + 1) * area), i * area);
  });
  return { ...set, images, labels: Uint8Array.from(kept, (image) => set.labels[image]), count: kept.length };
}
