import { DataError, SpecError } from "../../core/errors.js";
import { emptyPixel } from "../../datasets/pixels.js";
import type { Dataset, ImageSet } from "../../datasets/types.js";
import type { InputScale, ZooSpec } from "../types.js";

/**
 * How a byte p of an image becomes an input: what it stands for (p / 255 unless the data set says otherwise), or that
 * standardised by mean and deviation over all training pixels.
 * @throws DataError when all pixels are equal and cannot be standardised
 */
export function inputScale(
  scaling: ZooSpec["inputScaling"],
  { train, pixel }: Pick<Dataset, "train" | "pixel">,
): InputScale {
  const empty = pixel ? { empty: emptyPixel(pixel) } : {};
  if (scaling === "unit") return { ...(pixel ?? { scale: 1 / 255, shift: 0 }), ...empty };
  // Sums of whole numbers below 2^53 are exact, so the result does not depend on the order.
  let sum = 0;
  let squares = 0;
  for (const pixel of train.images) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const count = train.images.length;
  const mean = sum / count;
  const deviation = Math.sqrt(squares / count - mean * mean);
  if (!(deviation > 0)) {
    throw new DataError("data/constant", "all training pixels are equal; use inputScaling unit", {
      value: mean,
    });
  }
  return { scale: 1 / deviation, shift: -mean / deviation, ...empty };
}

/**
 * Checks that images are what a specification asks for.
 * @param outputs of the models' networks
 * @throws SpecError naming the field of the specification
 */
export function checkDataset(spec: ZooSpec, dataset: Dataset, outputs: number): void {
  const { train, test, classNames } = dataset;
  const found: readonly (readonly [string, number, number])[] = [
    ["dataset.size", spec.dataset.size, train.height],
    ["dataset.size", spec.dataset.size, train.width],
    ["dataset.trainImages", spec.dataset.trainImages, train.count],
    ["dataset.testImages", spec.dataset.testImages, test.count],
    ["network.layers (outputs of the last layer)", outputs, classNames.length],
  ];
  for (const [field, asked, given] of found) {
    if (asked !== given) {
      throw new SpecError(
        `zoo/${field}`,
        `zoo specification: ${field} is ${asked} and the data set "${dataset.name}" has ${given}; make them equal`,
        { value: asked },
      );
    }
  }
}

/**
 * Checks that the images after a shift are what a specification asks for and go with those before it.
 * @param before the data sets of the models before the shift
 * @param outputs of the models' networks
 * @throws SpecError naming the field of the specification
 */
export function checkShifted(
  { dataset: usual, shift }: Pick<ZooSpec, "dataset" | "shift">,
  shifted: Dataset,
  before: Iterable<Dataset>,
  outputs: number,
): void {
  const { train, test, classNames, name, pixel } = shifted;
  const found: readonly (readonly [string, number | undefined, number])[] = [
    ["dataset.size", usual.size, train.height],
    ["dataset.size", usual.size, train.width],
    ["shift.trainImages", shift?.trainImages, train.count],
    ["shift.testImages", shift?.testImages, test.count],
  ];
  const refuse = (field: string, problem: string, value: unknown) =>
    new SpecError(`zoo/${field}`, `zoo specification: ${problem}`, { value });
  for (const [field, asked, given] of found) {
    if (asked === given) continue;
    const problem = `${field} is ${asked} and the data set "${name}" of the shift has ${given}; make them equal`;
    throw refuse(field, problem, asked);
  }
  if (classNames.length > outputs) {
    const problem = `shift.dataset "${name}" has ${classNames.length} classes and the network ${outputs} outputs; take a data set with at most as many classes`;
    throw refuse("shift.dataset", problem, name);
  }
  for (const { name: other, pixel: usualPixel } of before) {
    if (pixel?.scale === usualPixel?.scale && pixel?.shift === usualPixel?.shift) continue;
    const problem = `in shift.dataset "${name}" bytes stand for other values than in "${other}", and inputs stay scaled as before the shift; take data sets of one kind`;
    throw refuse("shift.dataset", problem, name);
  }
}

/** Images on shared memory, so that workers read them without a copy of their own. */
export function shareImages(set: ImageSet): ImageSet {
  return { ...set, images: share(set.images), labels: share(set.labels) };
}

function share(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
