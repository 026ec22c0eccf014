import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crossValidatedSvm } from "#lib/analysis/svm/cross-validation.js";
import { linearSvm } from "#lib/analysis/svm/linear-svm.js";
import { stratifiedFolds } from "#lib/analysis/svm/stratified-folds.js";
import { type Matrix, matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import { normalMatrix } from "../helpers/weight-rows.js";

/** Three classes around centres that lie `apart` from each other. */
function blobs(
  rows: number,
  cols: number,
  apart: number,
  seed: number,
): { points: Matrix; labels: string[] } {
  const rng = RandomStream.fromSeed(seed);
  const centres = normalMatrix(3, cols, rng.split("centres"));
  const labels = Array.from({ length: rows }, () => rng.integer(3));
  const points = normalMatrix(rows, cols, rng.split("noise"));
  for (let p = 0; p < points.data.length; p++) {
    points.data[p] += apart * centres.data[labels[Math.floor(p / cols)] * cols + (p % cols)];
  }
  return { points, labels: labels.map((label) => `class ${label}`) };
}

describe("the linear SVM", () => {
  it("leaves no gradient, for few and many features, weak and strong costs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom(1e-4, 0.01, 1, 100),
        fc.integer({ min: 0, max: 99 }),
        async (rows, cols, C, seed) => {
          const { points, labels } = blobs(rows, cols, 1, seed);
          if (new Set(labels).size < 2) return;
          const svm = await linearSvm(points, labels, { C, tolerance: 1e-12 });
          expect(svm.converged).toBe(true);
          svm.classes.forEach((name, c) => {
            const w = svm.weights.subarray(c * cols, (c + 1) * cols);
            const gradient = [...w, svm.intercepts[c]];
            let loss = 0;
            for (let i = 0; i < rows; i++) {
              const x = [...points.data.subarray(i * cols, (i + 1) * cols), 1];
              const y = labels[i] === name ? 1 : -1;
              const f = x.reduce((sum, value, j) => sum + value * (w[j] ?? svm.intercepts[c]), 0);
              const missing = Math.max(0, 1 - y * f);
              loss += missing ** 2;
              for (let j = 0; j <= cols; j++) gradient[j] -= 2 * C * y * missing * x[j];
            }
            const square = w.reduce((sum, value) => sum + value * value, svm.intercepts[c] ** 2);
            expect(svm.objectives[c]).toBeCloseTo(square / 2 + C * loss, 9);
            // The bound by which it ended.
            const norm = gradient.reduce((sum, value) => sum + value * value, 0);
            expect(norm).toBeLessThan(1e-10 * svm.objectives[c]);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it("predicts the class whose function is the largest", async () => {
    const { points, labels } = blobs(90, 6, 3, 1);
    const svm = await linearSvm(points, labels);
    const predicted = await svm.predict(points);
    const scores = (i: number) =>
      svm.classes.map((_, c) =>
        points.data
          .subarray(6 * i, 6 * i + 6)
          .reduce((sum, value, j) => sum + value * svm.weights[6 * c + j], svm.intercepts[c]),
      );
    predicted.forEach((label, i) => {
      const own = scores(i);
      expect(label).toBe(svm.classes[own.indexOf(Math.max(...own))]);
    });
  });
});

describe("stratified folds", () => {
  it("deal every class out evenly, and the same for equal streams", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.integer(),
        (sizes, seed) => {
          const labels = sizes.flatMap((size, c) => Array.from({ length: size }, () => `c${c}`));
          const folds = stratifiedFolds(labels, 5, RandomStream.fromSeed(seed));
          expect(stratifiedFolds(labels, 5, RandomStream.fromSeed(seed))).toEqual(folds);
          const spread = (of: (label: string) => boolean) => {
            const counts = [0, 1, 2, 3, 4].map(
              (fold) => labels.filter((label, i) => of(label) && folds[i] === fold).length,
            );
            return Math.max(...counts) - Math.min(...counts);
          };
          sizes.forEach((_, c) => {
            expect(spread((label) => label === `c${c}`)).toBeLessThanOrEqual(1);
          });
          expect(spread(() => true)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe("cross-validation of the SVM", () => {
  it("tells classes that lie apart, by fits that never saw the row", async () => {
    const { points, labels } = blobs(120, 5, 6, 3);
    const rng = RandomStream.fromSeed(4);
    const found = await crossValidatedSvm(points, labels, { rng });
    expect(found.mean).toBeGreaterThan(0.97);
    expect(found.accuracies).toHaveLength(5);
    expect(found.mean).toBeCloseTo(found.accuracies.reduce((a, b) => a + b) / 5, 12);
    const squares = found.accuracies.reduce((sum, value) => sum + (value - found.mean) ** 2, 0);
    expect(found.deviation).toBeCloseTo(Math.sqrt(squares / 5), 12);
    found.accuracies.forEach((accuracy, fold) => {
      const rows = labels.map((_, i) => i).filter((i) => found.folds[i] === fold);
      expect(accuracy).toBe(rows.filter((i) => found.predictions[i] === labels[i]).length / rows.length);
    });
    expect(await crossValidatedSvm(points, labels, { rng: RandomStream.fromSeed(4) })).toEqual(found);
  });

  it("finds nothing in noise: what a fold is tested on does not leak into scaling, cost or fit", async () => {
    const rng = RandomStream.fromSeed(5);
    const labels = Array.from({ length: 200 }, (_, i) => (i % 2 ? "a" : "b"));
    const found = await crossValidatedSvm(normalMatrix(200, 60, rng), labels, { rng });
    // Four standard deviations of 200 fair coins.
    expect(Math.abs(found.mean - 0.5)).toBeLessThan(0.15);
    // A row's own fold never sees it: a fit on the other folds predicts it.
    const points = normalMatrix(60, 4, rng);
    const given = labels.slice(0, 60);
    const whole = await crossValidatedSvm(points, given, { rng, C: 0.1 });
    const [fold] = whole.folds;
    const changed = matrix(60, 4, points.data.slice());
    changed.data.fill(1e3, 0, 4);
    const again = await crossValidatedSvm(changed, given, { rng, C: 0.1 });
    const others = given.map((_, i) => i).filter((i) => i > 0 && whole.folds[i] === fold);
    expect(others.map((i) => again.predictions[i])).toEqual(others.map((i) => whole.predictions[i]));
  });

  it("does not see the scale of a feature once it is standardised, and takes constant ones", async () => {
    const { points, labels } = blobs(100, 4, 1, 6);
    const scaled = matrix(100, 5);
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 4; j++) scaled.data[5 * i + j] = points.data[4 * i + j] * 2 ** (8 * j) + 0;
      scaled.data[5 * i + 4] = 7;
    }
    const rng = RandomStream.fromSeed(7);
    const plain = await crossValidatedSvm(points, labels, { rng, C: 1 });
    expect((await crossValidatedSvm(scaled, labels, { rng, C: 1 })).accuracies).toEqual(plain.accuracies);
    const unscaled = await crossValidatedSvm(scaled, labels, { rng, C: 1, standardise: false });
    expect(unscaled.accuracies).not.toEqual(plain.accuracies);
  });
});
