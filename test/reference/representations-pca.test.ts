import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNpy } from "#lib/core/npy.js";
import type { Points } from "#lib/core/numeric/points.js";
import { RandomStream } from "#lib/core/random.js";
import { kernelPca, type PcaKernel } from "#lib/representations/kernel-pca.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const expected = JSON.parse(readFileSync(join(folder, "kernel_pca.json"), "utf8")) as {
  fit_rows: [number, number];
  new_rows: [number, number];
  n_components: number;
  cases: {
    kernel: PcaKernel;
    gamma: number | null;
    eigenvalues: number[];
    fit_projection: number[][];
    new_projection: number[][];
  }[];
};
const { data, shape } = readNpy(join(folder, "kpca_X.npy"));
const cols = shape[1];
const rng = RandomStream.fromSeed(0);

function rowsOf([from, to]: [number, number]): Points {
  return { data: (data as Float64Array).subarray(from * cols, to * cols), rows: to - from, cols };
}

/** Largest difference of the columns, each up to its sign, as a share of the column's largest entry. */
function largestDifference(own: Float64Array, reference: number[][]): number {
  const width = reference[0].length;
  let worst = 0;
  for (let c = 0; c < width; c++) {
    const column = reference.map((row) => row[c]);
    const mine = column.map((_, i) => own[i * width + c]);
    const sign = column.reduce((sum, value, i) => sum + value * mine[i], 0) < 0 ? -1 : 1;
    const largest = Math.max(...column.map(Math.abs));
    column.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(sign * mine[i] - value) / largest);
    });
  }
  return worst;
}

describe("kernel PCA against scikit-learn", () => {
  it.each(expected.cases)("$kernel, gamma $gamma", async (reference) => {
    const { kernel, gamma } = reference;
    const points = rowsOf(expected.fit_rows);
    const own = await kernelPca(points, {
      kernel,
      rng,
      components: expected.n_components,
      ...(gamma === null ? {} : { gamma }),
    });
    expect(own.eigenvalues).toHaveLength(expected.n_components);
    reference.eigenvalues.forEach((value, c) => {
      expect(Math.abs(own.eigenvalues[c] / value - 1)).toBeLessThan(1e-10);
    });
    expect(largestDifference(await own.project(points), reference.fit_projection)).toBeLessThan(1e-10);
    const unseen = await own.project(rowsOf(expected.new_rows));
    expect(largestDifference(unseen, reference.new_projection)).toBeLessThan(1e-10);
  });

  it("takes 1 / columns for gamma", async () => {
    const points = rowsOf(expected.fit_rows);
    const { eigenvalues } = await kernelPca(points, { kernel: "rbf", rng, components: 5 });
    const reference = expected.cases.find(({ kernel, gamma }) => kernel === "rbf" && gamma === 1 / cols);
    eigenvalues.forEach((value, c) => {
      expect(Math.abs(value / (reference?.eigenvalues[c] ?? Number.NaN) - 1)).toBeLessThan(1e-10);
    });
  });
});
