import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "#lib/core/errors.js";
import { readCifarArchive } from "#lib/datasets/cifar.js";
import { luma } from "#lib/datasets/gray.js";
import type { ImageSet } from "#lib/datasets/index.js";
import { readSvhn } from "#lib/datasets/svhn.js";
import { cifarArchive, matFile, svhnArrays } from "../helpers/originals.js";

/** What became of a damaged file: an image set, or the refusal; anything else fails the test. */
async function outcome(read: Promise<ImageSet>): Promise<ImageSet | DataError> {
  return read.catch((error: unknown) => {
    if (error instanceof DataError && !error.message.includes("\n")) return error;
    throw error;
  });
}

/** Some bytes changed, then perhaps cut short. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.oneof(fc.nat({ max: Math.min(400, bytes.length - 1) }), fc.nat({ max: bytes.length - 1 }));
  const flips = fc.array(fc.tuple(at, fc.integer({ min: 1, max: 255 })), { maxLength: 4 });
  const length = fc.option(fc.nat({ max: bytes.length }), { nil: bytes.length });
  return fc.tuple(flips, length).map(([changes, end]) => {
    const copy = Uint8Array.from(bytes);
    for (const [place, mask] of changes) copy[place] ^= mask;
    return copy.slice(0, end);
  });
}

describe("the readers of original files", () => {
  const labels = [3, 10, 7, 1];
  const runs = { numRuns: 400 };

  it.each([false, true])(
    "refuse a damaged packed MAT file or read it right (big-endian %s)",
    async (isBig) => {
      const bytes = matFile(svhnArrays(labels), { isBig });
      const right = await readSvhn({ name: "a.mat", bytes }, 4);
      const property = fc.asyncProperty(damaged(bytes), async (broken) => {
        const result = await outcome(readSvhn({ name: "a.mat", bytes: broken }, 4));
        // Whatever was packed has a checksum, so that what is read whole is right.
        if (!(result instanceof DataError)) expect(result).toEqual(right);
      });
      await fc.assert(property, runs);
    },
  );

  it.each([false, true])(
    "refuse a damaged plain MAT file or read as many images (big-endian %s)",
    async (isBig) => {
      const bytes = matFile(svhnArrays(labels), { isBig, isPacked: false });
      const property = fc.asyncProperty(damaged(bytes), async (broken) => {
        const result = await outcome(readSvhn({ name: "a.mat", bytes: broken }, 4));
        if (result instanceof DataError) return;
        expect([result.count, result.images.length, result.labels.length]).toEqual([4, 4096, 4]);
        expect(Math.max(...result.labels)).toBeLessThan(10);
      });
      await fc.assert(property, runs);
    },
  );

  const extent = { trainThere: 10, testThere: 2, train: 10, test: 2 };
  const { archive } = cifarArchive(2);
  const tar = Uint8Array.from(gunzipSync(archive));

  it.each([
    ["packed", archive, (bytes: Uint8Array) => bytes],
    ["packed again", tar, (bytes: Uint8Array) => gzipSync(bytes, { level: 1 })],
  ])("refuse a damaged archive or read as many images (%s)", async (_, bytes, pack) => {
    const property = fc.asyncProperty(damaged(bytes), async (broken) => {
      const file = { name: "c.tar.gz", bytes: pack(broken) };
      const result = await outcome(readCifarArchive(file, extent).then(({ train }) => train));
      if (result instanceof DataError) return;
      expect([result.count, result.images.length]).toEqual([10, 10240]);
      expect(Math.max(...result.labels)).toBeLessThan(10);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});

describe("luma", () => {
  const channel = fc.nat({ max: 255 });

  it("keeps grays, and stays within half a level of .299 R + .587 G + .114 B", () => {
    for (let gray = 0; gray < 256; gray++) expect(luma(gray, gray, gray)).toBe(gray);
    const property = fc.property(channel, channel, channel, (red, green, blue) => {
      const exact = 0.299 * red + 0.587 * green + 0.114 * blue;
      expect(Math.abs(luma(red, green, blue) - exact)).toBeLessThan(0.51);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
