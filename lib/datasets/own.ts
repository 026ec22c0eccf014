import { checkOptions, DataError } from "../core/errors.js";
import { datasetHash } from "./hash.js";
import type { Dataset, ImageSet, PixelScale } from "./types.js";

/** Images and labels of one split, as arrays of any kind. */
export interface OwnImages {
  /** Pixels 0..255, row-major, images x size x size. */
  readonly images: ArrayLike<number>;
  /** Class of each image, 0..classes-1. */
  readonly labels: ArrayLike<number>;
}

/** What `imageDataset` makes a data set of. */
export interface OwnDataset {
  readonly name: string;
  /** Side of the square images in pixels. */
  readonly size: number;
  readonly classNames: readonly string[];
  readonly train: OwnImages;
  readonly test: OwnImages;
  /** What bytes stand for; by default 0..255 for 0..1. */
  readonly pixel?: PixelScale;
}

const fields = ["name", "size", "classNames", "train", "test", "pixel"];

/**
 * A data set of one's own images, for `trainZoo(spec, { dataset })`. The specification's `dataset` names it and states
 * its size and numbers of images.
 * @throws DataError naming the split and what does not fit: pixels or labels that are no whole numbers in range, or
 *   numbers of them that differ; SpecError for an unknown field
 */
export function imageDataset(own: OwnDataset): Dataset {
  checkOptions(own, fields, "imageDataset");
  const { name, size, classNames, pixel } = own;
  if (!Number.isInteger(size) || size < 1) {
    throw new DataError("data/size", `imageDataset: size is ${size}; give the side of the square images`, {
      value: size,
    });
  }
  const train = imageSet(own, "train");
  const test = imageSet(own, "test");
  return { name, classNames, train, test, ...(pixel && { pixel }), hash: datasetHash(train, test, pixel) };
}

function imageSet({ size, classNames, ...own }: OwnDataset, split: "train" | "test"): ImageSet {
  const { images, labels } = own[split];
  const count = labels.length;
  if (count === 0 || images.length !== count * size * size) {
    throw new DataError(
      "data/shape",
      `imageDataset: ${split} has ${images.length} pixels for ${count} labels; ${size} x ${size} pixels a label are wanted`,
      { value: images.length },
    );
  }
  return {
    images: bytes(images, 255, `${split}.images`),
    labels: bytes(labels, classNames.length - 1, `${split}.labels`),
    count,
    height: size,
    width: size,
  };
}

function bytes(values: ArrayLike<number>, most: number, where: string): Uint8Array {
  return Uint8Array.from(values, (value, index) => {
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new DataError(
      "data/value",
      `imageDataset: ${where}[${index}] is ${value}; give whole numbers of 0 to ${most}`,
      { value },
    );
  });
}
