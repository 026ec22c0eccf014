import { expect, test } from "vitest";
import { DataError, SpecError } from "#lib/core/errors.js";
import { imageDataset, type OwnDataset } from "#lib/datasets/own.js";

const own: OwnDataset = {
  name: "bars",
  size: 2,
  classNames: ["row", "column"],
  train: { images: [255, 255, 0, 0, 255, 0, 255, 0], labels: [0, 1] },
  test: { images: [0, 0, 255, 255], labels: [0] },
};

test("arrays become a data set whose hash is of what it holds", () => {
  const data = imageDataset(own);
  expect(data.train).toEqual({
    images: Uint8Array.of(255, 255, 0, 0, 255, 0, 255, 0),
    labels: Uint8Array.of(0, 1),
    count: 2,
    height: 2,
    width: 2,
  });
  expect(data.test.count).toBe(1);
  expect(imageDataset({ ...own, name: "other" }).hash).toBe(data.hash);
  const darker = { ...own, test: { images: [0, 0, 255, 254], labels: [0] } };
  expect(imageDataset(darker).hash).not.toBe(data.hash);
  expect(imageDataset({ ...own, pixel: { scale: 1, shift: 0 } }).hash).not.toBe(data.hash);
});

test("what does not fit is refused by split and place", () => {
  const refused = (changes: object, message: RegExp) => {
    expect(() => imageDataset({ ...own, ...changes })).toThrow(message);
    expect(() => imageDataset({ ...own, ...changes })).toThrow(DataError);
  };
  refused({ size: 1.5 }, /size is 1.5/);
  refused({ test: { images: [1, 2, 3], labels: [0] } }, /test has 3 pixels for 1 labels/);
  refused({ train: { images: [], labels: [] } }, /train has 0 pixels/);
  refused({ test: { images: [0, 0, 256, 0], labels: [0] } }, /test\.images\[2\] is 256/);
  refused({ test: { images: [0, 0, 0.5, 0], labels: [0] } }, /test\.images\[2\] is 0\.5/);
  refused({ test: { images: [0, 0, 0, 0], labels: [2] } }, /test\.labels\[0\] is 2; .* 0 to 1/);
  expect(() => imageDataset({ ...own, classes: 2 } as OwnDataset)).toThrow(SpecError);
});
