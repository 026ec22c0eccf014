import { describe, expect, it } from "vitest";
import { columnMeans, gramMatrix } from "#lib/compute/gram.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";

describe("a Gram matrix of scaled rows", () => {
  const pacer = new Pacer("test", 1, "stages", {});
  it.each([
    [70, 9],
    [9, 70],
    [2100, 6],
  ])("of %i x %i is that of the rows minus the mean, times their factors", async (rows, cols) => {
    const rng = RandomStream.fromSeed(`${rows} ${cols}`);
    const data = Float64Array.from({ length: rows * cols }, () => rng.normal(0.5, 1));
    const points = { data, rows, cols };
    const scale = Float64Array.from({ length: rows }, () => rng.uniform(0, 2));
    const mean = columnMeans(points);
    const scaled = data.map((value, p) => (value - mean[p % cols]) * scale[Math.floor(p / cols)]);
    const expected = await gramMatrix({ data: scaled, rows, cols }, undefined, pacer);
    expect(await gramMatrix(points, mean, pacer, { scale })).toEqual(expected);
  });
});
