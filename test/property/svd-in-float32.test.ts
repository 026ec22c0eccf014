import { describe, expect, it } from "vitest";
import { columnMeans, gramMatrix } from "#lib/compute/gram.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";
import { truncatedSvd } from "#lib/representations/svd.js";

/** Normal numbers; column j is scaled by `scale(j)`. */
function scaledColumns(rows: number, cols: number, scale: (column: number) => number): Float32Array {
  const rng = RandomStream.fromSeed(`columns ${rows} x ${cols}`);
  return Float32Array.from({ length: rows * cols }, (_, i) => scale(i % cols) * rng.normal(0.2, 1));
}

/** Largest absolute eigenvalue of a symmetric matrix, by the power method: from below. */
function spectralNorm(matrix: Float64Array, size: number): number {
  let vector = Float64Array.from({ length: size }, (_, i) => 1 + (i % 7));
  let norm = 0;
  for (let step = 0; step < 100; step++) {
    const image = vector.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += matrix[i * size + j] * vector[j];
      return sum;
    });
    norm = Math.hypot(...image);
    vector = image.map((value) => value / norm);
  }
  return norm;
}

describe("a Gram matrix in float32", () => {
  const pacer = new Pacer("test", 1, "stages", {});
  it.each([
    [3000, 150, false],
    [150, 3000, false],
    [3000, 150, true],
  ])(
    "of %i x %i, centred %s, errs by less than a millionth of its largest eigenvalue",
    async (rows, cols, isCentred) => {
      const points = { data: scaledColumns(rows, cols, (j) => 1 / (1 + j)), rows, cols };
      const mean = isCentred ? columnMeans(points) : undefined;
      const exact = await gramMatrix(points, mean, pacer);
      const quick = await gramMatrix(points, mean, pacer, { precision: "float32" });
      const size = Math.min(rows, cols);
      const error = spectralNorm(
        exact.map((value, i) => value - quick[i]),
        size,
      );
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(1e-6 * spectralNorm(exact, size));
    },
  );
});

describe("a large SVD of few components", () => {
  const [rows, cols, k] = [3600, 1700, 30];
  const rng = RandomStream.fromSeed(3);
  /** In float32, and by the route of float64 points, which is exact. */
  const both = async (scale: (column: number) => number, centre = false) => {
    const data = scaledColumns(rows, cols, scale);
    const points = { data, rows, cols };
    return [
      await truncatedSvd(points, k, { rng, centre }),
      await truncatedSvd({ ...points, data: Float64Array.from(data) }, k, { rng, centre }),
    ];
  };

  it.each([false, true])("in float32 is right to 5e-5, centred %s", async (centre) => {
    const [quick, exact] = await both((j) => (j < 40 ? 3 : 1), centre);
    expect(Array.from(quick.singularValues)).not.toEqual(Array.from(exact.singularValues));
    for (let c = 0; c < k; c++) {
      expect(Math.abs(quick.singularValues[c] / exact.singularValues[c] - 1)).toBeLessThan(5e-5);
      expect(Math.abs(quick.explained[c] / exact.explained[c] - 1)).toBeLessThan(1e-4);
    }
    // Scores have the lengths of the singular values.
    for (const c of [0, k - 1]) {
      let squares = 0;
      for (let i = 0; i < rows; i++) squares += quick.scores.data[i * k + c] ** 2;
      expect(Math.abs(Math.sqrt(squares) / exact.singularValues[c] - 1)).toBeLessThan(1e-3);
    }
  });

  it("is computed in float64 for a tolerance that float32 cannot reach", async () => {
    const data = scaledColumns(rows, cols, (j) => (j < 40 ? 3 : 1));
    const options = () => ({ rng: RandomStream.fromSeed(3), tolerance: 1e-6 });
    const svd = await truncatedSvd({ data, rows, cols }, k, options());
    const exact = await truncatedSvd({ data: Float64Array.from(data), rows, cols }, k, options());
    expect(Array.from(svd.singularValues)).toEqual(Array.from(exact.singularValues));
  });

  it("goes back to float64 where its last values are too small for float32", async () => {
    const [quick, exact] = await both((j) => 10 ** (-j / 8));
    expect(exact.singularValues[k - 1] / exact.singularValues[0]).toBeLessThan(1e-3);
    for (let c = 0; c < k; c++) {
      expect(Math.abs(quick.singularValues[c] / exact.singularValues[c] - 1)).toBeLessThan(2e-6);
    }
  });
});
