import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import {
  drawStrokes,
  type ImageSet,
  keepClasses,
  loadDataset,
  parseIdxPair,
  resizeImages,
  rotateImages,
  swapLabels,
} from "#lib/datasets/index.js";
import { idxImages, idxLabels } from "../fault/datasets-fixtures.js";

const imageSets = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 12 }),
  })
  .chain(({ count, height, width }) =>
    fc.record({
      images: fc.uint8Array({ minLength: count * height * width, maxLength: count * height * width }),
      labels: fc.uint8Array({ minLength: count, maxLength: count, max: 9 }),
      count: fc.constant(count),
      height: fc.constant(height),
      width: fc.constant(width),
    }),
  );

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Area resize from its definition, in floating point: the share of every old pixel in every new one. */
function slowResize(set: ImageSet, height: number, width: number): number[] {
  const overlap = (a: number, b: number, scale: number) =>
    Math.max(0, Math.min(a + 1, (b + 1) * scale) - Math.max(a, b * scale));
  const [rowScale, colScale] = [set.height / height, set.width / width];
  const out: number[] = [];
  for (let i = 0; i < set.count; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let v = 0; v < set.height; v++) {
          for (let u = 0; u < set.width; u++) {
            const pixel = set.images[(i * set.height + v) * set.width + u];
            sum += overlap(v, y, rowScale) * overlap(u, x, colScale) * pixel;
          }
        }
        out.push(sum / (rowScale * colScale));
      }
    }
  }
  return out;
}

describe("data sets", () => {
  it("come back from IDX as they went in, plain or packed", () => {
    fc.assert(
      fc.property(imageSets, fc.boolean(), (set, packed) => {
        const pack = packed ? gzipSync : (bytes: Uint8Array) => bytes;
        const images = { name: "i", bytes: pack(idxImages(set)) };
        const labels = { name: "l", bytes: pack(idxLabels(set)) };
        expect(parseIdxPair(images, labels, 10)).toEqual(set);
      }),
    );
  });

  it("are resized by area: each new pixel is the mean of what it covers, and the image's mean stays", () => {
    const shares = fc.record({ row: fc.double({ min: 0, max: 1, noNaN: true }), col: fc.nat(11) });
    fc.assert(
      fc.property(imageSets, shares, (set, { row, col }) => {
        const height = 1 + Math.floor(row * (set.height - 1));
        const width = 1 + (col % set.width);
        const small = resizeImages(set, height, width);
        const exact = slowResize(set, height, width);
        expect(small.images.length).toBe(exact.length);
        for (const [i, value] of exact.entries()) {
          expect(Math.abs(small.images[i] - value)).toBeLessThanOrEqual(0.5 + 1e-9);
        }
        expect(Math.abs(mean(small.images) - mean(set.images))).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });

  it("are turned back by three quarter turns, and by the opposite of one; nothing is lost on the way", async () => {
    const square = imageSets.map((set) => {
      const side = Math.min(set.height, set.width);
      return { ...set, images: set.images.slice(0, set.count * side * side), height: side, width: side };
    });
    await fc.assert(
      fc.asyncProperty(square, fc.integer({ min: -4, max: 4 }), async (set, quarters) => {
        const turned = await rotateImages(set, 90 * quarters);
        expect(await rotateImages(turned, -90 * quarters)).toEqual(set);
        expect(await rotateImages(turned, 90 * (4 - quarters))).toEqual(set);
        expect([...turned.images].sort()).toEqual([...set.images].sort());
      }),
    );
  });

  it("are turned by any angle to what lies between their pixels and the empty one", async () => {
    const angles = fc.double({ min: -400, max: 400, noNaN: true });
    await fc.assert(
      fc.asyncProperty(imageSets, angles, fc.nat(255), async (set, degrees, empty) => {
        const turned = await rotateImages(set, degrees, { empty });
        const area = set.height * set.width;
        for (let i = 0; i < set.count; i++) {
          const [before, after] = [set, turned].map(({ images }) =>
            images.subarray(i * area, (i + 1) * area),
          );
          expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(empty, ...before));
          expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(empty, ...before));
        }
        const flat = { ...set, images: new Uint8Array(set.images.length).fill(empty) };
        expect((await rotateImages(flat, degrees, { empty })).images).toEqual(flat.images);
      }),
    );
  });

  it("have their labels back after the same swap, and some classes' images without the others'", () => {
    const label = fc.nat(9);
    fc.assert(
      fc.property(imageSets, label, label, (set, a, b) => {
        expect(swapLabels(swapLabels(set, a, b), a, b)).toEqual(set);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const kept = keepClasses(set, from, to);
        expect(kept.labels.every((own) => own >= from && own <= to)).toBe(true);
        expect(kept.count).toBe(set.labels.filter((own) => own >= from && own <= to).length);
        expect(kept.images.length).toBe(kept.count * set.height * set.width);
        expect(keepClasses(set, 0, 9)).toEqual(set);
      }),
    );
  });

  it("strokes: an image depends on seed, split and place, not on how many are drawn", async () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.integer(), counts, async (seed, [a, b]) => {
        const few = await drawStrokes(Math.min(a, b), { rng: RandomStream.fromSeed(seed) });
        const many = await drawStrokes(Math.max(a, b), { rng: RandomStream.fromSeed(seed) });
        expect(few.images).toEqual(many.images.slice(0, few.images.length));
        expect(few.labels).toEqual(many.labels.slice(0, few.count));
        const other = await drawStrokes(1, { rng: RandomStream.fromSeed(seed).split("other") });
        expect(other.images).not.toEqual(many.images.slice(0, 784));
      }),
      { numRuns: 20 },
    );
  });

  it("have a hash that tells any two extents and seeds apart, and is the same each time", async () => {
    const load = (size: number, trainImages: number, seed: number) =>
      loadDataset("strokes", { size, trainImages, testImages: 3, seed });
    const variants = [await load(14, 5, 1), await load(14, 6, 1), await load(13, 5, 1), await load(14, 5, 2)];
    expect(new Set(variants.map(({ hash }) => hash)).size).toBe(4);
    expect((await load(14, 5, 1)).hash).toBe(variants[0].hash);
  });
});
