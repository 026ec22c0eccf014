import fc from "fast-check";
import { expect, test } from "vitest";
import { resampledTau } from "#lib/analysis/probes/resampled-tau.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import { RandomStream } from "#lib/core/random.js";

/** Few different values, so that ties of every kind occur. */
const rows = fc.array(
  fc.record({ x: fc.integer({ min: -3, max: 3 }), y: fc.integer({ min: -3, max: 3 }), unit: fc.nat(4) }),
  { minLength: 1, maxLength: 40 },
);

test("is kendallTau of the rows written out as often as they are taken", () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }), (given, counts) => {
      const column = (of: "x" | "y" | "unit") => given.map((row) => row[of]);
      const tau = resampledTau(column("x"), column("y"), column("unit"));
      const written = given.flatMap((row) => Array.from({ length: counts[row.unit] }, () => row));
      const expected = kendallTau(
        written.map(({ x }) => x),
        written.map(({ y }) => y),
      );
      // Twice: nothing may be left over from the resample before.
      for (const found of [tau(counts), tau(counts)]) {
        if (Number.isNaN(expected)) expect(found).toBeNaN();
        else expect(found).toBeCloseTo(expected, 12);
      }
    }),
  );
});

test("is undefined where a value is", () => {
  expect(resampledTau([1, 2], [1, Number.NaN], [0, 1])([1, 1])).toBeNaN();
});

test("takes as many rows as a paper-sized test split has: 200,000, hardly any tied", () => {
  const rng = RandomStream.fromSeed(5);
  const x = Float64Array.from({ length: 200_000 }, () => rng.normal());
  const y = x.map((value) => value + rng.normal());
  const unit = Int32Array.from(x, (_, i) => i % 1000);
  expect(new Set(y).size).toBeGreaterThan(199_000);
  const tau = resampledTau(x, y, unit);
  expect(tau(new Int32Array(1000).fill(1))).toBeCloseTo(kendallTau(x, y), 12);
});
