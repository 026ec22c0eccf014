import { DataError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import type { NamedBytes } from "./byte-stream.js";
import { writeGray } from "./gray.js";
import { type MatVariable, openMatVariable } from "./mat5.js";
import type { ImageSet } from "./types.js";

const side = 32;
const imageBytes = 3 * side * side;
const classes = 10;
/** Images unpacked at a time. */
const blockImages = 256;

/** Runs `use` and lets go of the variable, checking its end where it was read whole. */
async function withVariable<T>(
  file: NamedBytes,
  name: string,
  use: (variable: MatVariable) => Promise<T>,
): Promise<T> {
  const variable = await openMatVariable(file, name);
  let isWhole = false;
  try {
    const result = await use(variable);
    isWhole = true;
    return result;
  } finally {
    // After a failure the failure counts, not what closing finds.
    await variable.close().catch((error: unknown) => {
      if (isWhole) throw error;
    });
  }
}

function shapeError(file: NamedBytes, what: string): DataError {
  return new DataError("data/shape", `${file.name} is not a file of SVHN's cropped digits: ${what}`, {
    value: file.name,
  });
}

/**
 * Reads the first images of a file of SVHN's cropped digits ("format 2": X of 32 x 32 x 3 x n bytes, y of n labels, 10
 * for the digit 0) in gray, a few hundred at a time, so that the file is never unpacked whole.
 * @param count how many images
 * @returns the images, row-major, and their digits
 * @throws DataError as openMatVariable, "data/shape" or "data/class" when X or y are of another kind or fewer than
 *   `count`, "data/label" for a label that is none of 1 to 10; InterruptedError on abort
 */
export async function readSvhn(
  file: NamedBytes,
  count: number,
  options: LongRunOptions = {},
): Promise<ImageSet> {
  const labels = await withVariable(file, "y", (y) => readLabels(y, file, count));
  const images = await withVariable(file, "X", async (x) => {
    const [height, width, channels, there = 1, ...more] = x.dimensions;
    if (height !== side || width !== side || channels !== 3 || more.length > 0) {
      throw shapeError(file, `X is ${x.dimensions.join(" x ")}, not 32 x 32 x 3 x images`);
    }
    if (there < count) throw shapeError(file, `X holds ${there} images of ${count}`);
    if (there !== labels.there)
      throw shapeError(file, `X holds ${there} images but y ${labels.there} labels`);
    return readImages(x, file, count, options);
  });
  return { images, labels: labels.digits, count, height: side, width: side };
}

async function readImages(
  x: MatVariable,
  file: NamedBytes,
  count: number,
  options: LongRunOptions,
): Promise<Uint8Array> {
  const pacer = new Pacer(`reading ${file.name}`, count, "images", options);
  const images = new Uint8Array(count * side * side);
  for (let first = 0; first < count; first += blockImages) {
    const block = Math.min(blockImages, count - first);
    const planes = await x.read(block * imageBytes);
    if (x.className !== "uint8" || !(planes instanceof Uint8Array)) {
      throw new DataError("data/class", `${file.name}: X is of class ${x.className}, not uint8`, {
        value: x.className,
      });
    }
    for (let i = 0; i < block; i++) {
      writeGray(planes, i * imageBytes, side, "columns", images, (first + i) * side * side);
    }
    await pacer.add(block);
  }
  return images;
}

/** The first labels as digits, and how many there are in the file. */
async function readLabels(
  y: MatVariable,
  file: NamedBytes,
  count: number,
): Promise<{ digits: Uint8Array; there: number }> {
  const there = y.dimensions.reduce((product, length) => product * length, 1);
  if (Math.max(...y.dimensions) !== there || there < count) {
    throw shapeError(file, `y is ${y.dimensions.join(" x ")}, not one label for each of ${count} images`);
  }
  const digits = Uint8Array.from(await y.read(count), (label, image) => {
    if (Number.isInteger(label) && label >= 1 && label <= classes) return label % classes;
    throw new DataError(
      "data/label",
      `${file.name} gives image ${image} the label ${label}, which is none of 1 to ${classes}`,
      { value: label },
    );
  });
  return { digits, there };
}
