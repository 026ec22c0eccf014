import { checkOptions, DataError, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import type { LongRunOptions } from "../core/progress.js";
import { RandomStream } from "../core/random.js";
import { parseDatasetName } from "./change-names.js";
import { loadChanged } from "./changed.js";
import type { NetworkOptions } from "./download.js";
import { readSplits } from "./forms.js";
import { datasetHash } from "./hash.js";
import { findSource } from "./registry.js";
import { resizeImages } from "./resize.js";
import type { DatasetSource } from "./source.js";
import { type SyntheticSource, strokesSource, syntheticSources } from "./synthetic.js";
import type { Dataset, ImageSet } from "./types.js";

export interface LoadOptions extends LongRunOptions {
  /** Side of the square images in pixels, at most the set's own; default the set's own. */
  readonly size?: number;
  /** Training images to use, the first ones; default all, of `tetris` 100. */
  readonly trainImages?: number;
  /** Test images to use, the first ones; default all, of `tetris` 200. */
  readonly testImages?: number;
  /** Seed of the synthetic sets; real ones have no chance in them. Default 1. */
  readonly seed?: number;
  /** How patient a download is. */
  readonly network?: NetworkOptions;
}

/** What is asked for, with the defaults filled in. */
interface Extent {
  readonly size: number;
  readonly trainImages: number;
  readonly testImages: number;
}

const knownOptions = ["size", "trainImages", "testImages", "seed", "network", "signal", "onProgress"];

/** What there is of a set, and what is taken of it where nothing is asked for: by default all. */
interface Supply extends Extent {
  readonly name: string;
  readonly usual?: Partial<Extent>;
}

/** Checks what is asked for against what there is. */
function extentOf(options: LoadOptions, there: Supply): Extent {
  checkOptions(options, knownOptions, "loadDataset");
  const field = (name: keyof Extent, unit: string): number => {
    const value = options[name] ?? there.usual?.[name] ?? there[name];
    if (Number.isInteger(value) && value >= 1 && value <= there[name]) return value;
    throw new SpecError(
      `dataset/${name}`,
      `${name} is ${value}, but ${there.name} has 1 to ${there[name]} ${unit}; give a whole number in that range`,
      { value },
    );
  };
  return {
    size: field("size", "pixels a side"),
    trainImages: field("trainImages", "training images"),
    testImages: field("testImages", "test images"),
  };
}

function assemble(
  { name, classNames, pixel }: Pick<Dataset, "name" | "classNames" | "pixel">,
  train: ImageSet,
  test: ImageSet,
): Dataset {
  return { name, classNames, train, test, ...(pixel && { pixel }), hash: datasetHash(train, test, pixel) };
}

/**
 * Draws a synthetic set; training and test images come from streams of their own.
 * @param streams names of further streams to draw from, for other images of the same kind
 */
async function loadSynthetic(
  source: SyntheticSource,
  extent: Extent,
  options: LoadOptions,
  streams: readonly string[] = [],
): Promise<Dataset> {
  const rng = RandomStream.fromSeed(options.seed ?? 1).split(source.name, ...streams);
  const draw = async (split: "train" | "test", count: number): Promise<ImageSet> => {
    // Drawn at its own size and shrunk like a real set; larger ones, which stand in for larger sets, drawn as they are.
    const size = Math.max(extent.size, source.size);
    return resizeImages(await source.draw(count, size, rng.split(split), options), extent.size);
  };
  const train = await draw("train", extent.trainImages);
  const test = await draw("test", extent.testImages);
  return assemble(source, train, test);
}

/**
 * Reads a data set that is described by its source; `loadDataset` for sets that the registry does not know.
 * @throws as loadDataset
 */
export async function loadSource(source: DatasetSource, given: LoadOptions = {}): Promise<Dataset> {
  const options = interruptible(given);
  const extent = extentOf(options, source);
  const counts = { train: extent.trainImages, test: extent.testImages };
  const { train, test } = await readSplits(source, counts, options);
  return assemble(source, resizeImages(train, extent.size), resizeImages(test, extent.size));
}

/**
 * `loadSource`, or `strokes` of the same extent where the set can neither be found nor downloaded. In MNIST's place they are
 * those of `strokes` itself, in any other's they are drawn from a stream of its name: zoos of two absent sets would be one
 * and the same on equal images.
 */
export async function loadSourceOrStrokes(source: DatasetSource, given: LoadOptions = {}): Promise<Dataset> {
  const options = interruptible(given);
  try {
    return await loadSource(source, options);
  } catch (error) {
    const absent = error instanceof DataError && ["data/unreachable", "data/missing"].includes(error.code);
    if (!absent) throw error;
    const streams = source.name === "mnist" ? [] : [source.name];
    const strokes = await loadSynthetic(strokesSource, extentOf(options, source), options, streams);
    return { ...strokes, standsInFor: source.name };
  }
}

/**
 * Loads images and labels by name: "mnist", "fashion-mnist", "cifar10-gs", "svhn-gs", or the synthetic "strokes",
 * "tetris" and "tetris-all-positions" (see drawTetris), which are always at hand. Real sets are looked for in
 * `WEIGHTBOOK_DATA/<name>/`, then in the cache, then downloaded into the cache; each file's SHA-256 is checked.
 * CIFAR-10 and SVHN come in gray (see luma) from their original files, the former also from files in MNIST's format.
 * Images are the first ones of each split, shrunk by area averaging.
 *
 * A name may be followed by changes, made from left to right: "mnist+rotate45" (degrees, counterclockwise, black outside),
 * "mnist+noise64" (deviation in gray levels), "mnist+swap3-8" (labels), "mnist+classes0-7" (only these; the first of
 * them, as many as asked for), "mnist+classes0-4+rotate90". See loadChanged.
 * @throws DataError "data/unknown" for a name that is not known, "data/change" for a change that is not, "data/checksum"
 * for a damaged file, "data/unreachable" when it cannot be downloaded
 * @throws SpecError for an unknown option, or when more is asked for than the set has
 * @throws InterruptedError when the signal is aborted
 */
export function loadDataset(name: string, given: LoadOptions = {}): Promise<Dataset> {
  return loadNamed(name, given, loadSource);
}

/**
 * As `loadDataset`, but where the set is neither found nor downloadable (no network), `strokes` of the same extent
 * takes its place, with the same changes, and says so in `standsInFor`. A damaged file is never replaced in silence: it
 * throws.
 * @throws as loadDataset, but for "data/unreachable" and "data/missing"
 */
export function loadDatasetOrStrokes(name: string, given: LoadOptions = {}): Promise<Dataset> {
  return loadNamed(name, given, loadSourceOrStrokes);
}

async function loadNamed(name: string, given: LoadOptions, loadReal: typeof loadSource): Promise<Dataset> {
  const options = interruptible(given);
  const asked = parseDatasetName(name);
  const synthetic = syntheticSources.find((source) => source.name === asked.base);
  const source = synthetic ?? findSource(asked.base);
  const load = (changes: Partial<Extent>): Promise<Dataset> => {
    const own = { ...options, ...changes };
    return synthetic
      ? loadSynthetic(synthetic, extentOf(own, synthetic), own)
      : loadReal(findSource(asked.base), own);
  };
  if (asked.changes.length === 0) return load({});
  const base = {
    classNames: source.classNames,
    there: source,
    wanted: extentOf(options, source),
    demanded: options,
    isBalanced: synthetic !== undefined,
    load,
  };
  const { signal, onProgress } = options;
  return loadChanged(asked, base, { signal, onProgress });
}
