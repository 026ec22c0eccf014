import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Matrix, matrix, row } from "#lib/core/matrix.js";
import { resample } from "#lib/core/numeric/resample.js";
import { windowedHistogram } from "#lib/core/numeric/windowed-histogram.js";
import { RandomStream } from "#lib/core/random.js";
import { globalStatistics } from "#lib/representations/global-statistics.js";
import { miwd } from "#lib/representations/miwd.js";
import { pcaRepresentation } from "#lib/representations/pca-representation.js";
import { randomProjection } from "#lib/representations/random-projection.js";
import { resampledPca } from "#lib/representations/resampled-pca.js";
import { resampledWeights } from "#lib/representations/resampled-weights.js";
import type { WeightVectors } from "#lib/representations/vectors.js";
import { zooVectors } from "#lib/representations/zoo-vectors.js";
import { namedZoo } from "#lib/zoo/named.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import type { TrainedZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { asWeights, normalMatrix, parted } from "../helpers/weight-rows.js";
import { fake, noiseData, sharedScratch } from "../helpers/zoo.js";

const seed = () => RandomStream.fromSeed(3);
const rng = RandomStream.fromSeed(8);
const asVectors = (vectors: readonly Float32Array[]): WeightVectors => ({
  count: vectors.length,
  read: (from, to) => vectors.slice(from, to),
});
const rowsOf = (m: Matrix) => Array.from({ length: m.rows }, (_, i) => row(m, i));
const vectors = Array.from({ length: 12 }, (_, i) =>
  Float32Array.from({ length: 40 + 7 * i }, () => rng.normal(0, 1 + i)),
);
const all = () => [
  miwd({ windows: 8, bins: 8 }),
  miwd({ windows: 8, bins: 8, scale: "standardised" }),
  resampledWeights(64),
  globalStatistics(),
  resampledPca(5, { length: 50 }),
  randomProjection(64, { length: 50 }),
];

describe("representations of vectors of any length", () => {
  it("have names and sizes of their own, and take rows of a matrix as they take vectors", async () => {
    const names = all().map(({ name }) => name);
    expect(names).toEqual([
      "MI-WD 64",
      "MI-WD 64, standardised",
      "raw 64",
      "global statistics",
      "PCA 5",
      "random projection 64",
    ]);
    const weights = normalMatrix(9, 80, rng);
    for (const representation of all()) {
      const fitted = await representation.fit(asWeights(weights), { rng: seed() });
      const out = await fitted.transform(asWeights(weights));
      expect([out.rows, out.cols]).toEqual([9, fitted.dimensions]);
      const again = await representation.fitVectors(asVectors(rowsOf(weights)), { rng: seed() });
      expect(await again.transformVectors(asVectors(rowsOf(weights)))).toEqual(out);
    }
  });

  it("represent a vector by itself, whatever stands beside it and whatever its length", async () => {
    for (const representation of all()) {
      const fitted = await representation.fitVectors(asVectors(vectors), { rng: seed() });
      const out = await fitted.transformVectors(asVectors(vectors));
      const alone = await fitted.transformVectors(asVectors([vectors[7]]));
      expect(row(alone, 0)).toEqual(row(out, 7));
      const other = await fitted.transform(asWeights(matrix(1, vectors[7].length, vectors[7])));
      expect(row(other, 0)).toEqual(row(out, 7));
    }
  });
});

describe("each of them", () => {
  it("MI-WD is the windowed histogram", async () => {
    const options = { windows: 8, bins: 16, outOfRange: "clamp" } as const;
    const fitted = await miwd(options).fitVectors(asVectors(vectors), { rng });
    const out = await fitted.transformVectors(asVectors(vectors));
    vectors.forEach((vector, i) => {
      expect(row(out, i)).toEqual(windowedHistogram(vector, options));
    });
  });

  it("raw is linear interpolation that keeps both ends", async () => {
    expect([...resample(Float32Array.of(1, 2, 4), 5)]).toEqual([1, 1.5, 2, 3, 4]);
    expect([...resample(Float32Array.of(1, 2, 4), 2)]).toEqual([1, 4]);
    expect([...resample(Float32Array.of(1, 3, 4), 1)]).toEqual([3]);
    expect([...resample(Float32Array.of(7), 3)]).toEqual([7, 7, 7]);
    const fitted = await resampledWeights(40).fitVectors(asVectors(vectors), { rng });
    expect(row(await fitted.transformVectors(asVectors(vectors)), 0)).toEqual(vectors[0]);
  });

  it("global statistics are mean, variance, skewness and percentiles of weights and differences", async () => {
    const fitted = await globalStatistics().fitVectors(asVectors(vectors), { rng });
    const out = await fitted.transformVectors(asVectors(vectors));
    const plain = (values: number[]) => {
      const n = values.length;
      const mean = values.reduce((a, b) => a + b) / n;
      const moment = (k: number) => values.reduce((sum, x) => sum + (x - mean) ** k, 0) / n;
      const sorted = [...values].sort((a, b) => a - b);
      const cuts = [0.01, 0.25, 0.5, 0.75, 0.99].map((q) => {
        const at = q * (n - 1);
        const low = sorted[Math.floor(at)];
        return low + (at % 1) * ((sorted[Math.ceil(at)] ?? low) - low);
      });
      return [mean, moment(2), moment(3) / moment(2) ** 1.5, ...cuts];
    };
    vectors.forEach((vector, i) => {
      const differences = Array.from(vector.subarray(1), (x, j) => x - vector[j]);
      const expected = [...plain([...vector]), ...plain(differences)];
      row(out, i).forEach((value, j) => {
        expect(Math.abs(value - expected[j])).toBeLessThan(1e-6 * (1 + Math.abs(expected[j])));
      });
    });
    const flat = await fitted.transformVectors(asVectors([new Float32Array(9).fill(0.5)]));
    expect([...row(flat, 0)]).toEqual([0.5, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("PCA is that of all rows together, though it reads them in blocks", async () => {
    const [count, length] = [1100, 30];
    const signal = normalMatrix(count, length, rng);
    // Far from zero, as batch norm's factors are: the mean must not drown what varies.
    for (let p = 0; p < signal.data.length; p++) signal.data[p] = 10 + signal.data[p] * (1 + (p % length));
    const { train, rest } = parted(signal, 1060);
    const expected = await pcaRepresentation({ components: 6 }).fit(train, { rng: seed() });
    const fitted = await resampledPca(6, { length }).fit(train, { rng: seed() });
    const [ours, theirs] = [await fitted.transform(rest), await expected.transform(rest)];
    ours.data.forEach((value, p) => {
      expect(Math.abs(value - theirs.data[p])).toBeLessThan(1e-3);
    });
  });

  it("random projection is the product with a matrix that its stream gives", async () => {
    const [length, dimensions] = [1100, 3];
    const { train } = parted(normalMatrix(4, length, rng), 4);
    const fitted = await randomProjection(dimensions, { length }).fit(train, { rng: seed() });
    const out = await fitted.transform(train);
    const matrixOf: number[][] = [];
    const stream = seed().split("projection");
    for (let from = 0; from < length; from += 512) {
      const block = stream.split(from / 512);
      for (let j = from; j < Math.min(length, from + 512); j++) {
        matrixOf.push(Array.from({ length: dimensions }, () => block.normal()));
      }
    }
    for (let i = 0; i < 4; i++) {
      for (let k = 0; k < dimensions; k++) {
        const sum = row(train.weights, i).reduce((total, x, j) => total + x * matrixOf[j][k], 0);
        expect(Math.abs(out.data[i * dimensions + k] - sum)).toBeLessThan(1e-4);
      }
    }
    const other = await randomProjection(dimensions, { length }).fit(train, {
      rng: RandomStream.fromSeed(4),
    });
    expect((await other.transform(train)).data).not.toEqual(out.data);
  });
});

describe("on any number of threads", () => {
  const before = process.env.WEIGHTBOOK_WORKERS;
  afterAll(() => {
    if (before === undefined) delete process.env.WEIGHTBOOK_WORKERS;
    else process.env.WEIGHTBOOK_WORKERS = before;
  });

  it("PCA has equal bits", { timeout: 60_000 }, async () => {
    // So many that the products go to threads.
    const [count, length] = [520, 20_000];
    const train = asVectors(Array.from({ length: count }, () => row(normalMatrix(1, 300, rng), 0)));
    const found: Matrix[] = [];
    for (const workers of ["1", "2"]) {
      process.env.WEIGHTBOOK_WORKERS = workers;
      const fitted = await resampledPca(3, { length }).fitVectors(train, { rng: seed() });
      found.push(await fitted.transformVectors(asVectors(vectors)));
    }
    expect(found[1]).toEqual(found[0]);
  });
});

describe("a zoo of networks of several shapes", () => {
  let zoo: TrainedZoo;
  beforeAll(async () => {
    const spec = namedZoo("nws", "smoke", { models: 10, epochs: 2, trainImages: 200, testImages: 20 });
    const names = [...new Set(zooModels(spec).map(({ dataset }) => dataset))];
    const datasets = Object.fromEntries(
      names.map((name, i) => [name, { ...noiseData(200, 20), name, hash: String(i).repeat(64) }]),
    );
    zoo = await trainZoo(spec, { datasets, engine: fake(), workers: 2, folder: sharedScratch() });
  });

  it("is represented as it streams, all of it or some rows", async () => {
    expect(zoo.isMixed).toBe(true);
    const everything = zooVectors(zoo, () => true);
    const last = zooVectors(zoo, (facts) => facts.epoch === 2);
    const few = zooVectors(zoo, [7, 2]);
    expect([everything.count, last.count]).toEqual([20, 10]);
    const { rows } = zooVectors(zoo);
    expect(rows).toEqual(zoo.rowsWhere(({ model }) => !zoo.diverged.includes(model)));
    expect(rows.length).toBeLessThan(20);
    expect([...last.rows]).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    for (const representation of all()) {
      const fitted = await representation.fitVectors(last, { rng: seed() });
      const out = await fitted.transformVectors(everything);
      const lastOut = await fitted.transformVectors(last);
      const fewOut = await fitted.transformVectors(few);
      last.rows.forEach((zooRow, i) => {
        expect(row(lastOut, i)).toEqual(row(out, zooRow));
      });
      expect(row(fewOut, 0)).toEqual(row(out, 7));
      expect(row(fewOut, 1)).toEqual(row(out, 2));
    }
  });
});
