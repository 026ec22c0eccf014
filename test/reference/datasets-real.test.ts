import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Dataset, findSource, loadDataset, loadSource, parseIdxPair } from "#lib/datasets/index.js";
import { readSvhn } from "#lib/datasets/svhn.js";
import { matFile, svhnArrays } from "../helpers/originals.js";

const folder = process.env.WEIGHTBOOK_DATA ?? "";
const here = (name: string) => folder !== "" && existsSync(join(folder, name));

/** Mean and deviation of the training pixels in 0..1. */
function moments({ train }: Dataset): [number, number] {
  let sum = 0;
  let square = 0;
  for (const pixel of train.images) {
    sum += pixel;
    square += pixel * pixel;
  }
  const mean = sum / train.images.length;
  return [mean / 255, Math.sqrt(square / train.images.length - mean * mean) / 255];
}

/** The constants by which the field standardises these sets, known to four digits. */
describe("the real sets, where WEIGHTBOOK_DATA holds them", () => {
  it.skipIf(!here("mnist"))("mnist has the published size, first labels and moments", async () => {
    const set = await loadDataset("mnist");
    expect([set.train.count, set.test.count, set.train.height]).toEqual([60000, 10000, 28]);
    expect([...set.train.labels.slice(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...set.test.labels.slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const [mean, deviation] = moments(set);
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(deviation).toBeCloseTo(0.3081, 4);
  });

  it.skipIf(!here("fashion-mnist"))("fashion-mnist has the published size and moments", async () => {
    const set = await loadDataset("fashion-mnist");
    expect([set.train.count, set.test.count]).toEqual([60000, 10000]);
    const [mean, deviation] = moments(set);
    expect(mean).toBeCloseTo(0.286, 3);
    expect(deviation).toBeCloseTo(0.353, 3);
  });

  it.skipIf(!here("cifar10-gs"))("cifar10-gs has the original's order", async () => {
    const set = await loadDataset("cifar10-gs", { trainImages: 5000 });
    expect(set.train.height).toBe(32);
    const first = [...set.train.labels.slice(0, 4)].map((label) => set.classNames[label]);
    expect(first).toEqual(["frog", "truck", "truck", "deer"]);
  });

  it.skipIf(!here("svhn-partial"))(
    "svhn's first images come back from a file like the original's",
    async () => {
      const read = (name: string) => {
        const path = join(folder, "svhn-partial", `sample55-${name}-ubyte.gz`);
        return { name: path, bytes: readFileSync(path) };
      };
      const gray = parseIdxPair(read("images-idx3"), read("labels-idx1"), 10);
      const marks = [...gray.labels].map((digit) => digit || 10);
      // Gray pixels of equal red, green and blue keep their value, so that what is known of these images must return.
      const arrays = svhnArrays(
        marks,
        (image, _, row, column) => gray.images[1024 * image + 32 * row + column],
      );
      expect(await readSvhn({ name: "sample.mat", bytes: matFile(arrays) }, gray.count)).toEqual(gray);
    },
  );

  it.skipIf(!here("svhn-gs"))("svhn-gs has the published numbers of each digit", async () => {
    const set = await loadDataset("svhn-gs");
    expect([set.train.count, set.test.count, set.train.height]).toEqual([73257, 26032, 32]);
    const counts = new Array<number>(10).fill(0);
    for (const digit of set.train.labels) counts[digit]++;
    expect(counts).toEqual([4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659]);
  });

  const binary = here("cifar10-gs/cifar-10-binary.tar.gz");
  it.skipIf(!binary || !here("cifar10-gs/train-images-idx3-ubyte.gz"))(
    "cifar10-gs is the same from the binary version as in MNIST's format",
    async () => {
      const source = findSource("cifar10-gs");
      const [one, other] = await Promise.all(
        source.forms.map((form) => loadSource({ ...source, forms: [form] })),
      );
      expect(other.hash).toBe(one.hash);
    },
  );

  const reals = ["mnist", "fashion-mnist", "cifar10-gs"];
  it.skipIf(!reals.every(here))("all come at 28 pixels, each image with the brightness it had", async () => {
    const few = { trainImages: 200, testImages: 10 };
    for (const name of reals) {
      const whole = await loadDataset(name, few);
      const set = await loadDataset(name, { ...few, size: 28 });
      expect([set.train.height, set.train.width, set.test.height]).toEqual([28, 28, 28]);
      const [mean, deviation] = moments(set);
      expect(mean).toBeCloseTo(moments(whole)[0], 3);
      expect(deviation).toBeGreaterThan(0.9 * moments(whole)[1]);
    }
  });
});
