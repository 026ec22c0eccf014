import { setImmediate as nextTurn } from "node:timers/promises";
import { DataError, throwIfAborted } from "../core/errors.js";
import type { NamedBytes } from "./byte-stream.js";
import { readCifarArchive } from "./cifar.js";
import type { DownloadOptions } from "./download.js";
import { formToRead, obtainFile } from "./files.js";
import { parseIdxPair } from "./idx.js";
import type { CifarForm, DatasetSource, IdxForm, SourceFile, SvhnForm } from "./source.js";
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
    if (set.count < counts[split] || set.height !== source.size || set.width !== source.size) {
      throw new DataError(
        "data/shape",
        `${images.name} holds ${set.count} images of ${set.height} x ${set.width}, not what is known of ${source.name}`,
        { value: images.name },
      );
    }
    return firstImages(set, counts[split]);
  };
  return { train: await read("train"), test: await read("test") };
}

/** Files at hand are read without waiting, and nobody would hear of an interrupt. */
async function pause(source: DatasetSource, options: DownloadOptions): Promise<void> {
  await nextTurn();
  throwIfAborted(options.signal, `loading ${source.name}`);
}

/** The first `count` images, copied so that the rest can be let go. */
function firstImages(set: ImageSet, count: number): ImageSet {
  const { height, width } = set;
  const images = set.images.slice(0, count * height * width);
  return { images, labels: set.labels.slice(0, count), count, height, width };
}

async function readSvhnForm(
  { name }: DatasetSource,
  form: SvhnForm,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const obtain = (file: SourceFile): Promise<NamedBytes> => obtainFile(name, form, file, options);
  const train = await readSvhn(await obtain(form.files.train), counts.train, options);
  const test = await readSvhn(await obtain(form.files.test), counts.test, options);
  return { train, test };
}

async function readCifarForm(
  { name, trainImages, testImages }: DatasetSource,
  form: CifarForm,
  counts: SplitCounts,
  options: DownloadOptions,
): Promise<Splits> {
  const archive = await obtainFile(name, form, form.files.archive, options);
  const extent = { trainThere: trainImages, testThere: testImages, ...counts };
  return readCifarArchive(archive, extent, options);
}
