import { describe, expect, it } from "vitest";
import { matmul } from "#lib/compute/matmul.js";
import { type Matrix, matrix, takeRows } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import { kernelPca, type PcaKernel } from "#lib/representations/kernel-pca.js";
import { pcaRepresentation } from "#lib/representations/pca-representation.js";
import { truncatedSvd } from "#lib/representations/svd.js";
import { asWeights, normalMatrix, parted } from "../helpers/weight-rows.js";

const rng = RandomStream.fromSeed(7);
const kernels: PcaKernel[] = ["linear", "cosine", "rbf"];

/** Rows of a fixed rank around an offset. */
function lowRank(rows: number, cols: number, rank: number): Matrix {
  const product = matmul(normalMatrix(rows, rank, rng), normalMatrix(rank, cols, rng));
  product.data.forEach((value, p) => {
    product.data[p] = value + 3;
  });
  return product;
}

/** Inner products of the columns, [cols, cols]. */
function gram({ data, rows, cols }: Matrix): number[][] {
  const products = Array.from({ length: cols }, () => new Array<number>(cols).fill(0));
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      for (let d = 0; d < cols; d++) products[c][d] += data[i * cols + c] * data[i * cols + d];
    }
  }
  return products;
}

// All eigenpairs of a small matrix, tall and wide; the leading ones of a large one, tall and wide.
const shapes = [
  [300, 40],
  [40, 300],
  [700, 450],
  [450, 700],
] as const;

describe.each(shapes)("principal components of %i x %i", (rows, cols) => {
  const weights = lowRank(rows, cols, 30);

  it.each(kernels)(
    "%s: training scores are uncorrelated, of mean 0, their squares the eigenvalues",
    async (kernel) => {
      const fitted = await kernelPca(weights, { kernel, rng, components: 10 });
      expect(fitted.eigenvalues).toHaveLength(10);
      const scores = await fitted.project(weights);
      const products = gram({ data: Float32Array.from(scores), rows, cols: 10 });
      const first = fitted.eigenvalues[0];
      for (let c = 0; c < 10; c++) {
        let sum = 0;
        for (let i = 0; i < rows; i++) sum += scores[i * 10 + c];
        expect(Math.abs(sum)).toBeLessThan(1e-6 * Math.sqrt(first) * rows);
        products[c].forEach((value, d) => {
          expect(Math.abs(value - (c === d ? fitted.eigenvalues[c] : 0))).toBeLessThan(1e-5 * first);
        });
        expect(c === 0 || fitted.eigenvalues[c] <= fitted.eigenvalues[c - 1]).toBe(true);
      }
    },
  );

  it("linear ones are those of the centred singular value decomposition", async () => {
    const svd = await truncatedSvd(weights, 10, { rng, centre: true, tolerance: 1e-6 });
    const fitted = await pcaRepresentation({ components: 10 }).fit(asWeights(weights), { rng });
    const scores = await fitted.transform(asWeights(weights));
    for (let p = 0; p < scores.data.length; p++) {
      expect(Math.abs(scores.data[p] - svd.scores.data[p])).toBeLessThan(1e-4 * svd.singularValues[0]);
    }
  });

  it("there are no more of them than the rank", async () => {
    const fitted = await pcaRepresentation({ components: 60 }).fit(asWeights(weights), { rng });
    expect(fitted.dimensions).toBeLessThanOrEqual(39);
    const sure = await kernelPca(
      { data: Float64Array.from({ length: 30 }, (_, p) => p ** 2 % 7), rows: 10, cols: 3 },
      { kernel: "linear", rng, components: 9 },
    );
    expect(sure.eigenvalues).toHaveLength(3);
  });
});

describe("the PCA representations", () => {
  const weights = lowRank(400, 20, 12);
  const { train, rest } = parted(weights, 300);

  it("have the names of Table 5 and 50 components", async () => {
    expect(kernels.map((kernel) => pcaRepresentation({ kernel }).name)).toEqual(["PCAl", "PCAc", "PCAr"]);
    const wide = asWeights(normalMatrix(200, 80, rng));
    for (const kernel of kernels) {
      expect((await pcaRepresentation({ kernel }).fit(wide, { rng })).dimensions).toBe(50);
    }
  });

  it.each(kernels)("%s: a row's coordinates do not depend on the others", async (kernel) => {
    const fitted = await pcaRepresentation({ kernel, components: 5 }).fit(train, { rng });
    const all = await fitted.transform(rest);
    const some = await fitted.transform(asWeights(takeRows(rest.weights, [7, 3])));
    expect([...some.data]).toEqual([...all.data.subarray(35, 40), ...all.data.subarray(15, 20)]);
  });

  it("cosine does not see the length of a row, and takes a row of zeros", async () => {
    const fitted = await pcaRepresentation({ kernel: "cosine", components: 5 }).fit(train, { rng });
    const doubled = asWeights(
      matrix(
        100,
        20,
        rest.weights.data.map((value) => 4 * value),
      ),
    );
    const [own, other] = [await fitted.transform(rest), await fitted.transform(doubled)];
    own.data.forEach((value, p) => {
      expect(Math.abs(value - other.data[p])).toBeLessThan(1e-6);
    });
    expect((await fitted.transform(asWeights(matrix(1, 20)))).data.every(Number.isFinite)).toBe(true);
  });

  it("rbf of more than maxRows is fitted on so many drawn by the stream", async () => {
    const limited = pcaRepresentation({ kernel: "rbf", components: 5, maxRows: 50 });
    const seen = async (seed: number) =>
      (await limited.fit(train, { rng: RandomStream.fromSeed(seed) })).transform(rest);
    expect(await seen(1)).toEqual(await seen(1));
    expect(await seen(1)).not.toEqual(await seen(2));
    const few = await pcaRepresentation({ kernel: "rbf", maxRows: 20 }).fit(train, { rng });
    expect(few.dimensions).toBeLessThan(20);
  });

  it("refuse what they cannot do", async () => {
    const same = asWeights(matrix(9, 20, new Float32Array(180).fill(0.5)));
    for (const kernel of kernels) {
      const fit = pcaRepresentation({ kernel }).fit(same, { rng });
      await expect(fit).rejects.toMatchObject({ name: "SpecError", code: "pca/rank" });
    }
    const code = (options: object) => {
      try {
        pcaRepresentation(options);
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return undefined;
    };
    expect(code({ kernel: "poly" })).toBe("pca/kernel");
    expect(code({ components: 0 })).toBe("pca/components");
    expect(code({ kernel: "rbf", gamma: 0 })).toBe("pca/gamma");
    expect(code({ gamma: 1 })).toBe("pca/gamma");
    expect(code({ maxRows: 1 })).toBe("representation/max-rows");
    expect(code({ dimensions: 3 })).toBe("options/unknown");
  });
});
