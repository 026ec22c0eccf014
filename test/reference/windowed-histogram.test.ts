import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNpy } from "#lib/core/npy.js";
import { windowedHistogram, windowStart } from "#lib/core/numeric/windowed-histogram.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface Case {
  readonly windows: number;
  readonly bins: number;
  readonly window_edges: readonly number[];
  readonly counts: readonly (readonly number[])[];
}
const { cases } = JSON.parse(readFileSync(join(folder, "histogram.json"), "utf8")) as { cases: Case[] };
const theta = readNpy(join(folder, "histogram_x.npy")).data as Float32Array;

describe("windowed histograms against numpy.histogram", () => {
  it.each(cases.map((one) => [one.windows, one.bins, one] as const))(
    "%d windows of %d bins",
    (windows, bins, one) => {
      const starts = one.window_edges.map((_, s) => windowStart(theta.length, s, windows));
      expect(starts).toEqual(one.window_edges);
      const shares = windowedHistogram(theta, { windows, bins });
      const counted = one.counts.flatMap((row, s) =>
        row.map((count) => Math.fround(count / (starts[s + 1] - starts[s]))),
      );
      expect([...shares]).toEqual(counted);
    },
  );
});
