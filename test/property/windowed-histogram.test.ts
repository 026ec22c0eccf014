import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WindowedHistograms } from "#lib/compute/windowed-histograms.js";
import { histogramEdges, momentsOf } from "#lib/core/numeric/histogram-edges.js";
import { histogramSettings, type WindowedHistogramOptions } from "#lib/core/numeric/histogram-settings.js";
import { windowedHistogram } from "#lib/core/numeric/windowed-histogram.js";

const float = (most: number) => {
  const max = Math.fround(most);
  return fc.float({ noNaN: true, noDefaultInfinity: true, min: -max, max });
};
const options: fc.Arbitrary<WindowedHistogramOptions> = fc.record({
  windows: fc.integer({ min: 1, max: 9 }),
  bins: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constant(32)),
  range: fc.oneof(
    fc.constant<[number, number]>([-5, 5]),
    fc.tuple(float(10), float(10)).filter(([low, high]) => low < high),
    fc.tuple(float(1e30), float(1e30)).filter(([low, high]) => low < high),
  ),
  scale: fc.constantFrom("raw", "standardised"),
  outOfRange: fc.constantFrom("drop", "clamp"),
});
/** Values of every size, many on edges or next to them. */
const value = fc.oneof(
  fc.integer({ min: -17, max: 17 }).map((k) => Math.fround(k * 0.3125)),
  fc.integer({ min: -17, max: 17 }).map((k) => Math.fround(k * 0.3125 * (1 - 2 ** -24))),
  fc.constantFrom(-0, 2 ** -149, -(2 ** -149), -1e-30, 3e38, -3e38),
  float(6),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
/** Long ones are counted by pairs. */
const vector = fc
  .tuple(
    fc.array(value, { minLength: 9, maxLength: 60 }),
    fc.constantFrom(1, 1, 7, 400),
    fc.constantFrom(0, 1, -1e-3, 1000),
  )
  .map(([values, times, shift]) =>
    Float32Array.from({ length: values.length * times }, (_, i) => values[i % values.length] + shift),
  )
  .filter((values) => values.every(Number.isFinite));

/** By definition: edges in float64, each weight looked up. */
function plain(theta: Float32Array, given: WindowedHistogramOptions): Float32Array {
  const { windows, bins, range, scale, outOfRange } = histogramSettings(given);
  const { mean, deviation } = scale === "standardised" ? momentsOf(theta) : { mean: 0, deviation: 1 };
  const step = (range[1] - range[0]) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, k) => (k < bins ? range[0] + k * step : range[1])).map(
    (edge) => mean + (deviation || 1) * edge,
  );
  const out = new Float32Array(windows * bins);
  for (let s = 1; s <= windows; s++) {
    const from = Math.floor((theta.length * (s - 1)) / windows) + 1;
    const to = Math.floor((theta.length * s) / windows);
    const counts = new Array(bins).fill(0);
    for (let i = from; i <= to; i++) {
      const x = theta[i - 1];
      if (x < edges[0]) counts[0] += outOfRange === "clamp" ? 1 : 0;
      else if (x > edges[bins]) counts[bins - 1] += outOfRange === "clamp" ? 1 : 0;
      else counts[Math.min(bins, edges.filter((edge) => edge <= x).length) - 1]++;
    }
    counts.forEach((count, b) => {
      out[(s - 1) * bins + b] = count / (to - from + 1);
    });
  }
  return out;
}

describe("windowed histograms", () => {
  it("are those of their definition, in a page and by the kernel, to the bit", () => {
    fc.assert(
      fc.property(vector, options, (theta, given) => {
        const expected = plain(theta, given);
        expect(windowedHistogram(theta, given)).toEqual(expected);
        const { windows, bins } = histogramSettings(given);
        const out = new Float32Array(windows * bins).fill(9);
        const histograms = new WindowedHistograms(given);
        histograms.write(theta, out);
        expect(out).toEqual(expected);
        // The kernel's tables are empty again.
        histograms.write(theta, out.fill(9));
        expect(out).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("sum to 1 in every window when values are clamped, and do not know the order inside a window", () => {
    fc.assert(
      fc.property(vector, options, (theta, given) => {
        const { windows, bins } = histogramSettings(given);
        const clamped = windowedHistogram(theta, { ...given, outOfRange: "clamp" });
        for (let s = 0; s < windows; s++) {
          const sum = clamped.subarray(s * bins, (s + 1) * bins).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(1, 5);
        }
        const raw: WindowedHistogramOptions = { ...given, scale: "raw" };
        const turned = Float32Array.from(theta);
        for (let s = 0; s < windows; s++) {
          const bound = (k: number) => Math.floor((theta.length * k) / windows);
          turned.subarray(bound(s), bound(s + 1)).reverse();
        }
        expect(windowedHistogram(turned, raw)).toEqual(windowedHistogram(theta, raw));
      }),
    );
  });

  it("of standardised weights do not see shift and scale by powers of two", () => {
    fc.assert(
      fc.property(
        fc.array(float(100), { minLength: 4, maxLength: 200 }),
        fc.integer({ min: -8, max: 8 }),
        (values, power) => {
          const theta = Float32Array.from(values, (x) => (Math.abs(x) < 1e-20 ? 0 : x));
          const given = { windows: 4, bins: 8, scale: "standardised" as const };
          const scaled = theta.map((x) => x * 2 ** power);
          expect(windowedHistogram(scaled, given)).toEqual(windowedHistogram(theta, given));
        },
      ),
    );
  });

  it("put alike weights at zero when standardised", () => {
    const out = windowedHistogram(new Float32Array(10).fill(0.1), {
      windows: 1,
      bins: 4,
      scale: "standardised",
    });
    expect([...out]).toEqual([0, 0, 1, 0]);
  });

  it("have edges that part float32 numbers as float64 ones do", () => {
    const edges = histogramEdges(histogramSettings({ bins: 10, range: [-1, 1] }));
    edges.forEach((edge, k) => {
      const exact = k < 10 ? -1 + k * 0.2 : 1;
      if (k < 10) expect(edge).toBeGreaterThanOrEqual(exact);
      else expect(edge).toBeGreaterThan(exact);
      expect(edge - exact).toBeLessThan(1.3e-7);
    });
  });
});
