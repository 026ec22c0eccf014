import { DataError } from "../core/errors.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { LongRunOptions } from "../core/progress.js";
import { type ByteStream, type NamedBytes, unpackedStream } from "./byte-stream.js";
import { writeGray } from "./gray.js";
import { type TarEntry, tarEntries } from "./tar.js";
import type { ImageSet } from "./types.js";

const side = 32;
/** A label, then the channels red, green and blue, each row-major. */
const recordBytes = 1 + 3 * side * side;
const classes = 10;
const trainBatches = 5;
const blockRecords = 256;

/** How many images an archive has, and how many of the first ones are wanted. */
export interface CifarExtent {
  /** In all five training batches together. */
  readonly trainThere: number;
  readonly testThere: number;
  readonly train: number;
  readonly test: number;
}

/** Where a batch's records go: to `set`, from image `first`. */
interface Batch {
  readonly set: ImageSet;
  readonly first: number;
  readonly records: number;
}

/**
 * Reads the first images of both splits from the binary version of CIFAR-10 (a gzipped tar archive of five batches for
 * training and one for tests) in gray, a few hundred at a time, so that the archive is never unpacked whole.
 * @throws DataError "data/gzip", "data/tar" or "data/truncated" for a damaged archive, "data/missing-batch" when it lacks
 *   a batch, "data/shape" when a batch is not of the expected size, "data/label" for a label above 9; InterruptedError
 *   on abort
 */
export async function readCifarArchive(
  archive: NamedBytes,
  extent: CifarExtent,
  options: LongRunOptions = {},
): Promise<{ train: ImageSet; test: ImageSet }> {
  const train = emptySet(extent.train);
  const test = emptySet(extent.test);
  const wanted = wantedBatches(train, test, extent);
  const pacer = new Pacer(`reading ${archive.name}`, extent.train + extent.test, "images", options);
  const stream = unpackedStream(archive, "gzip");
  try {
    for await (const entry of tarEntries(stream, archive.name)) {
      const name = entry.name.split("/").at(-1) as string;
      const batch = wanted.get(name);
      if (!batch) continue;
      await readBatch(stream, { ...entry, name }, batch, archive, pacer);
      wanted.delete(name);
      if (wanted.size === 0) return { train, test };
    }
  } finally {
    await stream.close();
  }
  const list = [...wanted.keys()].join(", ");
  throw new DataError("data/missing-batch", `${archive.name} lacks ${list}; fetch it again`, { value: list });
}

function emptySet(count: number): ImageSet {
  const images = new Uint8Array(count * side * side);
  return { images, labels: new Uint8Array(count), count, height: side, width: side };
}

/** The batches that hold wanted images, by their names. */
function wantedBatches(train: ImageSet, test: ImageSet, extent: CifarExtent): Map<string, Batch> {
  const batches = new Map<string, Batch>([
    ["test_batch.bin", { set: test, first: 0, records: extent.testThere }],
  ]);
  const records = extent.trainThere / trainBatches;
  for (let i = 0; i * records < train.count; i++) {
    batches.set(`data_batch_${i + 1}.bin`, { set: train, first: i * records, records });
  }
  return batches;
}

async function readBatch(
  stream: ByteStream,
  entry: TarEntry,
  { set, first, records }: Batch,
  archive: NamedBytes,
  pacer: Pacer,
): Promise<void> {
  if (entry.byteLength !== records * recordBytes) {
    throw new DataError(
      "data/shape",
      `${archive.name}: ${entry.name} holds ${entry.byteLength} bytes, not ${records} records of ${recordBytes}`,
      { value: entry.name },
    );
  }
  const end = Math.min(first + records, set.count);
  for (let image = first; image < end; image += blockRecords) {
    const block = Math.min(blockRecords, end - image);
    const bytes = await stream.take(block * recordBytes);
    for (let i = 0; i < block; i++) {
      writeRecord(bytes, i * recordBytes, set, image + i, `${archive.name}: ${entry.name}`);
    }
    await pacer.add(block);
  }
}

function writeRecord(bytes: Uint8Array, at: number, set: ImageSet, image: number, where: string): void {
  const label = bytes[at];
  if (label >= classes) {
    throw new DataError("data/label", `${where} gives an image the label ${label}; there are only 0 to 9`, {
      value: label,
    });
  }
  set.labels[image] = label;
  writeGray(bytes, at + 1, side, "rows", set.images, image * side * side);
}
