import { describe, expect, it } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { type ImageSet, resizeImages } from "#lib/datasets/index.js";

function oneImage(height: number, width: number, pixels: number[]): ImageSet {
  return { images: Uint8Array.from(pixels), labels: Uint8Array.of(4), count: 1, height, width };
}

describe("area resize", () => {
  it("takes the mean of 2 x 2 pixels, rounded half up", () => {
    const image = oneImage(2, 4, [0, 1, 255, 255, 1, 0, 254, 254]);
    // Means .5 and 254.5.
    expect([...resizeImages(image, 1, 2).images]).toEqual([1, 255]);
    expect([...resizeImages(oneImage(2, 2, [0, 0, 0, 1]), 1).images]).toEqual([0]);
  });

  it("shares a pixel on a border between both sides", () => {
    // Three pixels to two: (2 a + b) / 3 and (b + 2 c) / 3.
    expect([...resizeImages(oneImage(1, 3, [30, 60, 120]), 1, 2).images]).toEqual([40, 100]);
    const square = oneImage(3, 3, [90, 0, 0, 0, 90, 0, 0, 0, 180]);
    // Corner (4 x 90 + 90) / 9, side 90 / 9, far corner (90 + 4 x 180) / 9.
    expect([...resizeImages(square, 2).images]).toEqual([50, 10, 10, 90]);
  });

  it("keeps images apart, their order and their labels", () => {
    const images = Uint8Array.from({ length: 3 * 16 }, (_, i) => 50 * Math.floor(i / 16));
    const set: ImageSet = { images, labels: Uint8Array.of(2, 0, 1), count: 3, height: 4, width: 4 };
    const small = resizeImages(set, 3);
    expect([...small.images]).toEqual([...Array(9).fill(0), ...Array(9).fill(50), ...Array(9).fill(100)]);
    expect([...small.labels]).toEqual([2, 0, 1]);
    expect(small).toMatchObject({ count: 3, height: 3, width: 3 });
  });

  it("refuses to enlarge, and sides that are not whole", () => {
    const image = oneImage(2, 2, [1, 2, 3, 4]);
    for (const side of [3, 0, 1.5, Number.NaN]) expect(() => resizeImages(image, side)).toThrow(SpecError);
  });
});
