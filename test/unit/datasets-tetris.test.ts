import { describe, expect, it } from "vitest";
import { InterruptedError, SpecError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import {
  type Dataset,
  datasetNames,
  drawTetris,
  loadDataset,
  loadDatasetOrStrokes,
} from "#lib/datasets/index.js";

/** Values of the training images of one class, less the noise: the mean over them. */
function meanImage({ train, pixel }: Dataset, label: number): number[] {
  const images = [...train.labels.keys()].filter((i) => train.labels[i] === label);
  return Array.from({ length: 16 }, (_, p) => {
    const sum = images.reduce(
      (total, i) => total + train.images[16 * i + p] * pixel!.scale + pixel!.shift,
      0,
    );
    return sum / images.length;
  });
}

/** The cells where a shape mostly is. */
function picture(values: number[]): string {
  return values.map((value, p) => (value > 0.5 ? "#" : ".") + (p % 4 === 3 ? "/" : "")).join("");
}

describe("tetris", () => {
  it("is always at hand: 100 training and 200 test images of 4 x 4, as many of each shape", async () => {
    const set = await loadDataset("tetris");
    expect([set.train.count, set.test.count, set.train.height, set.train.width]).toEqual([100, 200, 4, 4]);
    expect(set.classNames).toEqual(["O", "I", "L", "T"]);
    for (let i = 0; i < 100; i += 4) {
      expect([...set.train.labels.slice(i, i + 4)].sort()).toEqual([0, 1, 2, 3]);
    }
    expect(datasetNames()).toEqual(expect.arrayContaining(["tetris", "tetris-all-positions"]));
    expect((await loadDatasetOrStrokes("tetris")).hash).toBe(set.hash);
  });

  it("shows each shape at its place, with noise of deviation .8 around 0 and 1 that hardly ever is cut off", async () => {
    const set = await loadDataset("tetris", { trainImages: 20000 });
    const means = [0, 1, 2, 3].map((label) => meanImage(set, label));
    expect(means.map(picture)).toEqual([
      "..../.##./.##./..../",
      "####/..../..../..../",
      "#.../#.../##../..../",
      "..../..../.###/..#./",
    ]);
    for (const value of means.flat()) expect(Math.abs(value - Math.round(value))).toBeLessThan(0.06);

    const { images, labels } = set.train;
    const { scale, shift } = set.pixel!;
    let squares = 0;
    images.forEach((byte, at) => {
      const expected = Math.round(means[labels[Math.floor(at / 16)]][at % 16]);
      squares += (byte * scale + shift - expected) ** 2;
    });
    expect(Math.sqrt(squares / images.length)).toBeCloseTo(0.8, 2);
    const cut = images.filter((byte) => byte === 0 || byte === 255).length;
    expect(cut / images.length).toBeLessThan(3e-4);
  });

  it("has the same pixels for equal seeds, others for other seeds and for the test images", async () => {
    const load = (seed: number) => loadDataset("tetris", { seed });
    const set = await load(1);
    expect((await loadDataset("tetris")).hash).toBe(set.hash);
    expect(set.hash).toBe("a2f05777b75a693a9aaa7ebe23a528caa58db21881b60dc029333f4fda1db5d7");
    expect((await load(2)).hash).not.toBe(set.hash);
    expect(set.test.images.slice(0, 1600)).not.toEqual(set.train.images);
    const fewer = await loadDataset("tetris", { trainImages: 10 });
    expect(fewer.train.images).toEqual(set.train.images.slice(0, 160));
  });

  it("comes at all positions too: every shape's mean is spread, and none leaves the image", async () => {
    const set = await loadDataset("tetris-all-positions", { trainImages: 20000 });
    // How many places O, I, L and T have.
    for (const [label, places] of [9, 4, 6, 6].entries()) {
      const mean = meanImage(set, label);
      expect(mean.reduce((sum, value) => sum + value, 0)).toBeCloseTo(4, 0);
      expect(Math.max(...mean)).toBeLessThan(0.75);
      // The upper left pixel belongs to the shape at one place.
      expect(Math.abs(mean[0] - 1 / places)).toBeLessThan(0.06);
    }
    expect(set.hash).not.toBe((await loadDataset("tetris", { trainImages: 20000 })).hash);
  });

  it("refuses what it cannot draw, and stops when asked to", async () => {
    const rng = RandomStream.fromSeed(1);
    expect(() => drawTetris(1.5, { rng })).toThrow(SpecError);
    expect(() => drawTetris(1, { rng, positions: "some" as "all" })).toThrow(/positions "some"/);
    expect(() => drawTetris(1, { rng, ...{ size: 4 } })).toThrow(/no option "size"/);
    await expect(loadDataset("tetris", { size: 14 })).rejects.toThrow(/size is 14, but tetris has 1 to 4/);
    await expect(loadDataset("tetris", { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
  });
});
