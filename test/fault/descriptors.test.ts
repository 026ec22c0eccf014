import { describe, expect, it } from "vitest";
import { crossValidatedSvm } from "#lib/analysis/svm/cross-validation.js";
import { linearSvm } from "#lib/analysis/svm/linear-svm.js";
import { WindowedHistograms } from "#lib/compute/windowed-histograms.js";
import { matrix } from "#lib/core/matrix.js";
import type { WindowedHistogramOptions } from "#lib/core/numeric/histogram-settings.js";
import { windowedHistogram } from "#lib/core/numeric/windowed-histogram.js";
import { RandomStream } from "#lib/core/random.js";
import { globalStatistics } from "#lib/representations/global-statistics.js";
import { miwd } from "#lib/representations/miwd.js";
import { randomProjection } from "#lib/representations/random-projection.js";
import { resampledPca } from "#lib/representations/resampled-pca.js";
import { resampledWeights } from "#lib/representations/resampled-weights.js";
import type { WeightVectors } from "#lib/representations/vectors.js";
import { normalMatrix } from "../helpers/weight-rows.js";

const rng = RandomStream.fromSeed(12);
const asVectors = (vectors: readonly Float32Array[]): WeightVectors => ({
  count: vectors.length,
  read: (from, to) => vectors.slice(from, to),
});
const normals = (length: number) => Float32Array.from({ length }, () => rng.normal());
const representations = () => [
  miwd({ windows: 4, bins: 4 }),
  resampledWeights(8),
  globalStatistics(),
  resampledPca(2, { length: 16 }),
  randomProjection(8, { length: 16 }),
];
const bad = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("windowed histograms refuse", () => {
  const ways = [
    (theta: Float32Array, options: WindowedHistogramOptions) => windowedHistogram(theta, options),
    (theta: Float32Array, options: WindowedHistogramOptions) =>
      new WindowedHistograms(options).write(theta, new Float32Array(1024)),
  ];
  it.each(ways)("what cannot be (way %#)", (histogram) => {
    expect(() => histogram(normals(31), {})).toThrow(
      bad("histogram/short", /31 weights .* 32 windows; take at most 31/),
    );
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const place of [0, 50, 99]) {
        for (const scale of ["raw", "standardised"] as const) {
          const theta = normals(100);
          theta[place] = value;
          expect(() => histogram(theta, { scale })).toThrow(
            bad("histogram/not-finite", new RegExp(`weight ${place} is`)),
          );
        }
      }
    }
    const theta = normals(100);
    const wrong: [object, string][] = [
      [{ window: 3 }, "options/unknown"],
      [{ windows: 0 }, "histogram/count"],
      [{ bins: 2.5 }, "histogram/count"],
      [{ range: [5, -5] }, "histogram/range"],
      [{ range: [0, Number.NaN] }, "histogram/range"],
      [{ scale: "log" }, "histogram/choice"],
      [{ outOfRange: "wrap" }, "histogram/choice"],
    ];
    for (const [options, code] of wrong) expect(() => histogram(theta, options)).toThrow(bad(code, /./));
  });
});

describe("representations of vectors", () => {
  it("name the row whose weights are not finite or too few", async () => {
    const vectors = [normals(40), normals(50), normals(60)];
    const broken = vectors.map((vector) => vector.slice());
    broken[1][7] = Number.NaN;
    for (const representation of representations()) {
      const fitted = await representation.fitVectors(asVectors(vectors), { rng });
      await expect(fitted.transformVectors(asVectors(broken))).rejects.toEqual(
        bad("representation/nan", /row 1.*weight 7|weight 7 of row 1/),
      );
    }
    await expect(resampledPca(1, { length: 16 }).fitVectors(asVectors(broken), { rng })).rejects.toEqual(
      bad("representation/nan", /weight 7 of row 1/),
    );
    const short = await miwd().fitVectors(asVectors(vectors), { rng });
    await expect(short.transformVectors(asVectors([normals(99), normals(9)]))).rejects.toEqual(
      bad("histogram/short", /row 1: a vector of 9 weights/),
    );
    const one = await globalStatistics().fitVectors(asVectors(vectors), { rng });
    await expect(one.transformVectors(asVectors([normals(1)]))).rejects.toEqual(
      bad("statistics/short", /row 0/),
    );
  });

  it("refuse no vectors, dimensions that cannot be, more components than there are, unknown options", async () => {
    for (const representation of representations()) {
      await expect(representation.fitVectors(asVectors([]), { rng })).rejects.toEqual(
        bad("representation/empty", /./),
      );
    }
    for (const make of [resampledWeights, resampledPca, randomProjection]) {
      for (const dimensions of [0, -1, 1.5])
        expect(() => make(dimensions)).toThrow(bad("representation/dimensions", /./));
    }
    const four = asVectors([1, 2, 3, 4].map(() => normals(30)));
    await expect(resampledPca(4, { length: 16 }).fitVectors(four, { rng })).rejects.toEqual(
      bad("pca/rank", /4 training vectors have 3 principal components/),
    );
    const alike = asVectors([1, 2, 3, 4].map(() => new Float32Array(30).fill(0.3)));
    await expect(resampledPca(1, { length: 16 }).fitVectors(alike, { rng })).rejects.toEqual(
      bad("pca/rank", /have 0/),
    );
    expect(() => resampledPca(2, { size: 3 } as object)).toThrow(bad("options/unknown", /size/));
    expect(() => randomProjection(2, { size: 3 } as object)).toThrow(bad("options/unknown", /size/));
  });

  it("stop when they are told to", async () => {
    const vectors = asVectors([normals(40), normals(50), normals(60)]);
    for (const representation of representations()) {
      const fitted = await representation.fitVectors(vectors, { rng });
      const stopped = fitted.transformVectors(vectors, { signal: AbortSignal.abort() });
      await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    }
  });
});

describe("linear SVMs refuse", () => {
  const points = normalMatrix(10, 3, rng);
  const labels: string[] = Array.from({ length: 10 }, (_, i) => (i % 2 ? "a" : "b"));

  it("labels that teach nothing", async () => {
    await expect(linearSvm(points, labels.slice(1))).rejects.toEqual(bad("svm/rows", /10 rows .* 9 labels/));
    await expect(
      linearSvm(
        points,
        labels.map(() => "b"),
      ),
    ).rejects.toEqual(bad("svm/classes", /label b/));
    await expect(linearSvm(matrix(0, 3), [])).rejects.toEqual(bad("svm/classes", /none/));
    const holed = [...labels] as (string | undefined)[];
    holed[3] = undefined;
    await expect(linearSvm(points, holed as string[])).rejects.toEqual(bad("svm/label", /undefined/));
    const nan = matrix(10, 3, points.data.slice());
    nan.data[4] = Number.NaN;
    await expect(linearSvm(nan, labels)).rejects.toMatchObject({ code: "points/not-finite" });
  });

  it("a class that has fewer models than there are folds", async () => {
    const rare = [...labels];
    rare[0] = "rare";
    await expect(crossValidatedSvm(points, rare, { rng, folds: 2 })).rejects.toEqual(
      bad("svm/folds", /class "rare" has 1 rows; leave it out/),
    );
    await expect(crossValidatedSvm(points, labels, { rng, folds: 6 })).rejects.toEqual(
      bad("svm/folds", /at most 5 folds/),
    );
    await expect(crossValidatedSvm(points, labels, { rng, folds: 1 })).rejects.toMatchObject({
      code: "svm/folds",
    });
  });

  it("options that cannot be, and rows of other features", async () => {
    for (const C of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(linearSvm(points, labels, { C })).rejects.toMatchObject({ code: "svm/option" });
    }
    await expect(linearSvm(points, labels, { cost: 1 } as object)).rejects.toMatchObject({
      code: "options/unknown",
    });
    for (const C of [[], [1, 1], [1, 0.1], -1]) {
      await expect(crossValidatedSvm(points, labels, { rng, C })).rejects.toMatchObject({
        code: "svm/option",
      });
    }
    const svm = await linearSvm(points, labels);
    await expect(svm.predict(normalMatrix(2, 4, rng))).rejects.toEqual(
      bad("svm/columns", /3 features .* rows of 4/),
    );
    await expect(linearSvm(points, labels, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "interrupted",
    });
  });
});
