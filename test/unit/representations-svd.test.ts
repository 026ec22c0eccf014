import { describe, expect, it } from "vitest";
import { matmul } from "#lib/compute/matmul.js";
import { type Matrix, row } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import { rawWeights } from "#lib/representations/raw.js";
import { leading, projectOnto, truncatedSvd } from "#lib/representations/svd.js";
import { svdRepresentation } from "#lib/representations/svd-representation.js";
import { parted } from "../helpers/weight-rows.js";

/** A matrix of given singular values: random orthonormal factors are not needed, a decaying random one serves. */
function lowRank(rows: number, cols: number, rank: number, seed = 1): Matrix {
  const rng = RandomStream.fromSeed(seed);
  const left = Float32Array.from({ length: rows * rank }, () => rng.normal());
  const right = Float32Array.from(
    { length: rank * cols },
    (_, p) => rng.normal() * 0.7 ** Math.floor(p / cols),
  );
  return matmul({ data: left, rows, cols: rank }, { data: right, rows: rank, cols });
}

const rng = RandomStream.fromSeed(0);

function expectOrthonormal({ data, rows, cols }: Matrix) {
  for (let i = 0; i < rows; i++) {
    let largest = 0;
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let p = 0; p < cols; p++) dot += data[i * cols + p] * data[j * cols + p];
      expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-5);
    }
    for (let p = 0; p < cols; p++)
      if (Math.abs(data[i * cols + p]) > Math.abs(largest)) largest = data[i * cols + p];
    expect(largest).toBeGreaterThan(0);
  }
}

function largestError(a: Matrix, b: Matrix): number {
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}

// Dense; all eigenpairs of the Gram matrix, tall and wide; iterative, tall and wide.
const shapes = [
  [60, 40],
  [520, 200],
  [200, 520],
  [600, 410],
  [410, 600],
];

describe.each(shapes)("truncated SVD of %i x %i", (rows, cols) => {
  const m = lowRank(rows, cols, 12);

  it("rebuilds a matrix of rank 12 from 12 components with orthonormal rows and a fixed sign", async () => {
    const svd = await truncatedSvd(m, 12, { rng });
    expectOrthonormal(svd.components);
    expect(largestError(matmul(svd.scores, svd.components), m)).toBeLessThan(1e-4);
    expect(svd.explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(largestError(projectOnto(svd.components, m), svd.scores)).toBeLessThan(1e-4);
    svd.singularValues.forEach((s, c) => {
      let squares = 0;
      for (let i = 0; i < rows; i++) squares += svd.scores.data[i * 12 + c] ** 2;
      expect(Math.sqrt(squares) / s).toBeCloseTo(1, 4);
    });
  });

  it("centred, gives scores of mean zero; asked for more than the rank, gives zeros", async () => {
    const svd = await truncatedSvd(m, 15, { rng, centre: true });
    for (let c = 0; c < 12; c++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += svd.scores.data[i * 15 + c];
      expect(Math.abs(sum / rows)).toBeLessThan(1e-5 * svd.singularValues[0]);
    }
    for (const s of svd.singularValues.subarray(12)) expect(s).toBeLessThan(1e-5 * svd.singularValues[0]);
    expect(svd.scores.data.every(Number.isFinite) && svd.components.data.every(Number.isFinite)).toBe(true);
  });
});

describe("truncated SVD", () => {
  it("holds smaller ones: the leading part is the decomposition of that size", async () => {
    const m = lowRank(80, 50, 20);
    const [big, small] = [await truncatedSvd(m, 20, { rng }), await truncatedSvd(m, 5, { rng })];
    const part = leading(big, 5);
    expect(part.scores).toEqual(small.scores);
    expect(part.components).toEqual(small.components);
    expect(() => leading(small, 6)).toThrow(/holds 5 singular values/);
  });

  it("does not depend on the start of the iteration beyond its tolerance", async () => {
    const m = lowRank(600, 450, 60);
    const [a, b] = [
      await truncatedSvd(m, 8, { rng: RandomStream.fromSeed(1) }),
      await truncatedSvd(m, 8, { rng: RandomStream.fromSeed(2) }),
    ];
    a.singularValues.forEach((s, c) => {
      expect(Math.abs(s / b.singularValues[c] - 1)).toBeLessThan(1e-6);
    });
  });

  it("refuses what it cannot do", async () => {
    const m = lowRank(6, 4, 2);
    await expect(truncatedSvd(m, 5, { rng })).rejects.toThrow(/ask for 1 to 4/);
    await expect(truncatedSvd(m, 2, { rng, center: true } as never)).rejects.toThrow(/no option "center"/);
    m.data[5] = Number.NaN;
    await expect(truncatedSvd(m, 2, { rng })).rejects.toThrow(/NaN in row 1/);
  });
});

describe("representations", () => {
  it("apply to rows they were not fitted on", async () => {
    const { train, rest } = parted(lowRank(60, 30, 4), 50);
    const svd = svdRepresentation(4);
    expect(svd.name).toBe("svd-4");
    const fitted = await svd.fit(train, { rng });
    const seen = await fitted.transform(rest);
    expect([seen.rows, seen.cols, fitted.dimensions]).toEqual([10, 4, 4]);
    // The training rows span the space, so lengths are kept.
    for (let i = 0; i < 10; i++) {
      const [a, b] = [row(seen, i), row(rest.weights, i)];
      expect(Math.hypot(...a) / Math.hypot(...b)).toBeCloseTo(1, 4);
    }
    const raw = await rawWeights().fit(train, { rng });
    expect([rawWeights().name, raw.dimensions]).toEqual(["W", 30]);
    expect(await raw.transform(rest)).toEqual(rest.weights);
  });
});
