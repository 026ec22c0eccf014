import { deflateSync, gzipSync } from "node:zlib";
import type { ImageSet } from "#lib/datasets/index.js";

/** An array of unsigned bytes, its first dimension fastest. */
export interface MatBytes {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly bytes: Uint8Array;
}

export interface MatOptions {
  readonly isBig?: boolean;
  readonly isPacked?: boolean;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function words(values: readonly number[], isBig: boolean): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value, !isBig);
  });
  return bytes;
}

/** A data element, of the small kind where its content has room in the tag. */
function element(type: number, content: Uint8Array, isBig: boolean): Uint8Array {
  if (content.length > 0 && content.length <= 4) {
    const tag = words([(content.length << 16) | type], isBig);
    return joined(tag, content, new Uint8Array(4 - content.length));
  }
  const padding = new Uint8Array((8 - (content.length % 8)) % 8);
  return joined(words([type, content.length], isBig), content, padding);
}

/** A MATLAB 5 file of arrays of class uint8, written by the format's description and not by the library. */
export function matFile(
  arrays: readonly MatBytes[],
  { isBig = false, isPacked = true }: MatOptions = {},
): Uint8Array {
  const header = new Uint8Array(128).fill(0x20);
  header.set(new TextEncoder().encode("MATLAB 5.0 MAT-file"));
  new DataView(header.buffer).setUint16(124, 0x0100, !isBig);
  header.set(new TextEncoder().encode(isBig ? "MI" : "IM"), 126);
  const elements = arrays.map(({ name, dimensions, bytes }) => {
    const content = joined(
      element(6, words([9, 0], isBig), isBig),
      element(5, words(dimensions, isBig), isBig),
      element(1, new TextEncoder().encode(name), isBig),
      element(2, bytes, isBig),
    );
    const matrix = joined(words([14, content.length], isBig), content);
    if (!isPacked) return matrix;
    const packed = deflateSync(matrix);
    return joined(words([15, packed.length], isBig), packed);
  });
  return joined(header, ...elements);
}

/** Colour images whose pixels follow a rule: one value for each image, channel, row and column. */
export function colour(image: number, channel: number, row: number, column: number): number {
  return (7 * row + 3 * column + 50 * channel + 31 * image) % 256;
}

/** What those images are in gray, by the formula as data/README of the project's shared files states it. */
export function grayImages(count: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: count * 1024 }, (_, i) => {
    const [image, row, column] = [first + Math.floor(i / 1024), Math.floor(i / 32) % 32, i % 32];
    const [red, green, blue] = [0, 1, 2].map((channel) => colour(image, channel, row, column));
    return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
  });
}

/** X and y of SVHN's cropped digits for colour images by the rule, or by another one. */
export function svhnArrays(labels: readonly number[], pixel = colour): MatBytes[] {
  const count = labels.length;
  const bytes = new Uint8Array(3072 * count);
  for (let image = 0, at = 0; image < count; image++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let column = 0; column < 32; column++) {
        for (let row = 0; row < 32; row++) bytes[at++] = pixel(image, channel, row, column);
      }
    }
  }
  return [
    { name: "X", dimensions: [32, 32, 3, count], bytes },
    { name: "y", dimensions: [count, 1], bytes: Uint8Array.from(labels) },
  ];
}

/** Records of CIFAR-10's binary version: label, then the channels, for colour images by the rule from `first` on. */
export function cifarRecords(labels: readonly number[], first = 0): Uint8Array {
  const bytes = new Uint8Array(3073 * labels.length);
  labels.forEach((label, image) => {
    let at = 3073 * image;
    bytes[at++] = label;
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < 32; row++) {
        for (let column = 0; column < 32; column++) bytes[at++] = colour(first + image, channel, row, column);
      }
    }
  });
  return bytes;
}

export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** "0" for a file (default), "5" for a folder. */
  readonly kind?: string;
}

/** A tar archive (ustar), written by the format's description. */
export function tarFile(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(({ name, content, kind = "0" }) => {
    const header = new Uint8Array(512);
    const put = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put("0000644\0", 100);
    put(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    put("        ", 148);
    put(kind, 156);
    put("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, content, new Uint8Array((512 - (content.length % 512)) % 512)];
  });
  return joined(...parts, new Uint8Array(1024));
}

/** The archive of CIFAR-10's binary version for `batch` images a batch; its files lie in the archive's odd order. */
export function cifarArchive(batch: number): { archive: Uint8Array; train: ImageSet; test: ImageSet } {
  const labelsFrom = (first: number) => Array.from({ length: batch }, (_, i) => (3 * (first + i)) % 10);
  const folder = "cifar-10-batches-bin";
  const file = (name: string, first: number): TarFile => ({
    name: `${folder}/${name}.bin`,
    content: cifarRecords(labelsFrom(first), first),
  });
  const archive = tarFile([
    { name: `${folder}/`, content: new Uint8Array(0), kind: "5" },
    ...[1, 5, 3, 2, 4].map((number) => file(`data_batch_${number}`, (number - 1) * batch)),
    { name: `${folder}/readme.html`, content: new TextEncoder().encode("<html>") },
    file("test_batch", 5 * batch),
  ]);
  const set = (count: number, first: number): ImageSet => ({
    images: grayImages(count, first),
    labels: Uint8Array.from({ length: count }, (_, i) => (3 * (first + i)) % 10),
    ...{ count, height: 32, width: 32 },
  });
  return {
    archive: Uint8Array.from(gzipSync(archive)),
    train: set(5 * batch, 0),
    test: set(batch, 5 * batch),
  };
}
