import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataError, InterruptedError, SpecError } from "#lib/core/errors.js";
import { loadChanged } from "#lib/datasets/changed.js";
import {
  datasetNames,
  datasetSources,
  loadDataset,
  loadDatasetOrStrokes,
  loadSource,
  loadSourceOrStrokes,
  parseDatasetName,
  resizeImages,
} from "#lib/datasets/index.js";
import {
  refusingAddress,
  serve,
  stopServers,
  type TinySet,
  temporaryFolder,
  tinySet,
  writeTinySet,
} from "./datasets-fixtures.js";

let data: string;
let cache: string;

beforeEach(() => {
  data = temporaryFolder();
  cache = temporaryFolder();
  vi.stubEnv("WEIGHTBOOK_DATA", data);
  vi.stubEnv("WEIGHTBOOK_CACHE", cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await stopServers();
});

/** A tiny set with one mirror that serves its files, and the names that were asked for. */
async function served(alter?: string): Promise<{ tiny: TinySet; asked: string[] }> {
  const asked: string[] = [];
  const mirror = await serve((request, response) => {
    const name = (request.url as string).slice(1);
    asked.push(name);
    response.end(name === alter ? "something else" : tiny.packed.get(name));
  });
  const tiny = tinySet([mirror]);
  return { tiny, asked };
}

async function refusal(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("loading", () => {
  it.each(["packed", "raw"] as const)(
    "takes %s files from WEIGHTBOOK_DATA without any network",
    async (form) => {
      const tiny = tinySet([]);
      writeTinySet(tiny, data, form);
      const set = await loadSource(tiny.source);
      expect(set).toMatchObject({
        name: "tiny",
        classNames: ["a", "b", "c"],
        train: tiny.train,
        test: tiny.test,
      });
      expect(set.standsInFor).toBeUndefined();
    },
  );

  it("downloads into the cache once, then takes it from there", async () => {
    const { tiny, asked } = await served();
    const first = await loadSource(tiny.source);
    expect(asked.length).toBe(4);
    const again = await loadSource(tiny.source);
    expect(asked.length).toBe(4);
    expect(again).toEqual(first);
    const kept = readFileSync(join(cache, "datasets", "tiny", "test-labels.gz"));
    expect(kept.equals(tiny.packed.get("test-labels.gz") as Uint8Array)).toBe(true);
  });

  it("cuts to the first images and shrinks them", async () => {
    const tiny = tinySet([]);
    writeTinySet(tiny, data);
    const set = await loadSource(tiny.source, { size: 4, trainImages: 7, testImages: 2 });
    const small = resizeImages(tiny.train, 4);
    expect(set.train.images).toEqual(small.images.slice(0, 7 * 16));
    expect(set.train.labels).toEqual(tiny.train.labels.slice(0, 7));
    expect([set.train.count, set.test.count, set.test.height]).toEqual([7, 2, 4]);
  });

  it("gives equal content an equal hash whatever its name", async () => {
    const tiny = tinySet([]);
    writeTinySet(tiny, data);
    const renamed = { ...tiny.source, name: "other" };
    vi.stubEnv("WEIGHTBOOK_DATA", join(data, "renamed"));
    writeTinySet(tiny, join(data, "renamed"));
    const one = await loadSource(tiny.source);
    mkdirSync(join(data, "second", "other"), { recursive: true });
    for (const [name, bytes] of tiny.packed) writeFileSync(join(data, "second", "other", name), bytes);
    vi.stubEnv("WEIGHTBOOK_DATA", join(data, "second"));
    expect((await loadSource(renamed)).hash).toBe(one.hash);
    expect((await loadSource(renamed, { trainImages: 11 })).hash).not.toBe(one.hash);
  });

  it("refuses more than there is, unknown names and unknown options", async () => {
    const tiny = tinySet([]);
    writeTinySet(tiny, data);
    await expect(loadSource(tiny.source, { trainImages: 13 })).rejects.toThrow(SpecError);
    await expect(loadSource(tiny.source, { size: 7 })).rejects.toThrow(/size is 7, but tiny has 1 to 6/);
    await expect(loadDataset("strokes", { testImages: 10001 })).rejects.toThrow(SpecError);
    await expect(loadDataset("mnist", { size: 28, ...{ images: 3 } })).rejects.toThrow(/no option "images"/);
    const error = await refusal(loadDatasetOrStrokes("mnits"));
    expect(error.code).toBe("data/unknown");
    for (const name of datasetNames()) expect(error.message).toContain(name);
  });

  it("stops when interrupted", async () => {
    const { tiny } = await served();
    const signal = AbortSignal.abort();
    await expect(loadSourceOrStrokes(tiny.source, { signal })).rejects.toThrow(InterruptedError);
    await expect(loadDataset("strokes", { signal })).rejects.toThrow(InterruptedError);
  });
});

describe("a damaged file", () => {
  it("in WEIGHTBOOK_DATA is refused in one sentence that names it, never replaced", async () => {
    const { tiny, asked } = await served();
    writeTinySet(tiny, data);
    const path = join(data, "tiny", "train-images.gz");
    truncateSync(path, 50);
    for (const load of [loadSource, loadSourceOrStrokes]) {
      const error = await refusal(load(tiny.source));
      expect(error.code).toBe("data/checksum");
      expect(error.message).toContain(path);
      expect(error.message).toContain(
        `truncated: expected ${tiny.form.files.trainImages.byteLength} bytes but it holds 50`,
      );
      expect(error.message).not.toContain("\n");
    }
    expect(asked).toEqual([]);
  });

  it("of a real set is refused by the public loader too", async () => {
    mkdirSync(join(data, "mnist"));
    const path = join(data, "mnist", "train-images-idx3-ubyte.gz");
    writeFileSync(path, Uint8Array.of(0x1f, 0x8b, 8, 0));
    const error = await refusal(loadDatasetOrStrokes("mnist"));
    expect(error.code).toBe("data/checksum");
    expect(error.message).toContain(`${path} is truncated: expected 9912422 bytes but it holds 4`);
  });

  it("in the cache is fetched again", async () => {
    const { tiny, asked } = await served();
    writeTinySet(tiny, join(cache, "datasets"));
    const path = join(cache, "datasets", "tiny", "test-images.gz");
    writeFileSync(path, "nonsense");
    expect((await loadSource(tiny.source)).test).toEqual(tiny.test);
    expect(asked).toEqual(["test-images.gz"]);
    expect(readFileSync(path).equals(tiny.packed.get("test-images.gz") as Uint8Array)).toBe(true);
  });

  it("in the cache that cannot be fetched again is named, and strokes do not take its place", async () => {
    const tiny = tinySet([await refusingAddress()]);
    writeTinySet(tiny, join(cache, "datasets"));
    const path = join(cache, "datasets", "tiny", "test-images.gz");
    truncateSync(path, 30);
    const error = await refusal(loadSourceOrStrokes(tiny.source));
    expect(error.code).toBe("data/checksum");
    expect(error.message).toContain(path);
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("from the mirror is refused, and strokes do not take its place", async () => {
    const { tiny } = await served("train-labels.gz");
    const error = await refusal(loadSourceOrStrokes(tiny.source));
    expect(error.code).toBe("data/checksum");
    expect(error.message).toContain("train-labels.gz");
  });
});

describe("strokes", () => {
  it("stand in for a set out of reach, of the same extent, and say so", async () => {
    const tiny = tinySet([await refusingAddress()]);
    const size = { trainImages: 9, testImages: 4, seed: 5 };
    const standIn = await loadSourceOrStrokes(tiny.source, size);
    expect(standIn).toMatchObject({ name: "strokes", standsInFor: "tiny" });
    expect([standIn.train.count, standIn.test.count, standIn.train.height]).toEqual([9, 4, 6]);
    const { standsInFor, ...rest } = await loadSourceOrStrokes({ ...tiny.source, name: "mnist" }, size);
    expect(rest).toEqual(await loadDataset("strokes", { ...size, size: 6 }));
    expect((await refusal(loadSource(tiny.source))).code).toBe("data/unreachable");
  });

  it("stand in with the changes that were asked for, and say so", async () => {
    const { source } = tinySet([]);
    const extent = { size: 6, trainImages: 9, testImages: 4 };
    const base = {
      classNames: source.classNames,
      there: source,
      wanted: extent,
      demanded: {},
      isBalanced: false,
      load: (asked: typeof extent) => loadSourceOrStrokes(source, asked),
    };
    const turned = await loadChanged(parseDatasetName("tiny+rotate180+rotate180"), base, {});
    const suffix = "+rotate180+rotate180";
    expect(turned).toMatchObject({ name: `strokes${suffix}`, standsInFor: `tiny${suffix}` });
    expect(turned.hash).toBe((await loadSourceOrStrokes(source, extent)).hash);
  });

  it("stand in for a set that has no download", async () => {
    const { source } = tinySet([]);
    const options = { trainImages: 10, testImages: 5 };
    expect(await loadSourceOrStrokes(source, options)).toMatchObject({
      name: "strokes",
      standsInFor: "tiny",
    });
    expect((await refusal(loadSource(source, options))).code).toBe("data/missing");
  });

  it("stand in at 32 pixels, larger than they are drawn for MNIST", async () => {
    const source = { ...tinySet([]).source, size: 32 };
    const standIn = await loadSourceOrStrokes(source, { trainImages: 10, testImages: 5 });
    expect([standIn.train.height, standIn.test.width]).toEqual([32, 32]);
  });

  it("are other images in place of each set: zoos of two absent sets would be one", async () => {
    const hashes = new Map<string, string>();
    for (const { forms, ...source } of datasetSources) {
      const absent = { ...source, forms: forms.map((form) => ({ ...form, mirrors: [] })) };
      // At one size for all: sets differ in it too.
      for (let draw = 0; draw < 2; draw++) {
        const set = await loadSourceOrStrokes(absent, { trainImages: 20, testImages: 10, size: 28 });
        expect(set).toMatchObject({ name: "strokes", standsInFor: source.name });
        if (draw === 0) hashes.set(source.name, set.hash);
        else expect(set.hash).toBe(hashes.get(source.name));
      }
    }
    expect(new Set(hashes.values()).size).toBe(datasetSources.length);
  });

  it("do not hide a wrong request", async () => {
    const tiny = tinySet([await refusingAddress()]);
    await expect(loadSourceOrStrokes(tiny.source, { trainImages: 13 })).rejects.toThrow(SpecError);
  });
});
