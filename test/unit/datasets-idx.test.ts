import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "#lib/core/errors.js";
import { parseIdxImages, parseIdxLabels, parseIdxPair } from "#lib/datasets/index.js";
import { idxBytes, idxImages, idxLabels, ruledSet } from "../fault/datasets-fixtures.js";

const set = ruledSet(4, 3, 5);

function refusal(action: () => unknown): DataError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return error as DataError;
  }
  throw new Error("nothing was refused");
}

describe("an IDX file", () => {
  it("is read plain and gzipped, whatever its name", () => {
    for (const pack of [(bytes: Uint8Array) => bytes, gzipSync]) {
      const images = { name: "pictures", bytes: pack(idxImages(set)) };
      const labels = { name: "labels.gz", bytes: pack(idxLabels(set)) };
      expect(parseIdxPair(images, labels, 3)).toEqual(set);
    }
  });

  it("is refused with a wrong magic number, naming what was found", () => {
    const error = refusal(() => parseIdxImages(idxLabels(set), "swapped"));
    expect(error.code).toBe("data/magic");
    expect(error.message).toContain("swapped");
    expect(error.message).toContain("0x00000801");
    expect(refusal(() => parseIdxLabels(new TextEncoder().encode("<html>"), "page")).code).toBe("data/magic");
  });

  it("is refused when cut short, saying how many bytes there should be", () => {
    const bytes = idxImages(set);
    const error = refusal(() => parseIdxImages(bytes.subarray(0, bytes.length - 1), "short"));
    expect(error.code).toBe("data/truncated");
    expect(error.message).toMatch(/short should hold 52 bytes .* holds 51/);
    expect(refusal(() => parseIdxImages(bytes.subarray(0, 10), "stub")).code).toBe("data/truncated");
    expect(refusal(() => parseIdxLabels(new Uint8Array(0), "empty")).code).toBe("data/truncated");
  });

  it("is refused with bytes behind its end", () => {
    const bytes = new Uint8Array([...idxLabels(set), 0]);
    expect(refusal(() => parseIdxLabels(bytes, "long")).message).toMatch(/should hold 12 bytes .* holds 13/);
  });

  it("is refused when its gzip stream is damaged or cut short", () => {
    const packed = gzipSync(idxImages(set));
    const damaged = Uint8Array.from(packed);
    damaged[packed.length - 6] ^= 1;
    for (const bytes of [damaged, packed.subarray(0, packed.length - 9)]) {
      const error = refusal(() => parseIdxImages(bytes, "damaged.gz"));
      expect(error.code).toBe("data/gzip");
      expect(error.message).toContain("damaged.gz");
    }
  });

  it("is refused when labels and images are not a pair", () => {
    const images = { name: "i", bytes: idxImages(set) };
    const labels = { name: "l", bytes: idxLabels(ruledSet(5, 3, 0)) };
    const error = refusal(() => parseIdxPair(images, labels, 3));
    expect(error.code).toBe("data/count");
    expect(error.message).toMatch(/5 labels .* 4 images/);
  });

  it("is refused with a label that is no class", () => {
    const error = refusal(() => parseIdxLabels(idxBytes(0x801, [3], Uint8Array.of(0, 9, 10)), "l", 10));
    expect(error.code).toBe("data/label");
    expect(error.message).toContain("image 2");
    expect(error.value).toBe(10);
  });
});
