import { describe, expect, it } from "vitest";
import { DataError, InterruptedError, SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import {
  addNoise,
  datasetNames,
  type ImageSet,
  loadDataset,
  loadDatasetOrStrokes,
  parseDatasetName,
  resizeImages,
  rotateImages,
  smoothImages,
} from "#lib/datasets/index.js";

const small = { size: 14, trainImages: 60, testImages: 40 };
const plain = await loadDataset("strokes", small);

function pixelsOf({ images, height, width }: ImageSet, image: number): Uint8Array {
  return images.subarray(image * height * width, (image + 1) * height * width);
}

describe("the name of a changed data set", () => {
  it("is its base and the changes, in order", () => {
    expect(parseDatasetName("mnist")).toEqual({ base: "mnist", changes: [] });
    const { base, changes } = parseDatasetName("fashion-mnist+rotate-45+noise64+swap3-8+classes0-7");
    expect(base).toBe("fashion-mnist");
    expect(changes.map(({ change }) => change)).toEqual([
      { kind: "rotate", degrees: -45 },
      { kind: "noise", deviation: 64 },
      { kind: "swap", labels: [3, 8] },
      { kind: "classes", from: 0, to: 7 },
    ]);
  });

  it.each([
    "strokes+",
    "strokes+rotate",
    "strokes+rotate045",
    "strokes+rotate-0",
    "strokes+rotate1.5",
    "strokes+rotate361",
    "strokes+noise256",
    "strokes+noise-1",
    "strokes+swap3-3",
    "strokes+classes7-0",
    "strokes+blur2",
    "strokes+rotate45+Noise3",
    "strokes+swap3-10",
    "strokes+classes8-10",
    "strokes+classes0-4+classes5-9",
    "strokes+swap0-9+classes1-1+swap1-2+classes1-1",
  ])("%s is refused", async (name) => {
    await expect(loadDataset(name, small)).rejects.toBeInstanceOf(DataError);
    await expect(loadDatasetOrStrokes(name, small)).rejects.toMatchObject({ code: "data/change" });
  });

  it("that is not known is answered by all names and changes", async () => {
    const changes = ["rotateD", "smooth", "noiseS", "swapA-B", "classesA-B"];
    const refused = (name: string) => loadDatasetOrStrokes(name, small).catch(({ message }) => message);
    for (const known of [...datasetNames(), ...changes]) {
      expect(await refused("mnits+rotate45")).toContain(known);
    }
    for (const change of changes) expect(await refused("mnist+turn45")).toContain(change);
  });
});

describe("smooth", () => {
  it("and halved is what PIL's bilinear resize makes of an image", async () => {
    const images = Uint8Array.from({ length: 36 }, (_, i) => (i * 37) % 251);
    const set: ImageSet = { images, labels: Uint8Array.of(0), count: 1, height: 6, width: 6 };
    const halved = resizeImages(smoothImages(set), 3);
    const weights = [1, 3, 3, 1];
    const inner = weights.flatMap((a, y) => weights.map((b, x) => a * b * images[(y + 1) * 6 + x + 1]));
    expect(
      Math.abs(halved.images[4] - inner.reduce((sum, value) => sum + value, 0) / 64),
    ).toBeLessThanOrEqual(1);
  });

  it("leaves a plain image as it is, and is made at the images' own size", async () => {
    const flat: ImageSet = {
      images: new Uint8Array(50).fill(97),
      labels: Uint8Array.of(1, 2),
      count: 2,
      height: 5,
      width: 5,
    };
    expect(smoothImages(flat)).toEqual(flat);
    const whole = await loadDataset("strokes", { trainImages: 60, testImages: 40 });
    const loaded = await loadDataset("strokes+smooth", small);
    expect(loaded.train.images).toEqual(resizeImages(smoothImages(whole.train), 14).images);
  });
});

describe("rotate", () => {
  it("by 0 and by four quarter turns changes nothing but the name", async () => {
    const unturned = await loadDataset("strokes+rotate0", small);
    expect(unturned.name).toBe("strokes+rotate0");
    expect(unturned.hash).toBe(plain.hash);
    const around = await loadDataset("strokes+rotate90+rotate90+rotate90+rotate90", small);
    expect(around.hash).toBe(plain.hash);
    expect((await loadDataset("strokes+rotate-270", small)).hash).toBe(
      (await loadDataset("strokes+rotate90", small)).hash,
    );
  });

  it("turns counterclockwise about the centre", async () => {
    const images = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const set = { images, labels: Uint8Array.of(0), count: 1, height: 3, width: 3 };
    expect([...(await rotateImages(set, 90)).images]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    const eighth = await rotateImages(set, 45, { empty: 200 });
    expect(eighth.images[4]).toBe(5);
    // A corner comes from a place outside, at sqrt(2) above the middle: more than half of it from there.
    expect(eighth.images[1]).toBeGreaterThan(1);
    expect(eighth.images[0]).toBeGreaterThan(80);
  });

  it("happens at the set's own size, before images are shrunk", async () => {
    const large = await loadDataset("strokes", { ...small, size: 28 });
    const turned = resizeImages(await rotateImages(large.train, 30), 14);
    expect((await loadDataset("strokes+rotate30", small)).train).toEqual(turned);
  });

  it("fills tetris' images up with their background", async () => {
    const { train, pixel } = await loadDataset("tetris+rotate45");
    const background = Math.round(-pixel!.shift / pixel!.scale);
    const corners = [0, 3, 12, 15].flatMap((corner) =>
      Array.from({ length: train.count }, (_, image) => pixelsOf(train, image)[corner]),
    );
    const mean = corners.reduce((sum, value) => sum + value, 0) / corners.length;
    expect(Math.abs(mean - background)).toBeLessThan(15);
  });
});

describe("noise", () => {
  it("has the deviation that was asked for, and is an image's own", async () => {
    const gray = { ...plain.train, images: new Uint8Array(plain.train.images.length).fill(128) };
    const noisy = await addNoise(gray, 20, { rng: RandomStream.fromSeed(1) });
    const differences = Array.from(noisy.images, (value) => value - 128);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length;
    // 11,760 pixels: four standard errors of the mean are .74, of the deviation .52.
    expect(Math.abs(mean)).toBeLessThan(0.74);
    expect(Math.abs(Math.sqrt(variance) - 20)).toBeLessThan(0.52);
    expect(pixelsOf(noisy, 0)).not.toEqual(pixelsOf(noisy, 1));
    expect((await addNoise(gray, 0, { rng: RandomStream.fromSeed(1) })).images).toEqual(gray.images);
    await expect(addNoise(gray, -1, { rng: RandomStream.fromSeed(1) })).rejects.toThrow(SpecError);
    await expect(rotateImages(gray, Number.NaN)).rejects.toThrow(SpecError);
  });

  it("is the same whatever is read, another for each split and each noise", async () => {
    const many = await loadDataset("strokes+noise64", small);
    const few = await loadDataset("strokes+noise64", { ...small, trainImages: 7, testImages: 3 });
    expect(few.train.images).toEqual(many.train.images.slice(0, 7 * 196));
    expect(few.test.images).toEqual(many.test.images.slice(0, 3 * 196));
    expect((await loadDataset("strokes+noise64", small)).hash).toBe(many.hash);
    expect(many.train.images).not.toEqual(plain.train.images);
    const noiseOf = (set: ImageSet, under: ImageSet) => set.images.map((value, i) => value - under.images[i]);
    expect(noiseOf(many.train, plain.train).slice(0, 196)).not.toEqual(
      noiseOf(many.test, plain.test).slice(0, 196),
    );
    const twice = await loadDataset("strokes+noise64+noise64", small);
    expect(noiseOf(twice.train, many.train)).not.toEqual(noiseOf(many.train, plain.train));
  });

  it("lies on the pixels that a network sees", async () => {
    const own = await addNoise(plain.train, 30, {
      rng: RandomStream.fromSeed("noise").split("strokes+noise30", "train"),
    });
    expect((await loadDataset("strokes+noise30", small)).train).toEqual(own);
  });
});

describe("labels and classes", () => {
  it("swap exchanges two labels; twice it changes nothing", async () => {
    const { train, test } = await loadDataset("strokes+swap3-8", small);
    for (const [changed, before] of [
      [train, plain.train],
      [test, plain.test],
    ]) {
      expect(changed.images).toEqual(before.images);
      const expected = Array.from(before.labels, (label) => ({ 3: 8, 8: 3 })[label] ?? label);
      expect([...changed.labels]).toEqual(expected);
    }
    expect((await loadDataset("strokes+swap3-8+swap3-8", small)).hash).toBe(plain.hash);
  });

  it("classes keeps only these, as many as are asked for, and their numbers", async () => {
    const some = await loadDataset("strokes+classes2-4", small);
    expect([some.train.count, some.test.count]).toEqual([60, 40]);
    expect(new Set(some.train.labels)).toEqual(new Set([2, 3, 4]));
    expect(some.classNames).toEqual(plain.classNames);
    const wide = await loadDataset("strokes", { ...small, trainImages: 300 });
    const kept = [...wide.train.labels.keys()].filter((i) => [2, 3, 4].includes(wide.train.labels[i]));
    kept.slice(0, 60).forEach((image, i) => {
      expect(pixelsOf(some.train, i)).toEqual(pixelsOf(wide.train, image));
    });
  });

  it("changes are made from left to right", async () => {
    const after = await loadDataset("strokes+swap2-9+classes2-2", small);
    const before = await loadDataset("strokes+classes2-2+swap2-9", small);
    const nines = await loadDataset("strokes+classes9-9", small);
    expect(new Set(after.train.labels)).toEqual(new Set([2]));
    expect(after.train.images).toEqual(nines.train.images);
    expect(new Set(before.train.labels)).toEqual(new Set([9]));
  });

  it("more than are left are refused; without a wish all that are left come", async () => {
    const more = loadDataset("tetris+classes0-1", { trainImages: 30001 });
    await expect(more).rejects.toBeInstanceOf(SpecError);
    await expect(more).rejects.toThrow(
      /trainImages is 30001, but tetris\+classes0-1 has 1 to 30000 training/,
    );
    const { train, test } = await loadDataset("tetris+classes0-1");
    expect([train.count, test.count]).toEqual([100, 200]);
    await expect(loadDataset("strokes+rotate45", { size: 40 })).rejects.toThrow(
      /size is 40, but strokes has/,
    );
  });
});

it("an abort stops it", async () => {
  const stop = new AbortController();
  stop.abort();
  const turning = rotateImages(plain.train, 45, { signal: stop.signal });
  await expect(turning).rejects.toBeInstanceOf(InterruptedError);
  const loading = loadDataset("strokes+noise5", { ...small, signal: stop.signal });
  await expect(loading).rejects.toBeInstanceOf(InterruptedError);
});
