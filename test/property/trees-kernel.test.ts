import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binOf, binRows, binThresholds } from "#lib/analysis/trees/bins.js";
import { BinSums } from "#lib/compute/histograms.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";

const pacer = new Pacer("test", 1, "test", {});

describe("bins", () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e-3, max: 1e-3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
  );

  it("are those between the thresholds, for values of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 2, maxLength: 200 }),
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 2, max: 40 }),
        async (seen, fresh, maxBins) => {
          const column = (values: number[]) => ({
            data: Float64Array.from(values),
            rows: values.length,
            cols: 1,
          });
          const thresholds = await binThresholds(column(seen), maxBins, pacer);
          const [bounds] = thresholds;
          expect(bounds.length).toBeLessThan(maxBins);
          expect(bounds.every(Number.isFinite)).toBe(true);
          const all = [...seen, ...fresh, ...bounds];
          const binned = await binRows(column(all), thresholds, pacer);
          all.forEach((x, row) => {
            expect(binOf(binned, 0, row)).toBe(bounds.filter((bound) => bound < x).length);
          });
        },
      ),
    );
  });
});

describe("the kernel of histograms", () => {
  it.each([false, true])("adds as a plain loop does, to the bit (Hessians: %s)", (hessians) => {
    const rng = RandomStream.fromSeed(4);
    const [rows, cols] = [500, 7];
    const sums = new BinSums(rows, cols);
    const bins = Array.from({ length: rows }, () =>
      Array.from({ length: cols }, () => Math.floor(256 * rng.uniform())),
    );
    bins.forEach((line, row) => {
      line.forEach((bin, j) => {
        sums.words[(j >> 2) * rows + row] |= bin << (8 * (j & 3));
      });
    });
    sums.order.set(rng.permutation(rows));
    const [g, h] = [0, 1].map(() => Float32Array.from({ length: rows }, () => rng.normal()));
    const perBin = hessians ? 3 : 2;
    for (const [from, to] of [
      [0, rows],
      [17, 261],
      [9, 9],
    ]) {
      sums.gather(from, to, g, hessians ? h : undefined);
      for (const group of [1, 0]) {
        const out = new Float64Array(4 * 256 * perBin).fill(9);
        sums.add(group, from, to, hessians, out);
        const expected = new Float64Array(out.length);
        for (const row of sums.order.subarray(from, to)) {
          for (let lane = 0; lane < 4; lane++) {
            const at = (256 * lane + (bins[row][4 * group + lane] ?? 0)) * perBin;
            expected[at] += g[row];
            expected[at + 1] += 1;
            if (hessians) expected[at + 2] += h[row];
          }
        }
        expect(out).toEqual(expected);
      }
    }
  });

  it("refuses more rows than it can address", () => {
    expect(() => new BinSums(2 ** 24, 2 ** 12)).toThrow(/take fewer of either/);
  });
});
