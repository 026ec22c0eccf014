import { setImmediate as nextTurn } from "node:timers/promises";
import { DataError, throwIfAborted } from "../core/errors.js";
import { readCifarArchive } from "./cifar.js";
import type { DownloadOptions } from "./download.js";
import { formToRead, obtainFile } from "./files.js";
import { parseIdxPair } from "./idx.js";
import type { CifarForm, DatasetSource, IdxForm, SvhnForm } from "./source.js";
import { readSvhn } from "./svhn.js";
import type { ImageSet } from "./types.js";

/** How many of a split's first images are wanted. */
export interface SplitCounts {
  readonly train: number;
  readonly test: number;
}

interface Splits {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/**
 * Reads the first images of both splits of a data set, in the form that is at hand or can be downloaded.
 * @throws DataError as obtainFile and the form's reader; InterruptedError when the signal is aborted
 */
export function readSplits(
  source: DatasetSource,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const form = formToRead(source);
  if (form.format === "idx") return readIdxForm(source, form, counts, options);
  if (form.format === "svhn") return readSvhnForm(source, form, counts, options);
  return readCifarForm(source, form, counts, options);
}

async function readIdxForm(
  source: DatasetSource,
  form: IdxForm,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const read = async (split: "train" | "test"): Promise<ImageSet> => {
    const images = await obtainFile(source.name, form, form.files[`${split}Images`], options);
    const labels = await obtainFile(source.name, form, form.files[`${split}Labels`], options);
    await pause(source, options);
    const set = parseIdxPair(images, labels, source.classNames.length);
    checkShape(source, set, counts[split], images.name);
    return firstImages(set, counts[split]);
  };
  return { train: await read("train"), test: await read("test") };
}

/** @throws DataError "data/shape" for images of another size than the set's, or fewer than wanted */
function checkShape({ name, size }: DatasetSource, set: ImageSet, count: number, file: string): void {
  if (set.count >= count && set.height === size && set.width === size) return;
  const message = `${file} holds ${set.count} images of ${set.height} x ${set.width}, not what is known of ${name}: ${count} of ${size} x ${size} at least`;
  throw new DataError("data/shape", message, { value: file });
}

/** Files at hand are read without waiting, and nobody would hear of an interrupt. */
async function pause(source: DatasetSource, options: DownloadOptions): Promise<void> {
  await nextTurn();
  throwIfAborted(options.signal, `loading ${source.name}`);
}

/** The first `count` images, copied so that the rest can be let go. */
export function firstImages(set: ImageSet, count: number): ImageSet {
  const { height, width } = set;
  const images = set.images.slice(0, count * height * width);
  return { images, labels: set.labels.slice(0, count), count, height, width };
}

async function readSvhnForm(
  source: DatasetSource,
  form: SvhnForm,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const read = async (split: "train" | "test"): Promise<ImageSet> => {
    const file = await obtainFile(source.name, form, form.files[split], options);
    const set = await readSvhn(file, counts[split], options);
    checkShape(source, set, counts[split], file.name);
    return set;
  };
  return { train: await read("train"), test: await read("test") };
}

async function readCifarForm(
  source: DatasetSource,
  form: CifarForm,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const archive = await obtainFile(source.name, form, form.files.archive, options);
  const extent = { trainThere: source.trainImages, testThere: source.testImages, ...counts };
  const splits = await readCifarArchive(archive, extent, options);
  checkShape(source, splits.train, counts.train, archive.name);
  checkShape(source, splits.test, counts.test, archive.name);
  return splits;
}
