import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataError, InterruptedError } from "#lib/core/errors.js";
import { sha256 } from "#lib/core/hash.js";
import { readCifarArchive } from "#lib/datasets/cifar.js";
import {
  type DatasetSource,
  findSource,
  loadSource,
  loadSourceOrStrokes,
  type SourceFile,
  type SourceForm,
} from "#lib/datasets/index.js";
import { openMatVariable } from "#lib/datasets/mat5.js";
import { readSvhn } from "#lib/datasets/svhn.js";
import {
  cifarArchive,
  cifarRecords,
  grayImages,
  matFile,
  svhnArrays,
  tarFile,
} from "../helpers/originals.js";
import {
  idxImages,
  idxLabels,
  refusingAddress,
  serve,
  stopServers,
  temporaryFolder,
} from "./datasets-fixtures.js";

let data: string;
let cache: string;
let asked: string[];

beforeEach(() => {
  data = temporaryFolder();
  cache = temporaryFolder();
  asked = [];
  vi.stubEnv("WEIGHTBOOK_DATA", data);
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await stopServers();
});

const published = new Map<string, Uint8Array>();

/** Describes a file as the registry would, without its content unpacked. */
function file(name: string, bytes: Uint8Array): SourceFile {
  published.set(name, bytes);
  return { name, byteLength: bytes.length, sha256: sha256(bytes) };
}

const trainLabels = [1, 9, 10, 2, 3, 10, 4];
const testLabels = [10, 8, 7];
const svhnFiles = {
  train: file("train_32x32.mat", matFile(svhnArrays(trainLabels))),
  test: file("test_32x32.mat", matFile(svhnArrays(testLabels), { isPacked: false })),
};
const cifar = cifarArchive(2);
const cifarFiles = { archive: file("cifar-10-binary.tar.gz", cifar.archive) };

/** The published sources with files of a few images; only names and numbers differ. */
function smallSvhn(mirrors: readonly string[]): DatasetSource {
  const forms = [{ format: "svhn", mirrors, files: svhnFiles } as const];
  return { ...findSource("svhn-gs"), trainImages: 7, testImages: 3, forms };
}

function smallCifar(mirrors: readonly string[]): DatasetSource {
  const form: SourceForm = { format: "cifar-10", mirrors, files: cifarFiles };
  const idx = (name: string, bytes: Uint8Array) => ({ ...file(name, gzipSync(bytes)) });
  const files = {
    trainImages: idx("train-images.gz", idxImages(cifar.train)),
    trainLabels: idx("train-labels.gz", idxLabels(cifar.train)),
    testImages: idx("test-images.gz", idxImages(cifar.test)),
    testLabels: idx("test-labels.gz", idxLabels(cifar.test)),
  };
  const forms = [{ format: "idx", mirrors: [], files } as const, form];
  return { ...findSource("cifar10-gs"), trainImages: 10, testImages: 2, forms };
}

function home(): Promise<string> {
  return serve((request, response) => {
    const name = (request.url as string).slice(1);
    asked.push(name);
    response.end(published.get(name));
  });
}

function place(set: string, names: readonly string[], folder = data): void {
  mkdirSync(join(folder, set), { recursive: true });
  for (const name of names) writeFileSync(join(folder, set, name), published.get(name) as Uint8Array);
}

async function refusal(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain("\n");
  return error as DataError;
}

describe("original files", () => {
  it("of SVHN are downloaded once, checked, kept, and read in gray", async () => {
    const source = smallSvhn([await home()]);
    const set = await loadSource(source);
    expect(set).toMatchObject({
      name: "svhn-gs",
      classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    });
    expect(set.train.images).toEqual(grayImages(7));
    expect(set.test.images).toEqual(grayImages(3));
    expect([...set.train.labels]).toEqual([1, 9, 0, 2, 3, 0, 4]);
    expect([...set.test.labels]).toEqual([0, 8, 7]);
    expect(await loadSource(source)).toEqual(set);
    expect(asked).toEqual(["train_32x32.mat", "test_32x32.mat"]);
    const kept = readFileSync(join(cache, "datasets", "svhn-gs", "train_32x32.mat"));
    expect(kept.equals(published.get("train_32x32.mat") as Uint8Array)).toBe(true);
  });

  it("of CIFAR-10 are downloaded as one archive, and equal the same images in MNIST's format", async () => {
    const source = smallCifar([await home()]);
    const fromArchive = await loadSource(source);
    expect(asked).toEqual(["cifar-10-binary.tar.gz"]);
    expect(fromArchive).toMatchObject({ train: cifar.train, test: cifar.test });
    place("cifar10-gs", ["train-images.gz", "train-labels.gz", "test-images.gz", "test-labels.gz"]);
    const fromIdx = await loadSource({ ...source, forms: [source.forms[0]] });
    expect(fromIdx).toEqual(fromArchive);
    expect(fromIdx.hash).toBe(fromArchive.hash);
  });

  it("are taken from WEIGHTBOOK_DATA, the first images, shrunk", async () => {
    place("svhn-gs", ["train_32x32.mat", "test_32x32.mat"]);
    place("cifar10-gs", ["cifar-10-binary.tar.gz"]);
    const few = { trainImages: 3, testImages: 2, size: 16 };
    for (const source of [smallSvhn([]), smallCifar([])]) {
      const set = await loadSource(source, few);
      expect([set.train.count, set.train.height, set.test.count]).toEqual([3, 16, 2]);
      const whole = await loadSource(source, { size: 16 });
      expect(set.train.images).toEqual(whole.train.images.slice(0, 3 * 256));
      expect(set.test.labels).toEqual(whole.test.labels.slice(0, 2));
    }
  });

  it("are not asked for where the set lies in MNIST's format", async () => {
    place("cifar10-gs", ["train-images.gz", "train-labels.gz", "test-images.gz", "test-labels.gz"]);
    expect((await loadSource(smallCifar([await home()]))).train).toEqual(cifar.train);
    expect(asked).toEqual([]);
    place("cifar10-gs", ["cifar-10-binary.tar.gz"]);
    truncateSync(join(data, "cifar10-gs", "test-labels.gz"), 4);
    expect((await refusal(loadSource(smallCifar([])))).code).toBe("data/checksum");
  });

  it("out of reach have strokes in their place, of the same extent", async () => {
    for (const source of [smallSvhn([await refusingAddress()]), smallCifar([await refusingAddress()])]) {
      const set = await loadSourceOrStrokes(source);
      expect(set).toMatchObject({ name: "strokes", standsInFor: source.name });
      expect([set.train.count, set.train.height]).toEqual([source.trainImages, 32]);
      const error = await refusal(loadSource(source));
      expect(error.code).toBe("data/unreachable");
      expect(error.message).toContain(`into a folder "${source.name}" and set WEIGHTBOOK_DATA`);
    }
  });

  it("are downloaded in place of MNIST's format where a file of it is missing, which a line names first", async () => {
    const told: string[] = [];
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => told.push(String(text)) > 0);
    place("cifar10-gs", ["train-images.gz", "train-labels.gz", "test-images.gz"]);
    const address = await serve((request, response) => {
      asked.push(`${told.length} told, ${(request.url as string).slice(1)}`);
      response.end(published.get((request.url as string).slice(1)));
    });
    expect((await loadSource(smallCifar([address]))).train).toEqual(cifar.train);
    expect(asked).toEqual(["1 told, cifar-10-binary.tar.gz"]);
    const there = join(data, "cifar10-gs", "train-images.gz");
    expect(told).toEqual([
      `weightbook: cifar10-gs: ${there} is there but not test-labels.gz; without it cifar-10-binary.tar.gz (1 MB) is downloaded\n`,
    ]);
    // What was downloaded is at hand from now on, and of a set without any file there is nothing to say.
    await loadSource(smallCifar([address]));
    await loadSource(smallSvhn([await home()]));
    write.mockRestore();
    expect(told).toHaveLength(1);
  });

  it("that are of another size than what is known of the set are refused", async () => {
    place("svhn-gs", ["train_32x32.mat", "test_32x32.mat"]);
    place("cifar10-gs", ["cifar-10-binary.tar.gz"]);
    for (const source of [smallSvhn([]), smallCifar([])]) {
      const error = await refusal(loadSource({ ...source, size: 28 }));
      expect(error.code).toBe("data/shape");
      expect(error.message).toContain(`of 32 x 32, not what is known of ${source.name}`);
    }
  });

  it("that are damaged are refused and not replaced", async () => {
    place("svhn-gs", ["train_32x32.mat", "test_32x32.mat"]);
    const path = join(data, "svhn-gs", "train_32x32.mat");
    truncateSync(path, 1000);
    const error = await refusal(loadSourceOrStrokes(smallSvhn([await home()])));
    expect(error.code).toBe("data/checksum");
    expect(error.message).toContain(
      `${path} is truncated: expected ${svhnFiles.train.byteLength} bytes but it holds 1000`,
    );
    const altered = Uint8Array.from(cifar.archive);
    altered[altered.length - 6] ^= 1;
    const mirror = await serve((_, response) => response.end(altered));
    expect((await refusal(loadSourceOrStrokes(smallCifar([mirror])))).code).toBe("data/checksum");
    expect(existsSync(join(cache, "datasets", "cifar10-gs"))).toBe(false);
  });

  it("stop being read when interrupted", async () => {
    place("svhn-gs", ["train_32x32.mat", "test_32x32.mat"]);
    place("cifar10-gs", ["cifar-10-binary.tar.gz"]);
    for (const source of [smallSvhn([]), smallCifar([])]) {
      await expect(loadSource(source, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    }
    const stop = new AbortController();
    const bytes = matFile(svhnArrays(Array.from({ length: 600 }, () => 1)));
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    // Each block takes long enough for a look at the signal.
    const clock = vi.spyOn(performance, "now");
    let now = 0;
    clock.mockImplementation(() => (now += 150));
    await expect(readSvhn({ name: "many.mat", bytes }, 600, options)).rejects.toThrow(InterruptedError);
    clock.mockRestore();
  });
});

describe("a MAT file", () => {
  const svhn = matFile(svhnArrays([3, 10]));
  const open = (bytes: Uint8Array, variable = "X") => openMatVariable({ name: "a.mat", bytes }, variable);

  it.each([
    ["empty", new Uint8Array(0), "data/mat5", /holds 0 bytes, fewer than its header/],
    [
      "a page",
      new TextEncoder().encode("<html>".padEnd(300)),
      "data/mat5",
      /lacks the mark of the byte order/,
    ],
    ["HDF5", new Uint8Array([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10]), "data/mat5", /version 7\.3/],
    [
      "7.3",
      new TextEncoder().encode("MATLAB 7.3 MAT-file".padEnd(600)),
      "data/mat5",
      /write it again with version 7/,
    ],
    ["cut in its header", svhn.subarray(0, 100), "data/mat5", /holds 100 bytes/],
    ["cut in a tag", svhn.subarray(0, 130), "data/truncated", /6 bytes are missing/],
    ["cut in X", svhn.subarray(0, 300), "data/truncated", /bytes are missing/],
    ["of no arrays", svhn.subarray(0, 128), "data/variable", /no variable "X"; it has none/],
  ])("%s is refused", async (_, bytes, code, message) => {
    const error = await refusal(open(bytes));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("a.mat");
  });

  it("of another version is refused", async () => {
    const bytes = Uint8Array.from(svhn);
    bytes[125] = 2;
    expect((await refusal(open(bytes))).message).toMatch(/states version 0x200/);
  });

  it("without the variable names those it has", async () => {
    const error = await refusal(open(svhn, "Z"));
    expect(error.code).toBe("data/variable");
    const [odd] = svhnArrays([1]).map((array) => ({ ...array, name: "two\nlines" }));
    expect((await refusal(open(matFile([odd])))).message).toContain('it has "two\\nlines"');
    expect(error.message).toContain('no variable "Z"; it has "X", "y"');
  });

  it("whose numbers are more or fewer than its dimensions say is refused", async () => {
    const [x] = svhnArrays([1]);
    const error = await refusal(open(matFile([{ ...x, dimensions: [32, 32, 3, 2] }])));
    expect(error.message).toContain("X is 32 x 32 x 3 x 2 but holds 3072 numbers");
    const whole = await open(svhn);
    await expect(whole.read(6145)).rejects.toThrow(/only 6144 numbers left/);
    await whole.close();
  });
});

describe("a file of SVHN", () => {
  const [x, y] = svhnArrays([3, 10, 7]);
  const read = (arrays: Parameters<typeof matFile>[0], count = 3) =>
    refusal(readSvhn({ name: "a.mat", bytes: matFile(arrays) }, count));

  it("lacks nothing", async () => {
    expect((await read([x])).message).toContain('no variable "y"');
    expect((await read([y])).message).toContain('no variable "X"');
  });

  it("has 32 x 32 x 3 pixels for each of its labels", async () => {
    const flat = await read([{ ...x, dimensions: [1024, 3, 3] }, y]);
    expect([flat.code, flat.message]).toEqual(["data/shape", expect.stringContaining("X is 1024 x 3 x 3")]);
    expect((await read([x, svhnArrays([1, 2])[1]], 2)).message).toMatch(/X holds 3 images but y 2 labels/);
    expect((await read([x, y], 4)).code).toBe("data/shape");
    expect(
      (await read([x, { ...y, name: "y", dimensions: [3, 1, 1, 2], bytes: new Uint8Array(6).fill(1) }])).code,
    ).toBe("data/shape");
  });

  it("has labels of 1 to 10", async () => {
    for (const label of [0, 11]) {
      const error = await read([x, { ...y, bytes: Uint8Array.of(1, label, 2) }]);
      expect(error.code).toBe("data/label");
      expect(error.message).toContain(`gives image 1 the label ${label}`);
    }
  });

  it("of one image may have three dimensions, and labels in a row", async () => {
    const [one, label] = svhnArrays([10]);
    const arrays = [
      { ...one, dimensions: [32, 32, 3] },
      { ...label, dimensions: [1, 1] },
    ];
    const set = await readSvhn({ name: "one.mat", bytes: matFile(arrays) }, 1);
    expect([set.images, [...set.labels]]).toEqual([grayImages(1), [0]]);
  });
});

describe("an archive of CIFAR-10", () => {
  const extent = { trainThere: 10, testThere: 2, train: 10, test: 2 };
  const read = (bytes: Uint8Array) => refusal(readCifarArchive({ name: "c.tar.gz", bytes }, extent));
  const records = (number: number, labels = [1, 2]) => ({
    name: `data_batch_${number}.bin`,
    content: cifarRecords(labels),
  });

  it("cut short, or no archive, is refused", async () => {
    expect((await read(cifar.archive.subarray(0, cifar.archive.length / 2))).code).toBe("data/gzip");
    expect((await read(new TextEncoder().encode("<html>"))).code).toBe("data/gzip");
    expect((await read(gzipSync(new Uint8Array(700).fill(65)))).code).toBe("data/tar");
    expect((await read(gzipSync(tarFile([records(1)]).subarray(0, 3000)))).code).toBe("data/truncated");
  });

  it("lacks no batch", async () => {
    const error = await read(gzipSync(tarFile([records(1), records(3), records(4)])));
    expect(error.code).toBe("data/missing-batch");
    expect(error.message).toContain("lacks test_batch.bin, data_batch_2.bin, data_batch_5.bin");
  });

  it("has batches of the same length and labels of 0 to 9", async () => {
    const short = await read(gzipSync(tarFile([records(1, [1])])));
    expect(short.message).toContain("data_batch_1.bin holds 3073 bytes, not 2 records of 3073");
    expect((await read(gzipSync(tarFile([records(2, [4, 10])])))).message).toMatch(
      /data_batch_2.bin gives .* label 10/,
    );
  });
});
