import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { columnMeans, gramMatrix, shiftedRows } from "#lib/compute/gram.js";
import { readNpy } from "#lib/core/npy.js";
import { denseSvd } from "#lib/core/numeric/dense-svd.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";
import { leadingEigen } from "#lib/representations/subspace.js";
import { truncatedSvd } from "#lib/representations/svd.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const expected = JSON.parse(readFileSync(join(folder, "svd.json"), "utf8")) as Record<string, number[]> & {
  abs_transform_first_5_rows: number[][];
  pca10_abs_transform_first_5_rows: number[][];
};
const { data, shape } = readNpy(join(folder, "svd_X.npy"));
const points = { data: data as Float64Array, rows: shape[0], cols: shape[1] };
const mean = columnMeans(points);
const centred = { ...points, data: shiftedRows(points, 0, points.rows, mean) };
const rng = RandomStream.fromSeed(0);

function expectClose(own: ArrayLike<number>, reference: number[], relative: number) {
  for (let i = 0; i < reference.length; i++) {
    expect(Math.abs(own[i] - reference[i]), `entry ${i}`).toBeLessThanOrEqual(
      relative * Math.abs(reference[i]),
    );
  }
}

/** Population variance of a column of row-major scores. */
function variance(scores: Float64Array, rank: number, column: number): number {
  const values = Array.from({ length: scores.length / rank }, (_, i) => scores[i * rank + column]);
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
}

describe("dense SVD against LAPACK and scikit-learn", () => {
  const svd = denseSvd(points);
  const pca = denseSvd(centred);
  const rows = points.rows;

  it("all singular values", () => {
    expectClose(svd.singularValues, expected.singular_values_all, 1e-10);
    expectClose(svd.singularValues, expected.truncated10_singular_values, 1e-10);
    expectClose(pca.singularValues, expected.pca10_singular_values, 1e-10);
  });

  it("projections of the first rows", () => {
    for (let i = 0; i < 5; i++) {
      const row = svd.scores.subarray(i * svd.rank, i * svd.rank + 10).map(Math.abs);
      // Relative to the row's size: single coordinates can be near zero.
      row.forEach((value, c) => {
        expect(Math.abs(value - expected.abs_transform_first_5_rows[i][c])).toBeLessThan(1e-10 * 30);
      });
      const other = pca.scores.subarray(i * pca.rank, i * pca.rank + 10).map(Math.abs);
      other.forEach((value, c) => {
        expect(Math.abs(value - expected.pca10_abs_transform_first_5_rows[i][c])).toBeLessThan(1e-10 * 30);
      });
    }
  });

  it("explained variance and its ratio", () => {
    let total = 0;
    for (const value of centred.data) total += value * value;
    total /= rows;
    const truncated = Array.from({ length: 10 }, (_, c) => variance(svd.scores, svd.rank, c));
    expectClose(truncated, expected.truncated10_explained_variance, 1e-10);
    const shares = truncated.map((value) => value / total);
    expectClose(shares, expected.truncated10_explained_variance_ratio, 1e-10);
    const principal = Array.from(pca.singularValues.subarray(0, 10), (s) => (s * s) / (rows - 1));
    expectClose(principal, expected.pca10_explained_variance, 1e-10);
  });
});

describe("truncated SVD against scikit-learn", () => {
  it("singular values, scores and explained share, centred or not", async () => {
    const svd = await truncatedSvd(points, 10, { rng });
    expectClose(svd.singularValues, expected.truncated10_singular_values, 1e-10);
    const pca = await truncatedSvd(points, 10, { rng, centre: true });
    expectClose(pca.singularValues, expected.pca10_singular_values, 1e-10);
    expectClose(pca.explained, expected.pca10_explained_variance_ratio, 1e-10);
    for (let c = 0; c < 10; c++) {
      const value = Math.abs(pca.scores.data[c]);
      expect(Math.abs(value - expected.pca10_abs_transform_first_5_rows[0][c])).toBeLessThan(1e-5);
    }
  });

  it("the iterative solver finds the same singular values", async () => {
    const pacer = new Pacer("test", 1, "stages", {});
    const gram = await gramMatrix(points, undefined, pacer);
    const options = { rng, rounds: 30, tolerance: 1e-6, pacer };
    const { values } = await leadingEigen(gram, points.cols, 10, options);
    expectClose(values.map(Math.sqrt), expected.truncated10_singular_values, 1e-10);
    // The randomised reference is itself good to 1e-3 on its first eight only.
    expectClose(values.map(Math.sqrt), expected.randomized10_singular_values_seed0.slice(0, 8), 1e-3);
  });
});
