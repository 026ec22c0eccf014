import { describe, expect, it } from "vitest";
import { InterruptedError, SpecError } from "#lib/core/errors.js";
import { sha256 } from "#lib/core/hash.js";
import { RandomStream } from "#lib/core/random.js";
import { drawStrokes, type ImageSet, loadDataset, resizeImages } from "#lib/datasets/index.js";

/** Pixels less their mean over the training images, over their deviation, and a one for the bias. */
function standardised(set: ImageSet, train: ImageSet): { x: Float32Array; cols: number } {
  const pixels = set.height * set.width;
  const cols = pixels + 1;
  const x = new Float32Array(set.count * cols).fill(1);
  for (let p = 0; p < pixels; p++) {
    let sum = 0;
    let square = 0;
    for (let i = 0; i < train.count; i++) {
      const value = train.images[i * pixels + p];
      sum += value;
      square += value * value;
    }
    const mean = sum / train.count;
    const deviation = Math.sqrt(square / train.count - mean * mean) + 10;
    for (let i = 0; i < set.count; i++) x[i * cols + p] = (set.images[i * pixels + p] - mean) / deviation;
  }
  return { x, cols };
}

/** Scores of the ten classes for one row. */
function scores(x: Float32Array, at: number, weights: Float32Array, cols: number, out: Float64Array): void {
  for (let k = 0; k < 10; k++) {
    let sum = 0;
    for (let p = 0; p < cols; p++) sum += x[at + p] * weights[k * cols + p];
    out[k] = sum;
  }
}

/** Softmax regression by plain stochastic gradient descent with a falling step; the accuracy on the test images. */
function linearAccuracy(train: ImageSet, test: ImageSet, epochs: number): number {
  const { x, cols } = standardised(train, train);
  const weights = new Float32Array(10 * cols);
  const z = new Float64Array(10);
  const rng = RandomStream.fromSeed("linear softmax");
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = (1 / cols) * (1 - epoch / epochs);
    for (const i of rng.permutation(train.count)) {
      scores(x, i * cols, weights, cols, z);
      const largest = Math.max(...z);
      let total = 0;
      for (let k = 0; k < 10; k++) total += z[k] = Math.exp(z[k] - largest);
      for (let k = 0; k < 10; k++) {
        const pull = step * ((k === train.labels[i] ? 1 : 0) - z[k] / total);
        for (let p = 0; p < cols; p++) weights[k * cols + p] += pull * x[i * cols + p];
      }
    }
  }
  const other = standardised(test, train).x;
  let right = 0;
  for (let i = 0; i < test.count; i++) {
    scores(other, i * cols, weights, cols, z);
    if (z.indexOf(Math.max(...z)) === test.labels[i]) right++;
  }
  return right / test.count;
}

describe("strokes", () => {
  it("is too hard for a linear classifier, and not noise to it, at 28 and at 14 pixels", async () => {
    const { train, test } = await loadDataset("strokes", { trainImages: 10000, testImages: 3000 });
    const small = linearAccuracy(resizeImages(train, 14), resizeImages(test, 14), 15);
    const large = linearAccuracy(train, test, 6);
    for (const accuracy of [small, large]) {
      expect(accuracy).toBeGreaterThan(0.7);
      expect(accuracy).toBeLessThan(0.95);
    }
  });

  it("has the same pixels on every machine", async () => {
    const set = await drawStrokes(100, { rng: RandomStream.fromSeed(1) });
    expect(sha256(set.images)).toBe("77aa716b88ecbd233809f3c0068a25760fc0eb53348ce77d94f0a17710f5677e");
  });

  it("has each digit once in every ten images", async () => {
    const { labels } = await drawStrokes(50, { rng: RandomStream.fromSeed(3) });
    for (let i = 0; i < 50; i += 10) {
      expect([...labels.slice(i, i + 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it("never draws the same image twice, nor off the canvas", async () => {
    const { train, test } = await loadDataset("strokes", { trainImages: 300, testImages: 300 });
    const seen = new Set<string>();
    for (const set of [train, test]) {
      for (let i = 0; i < set.count; i++) {
        const image = set.images.subarray(784 * i, 784 * (i + 1));
        seen.add(sha256(image));
        expect(image.filter((pixel) => pixel > 128).length).toBeGreaterThan(15);
      }
    }
    expect(seen.size).toBe(600);
  });

  it("draws larger images of the same kind", async () => {
    const large = await drawStrokes(20, { rng: RandomStream.fromSeed(1), size: 56 });
    const usual = await drawStrokes(20, { rng: RandomStream.fromSeed(1) });
    const shrunk = resizeImages(large, 28).images;
    // Equal hands: the two differ by noise and edges only, less than two different digits do.
    const distance = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length;
    const shifted = Uint8Array.from([...usual.images.subarray(784), ...usual.images.subarray(0, 784)]);
    expect(distance(shrunk, usual.images)).toBeLessThan(distance(shrunk, shifted) / 8);
  });

  it("stops when asked to, and reports how far it is", async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const drawing = drawStrokes(5000, {
      rng: RandomStream.fromSeed(1),
      signal: stop.signal,
      onProgress: (progress) => {
        done.push(progress.done);
        stop.abort();
      },
    });
    await expect(drawing).rejects.toThrow(InterruptedError);
    expect(done[0]).toBe(500);
  });

  it("refuses impossible counts, sizes and options", async () => {
    const rng = RandomStream.fromSeed(1);
    await expect(drawStrokes(1.5, { rng })).rejects.toThrow(SpecError);
    await expect(drawStrokes(1, { rng, size: 4 })).rejects.toThrow(SpecError);
    await expect(drawStrokes(1, { rng, ...{ sise: 28 } })).rejects.toThrow(/no option "sise"/);
  });
});
