import { DataError, SpecError } from "../core/errors.js";
import type { LongRunOptions } from "../core/progress.js";
import { RandomStream } from "../core/random.js";
import type { DatasetName, NamedChange } from "./change-names.js";
import { addNoise, keepClasses, swapLabels } from "./changes.js";
import { firstImages } from "./forms.js";
import { datasetHash } from "./hash.js";
import { emptyPixel } from "./pixels.js";
import { resizeImages } from "./resize.js";
import { rotateImages } from "./rotate.js";
import { smoothImages } from "./smooth.js";
import type { Dataset, ImageSet } from "./types.js";

/** How many images, of which side. */
export interface ImageExtent {
  readonly size: number;
  readonly trainImages: number;
  readonly testImages: number;
}

/** What a changed data set is made from. */
export interface ChangedBase {
  readonly classNames: readonly string[];
  /** What the base has. */
  readonly there: ImageExtent;
  /** What is wanted of the changed set. */
  readonly wanted: ImageExtent;
  /** Numbers that must be had, or it is an error; others may turn out smaller. */
  readonly demanded: Partial<ImageExtent>;
  /** Whether every run of as many images as there are classes has one of each, as drawn sets have. */
  readonly isBalanced: boolean;
  load(extent: ImageExtent): Promise<Dataset>;
}

/**
 * Loads a data set and changes its images and labels, from left to right as its name says. Images are turned and smoothed at
 * the set's own size, where interpolation blurs them least, and shrunk afterwards, but before the first noise: its deviation
 * is that of the pixels that a network sees, and averaging would lessen it. Noise comes from a stream of the name up to
 * it, the split and the image's number, so that an image has the same noise however many are asked for. Classes keep
 * their numbers and names when only some of them are left.
 * @param asked the name in its parts
 * @throws DataError "data/change" for a class that the set does not have; SpecError when fewer images are left than are
 *   demanded; what loading the base throws; InterruptedError on abort
 */
export async function loadChanged(
  asked: DatasetName,
  base: ChangedBase,
  options: LongRunOptions,
): Promise<Dataset> {
  checkClasses(asked, base.classNames);
  const loaded = await base.load(baseExtent(asked.changes, base));
  const suffix = asked.changes.map(({ name }) => `+${name}`).join("");
  const name = asked.base + suffix;
  const change = async (split: "train" | "test"): Promise<ImageSet> => {
    const count = `${split}Images` as const;
    const wanted = { size: base.wanted.size, count: base.wanted[count] };
    const set = await changeImages(loaded, split, asked, wanted, options);
    const least = base.demanded[count] ?? 1;
    if (set.count >= least) return set;
    throw new SpecError(
      `dataset/${count}`,
      `${count} is ${least}, but ${name} has 1 to ${set.count} ${split === "train" ? "training" : "test"} images; give a whole number in that range`,
      { value: least },
    );
  };
  const train = await change("train");
  const test = await change("test");
  const { classNames, pixel, standsInFor } = loaded;
  return {
    name: loaded.name + suffix,
    ...(standsInFor === undefined ? {} : { standsInFor: standsInFor + suffix }),
    classNames,
    train,
    test,
    ...(pixel && { pixel }),
    hash: datasetHash(train, test, pixel),
  };
}

/** @throws DataError for a label that the set does not have, or when no class is left */
function checkClasses({ base, changes }: DatasetName, classNames: readonly string[]): void {
  let left: readonly number[] = [...classNames.keys()];
  for (const { name, change } of changes) {
    const named =
      change.kind === "swap" ? change.labels : change.kind === "classes" ? [change.from, change.to] : [];
    const missing = named.find((label) => label >= classNames.length);
    if (missing !== undefined) {
      const message = `"${name}" names class ${missing}, but ${base} has classes 0 to ${classNames.length - 1}`;
      throw new DataError("data/change", message, { value: name });
    }
    if (change.kind === "swap") {
      const [one, other] = change.labels;
      left = left.map((label) => (label === one ? other : label === other ? one : label));
    } else if (change.kind === "classes") {
      left = left.filter((label) => label >= change.from && label <= change.to);
    }
    if (left.length > 0) continue;
    throw new DataError("data/change", `"${name}" leaves no class of ${base}; name others`, { value: name });
  }
}

/** What must be had of the base: all where classes are picked, unless fewer are sure to hold enough of them. */
function baseExtent(changes: readonly NamedChange[], base: ChangedBase): ImageExtent {
  const { there, wanted, isBalanced, classNames } = base;
  const picks = changes.some(({ change }) => change.kind === "classes");
  const enough = (of: "trainImages" | "testImages") => {
    if (!picks) return wanted[of];
    return isBalanced ? Math.min(there[of], wanted[of] * classNames.length) : there[of];
  };
  const noise = changes.findIndex(({ change }) => change.kind === "noise");
  const beforeNoise = noise < 0 ? changes : changes.slice(0, noise);
  const isAtOwnSize = beforeNoise.some(({ change }) => change.kind === "rotate" || change.kind === "smooth");
  return {
    size: isAtOwnSize ? there.size : wanted.size,
    trainImages: enough("trainImages"),
    testImages: enough("testImages"),
  };
}

async function changeImages(
  dataset: Dataset,
  split: "train" | "test",
  { base, changes }: DatasetName,
  wanted: { readonly size: number; readonly count: number },
  options: LongRunOptions,
): Promise<ImageSet> {
  const lastPick = changes.findLastIndex(({ change }) => change.kind === "classes");
  let changed = dataset[split];
  const empty = emptyPixel(dataset.pixel);
  let path = base;
  for (const [index, { name, change }] of changes.entries()) {
    path += `+${name}`;
    if (change.kind === "rotate") {
      changed = await rotateImages(changed, change.degrees, { ...options, empty });
    } else if (change.kind === "smooth") {
      changed = smoothImages(changed);
    } else if (change.kind === "noise") {
      const rng = RandomStream.fromSeed("noise").split(path, split);
      changed = await addNoise(resizeImages(changed, wanted.size), change.deviation, { ...options, rng });
    } else if (change.kind === "swap") {
      changed = swapLabels(changed, ...change.labels);
    } else {
      changed = keepClasses(changed, change.from, change.to);
    }
    if (index === lastPick) changed = firstImages(changed, Math.min(wanted.count, changed.count));
  }
  return resizeImages(changed, wanted.size);
}
