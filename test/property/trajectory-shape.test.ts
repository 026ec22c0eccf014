import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trajectoryShapes } from "#lib/analysis/trajectory-shape.js";

/** One model whose checkpoints are given, one row each. */
function shapeOf(rows: readonly (readonly number[])[], window = 5) {
  const points = { data: Float64Array.from(rows.flat()), rows: rows.length, cols: rows[0].length };
  const epochs = Int32Array.from(rows, (_, i) => i + 1);
  return trajectoryShapes(points, new Int32Array(rows.length), epochs, { window })[0];
}

const close = (found: number, wanted: number, tolerance = 1e-9) =>
  Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const place = fc.double({ min: -10, max: 10, noNaN: true }).map((x) => Math.round(x * 1e4) / 1e4);
const walk = fc
  .integer({ min: 1, max: 6 })
  .chain((cols) =>
    fc.array(fc.array(place, { minLength: cols, maxLength: cols }), { minLength: 6, maxLength: 12 }),
  );

describe("the shape of a trajectory", () => {
  it("on a circle: steps are chords, the turning is the angle between them, the curvature 1 / radius", () => {
    fc.assert(
      fc.property(positive(0.01, 100), positive(0.01, 3), (radius, angle) => {
        const circle = Array.from({ length: 8 }, (_, i) => [
          3 + radius * Math.cos(i * angle),
          radius * Math.sin(i * angle),
        ]);
        const { stepLength, turning, curvature } = shapeOf(circle);
        for (let i = 2; i < 8; i++) {
          expect(close(stepLength[i], 2 * radius * Math.sin(angle / 2), 1e-8)).toBe(true);
          expect(close(turning[i], angle, 1e-6)).toBe(true);
          expect(close(curvature[i] * radius, 1, 1e-6)).toBe(true);
        }
      }),
    );
  });

  it("on a straight line: nothing turns, and the way is as long as the path", () => {
    const { turning, curvature, straightness, stepLength } = shapeOf(
      [0, 1, 3, 3.5, 7, 8, 10].map((x) => [x, 2 * x]),
    );
    expect([...turning.slice(2), ...curvature.slice(2)].every((value) => Math.abs(value) < 1e-12)).toBe(true);
    expect(straightness[6]).toBeCloseTo(1, 12);
    expect([...stepLength.slice(1)].map((length) => length / Math.sqrt(5))).toEqual(
      [1, 2, 0.5, 3.5, 1, 2].map((length) => expect.closeTo(length, 12)),
    );
  });

  it("is known only where there are enough checkpoints before", () => {
    const { stepLength, turning, curvature, straightness } = shapeOf([[0], [1], [3], [2], [5]], 3);
    expect([...stepLength].map(Number.isNaN)).toEqual([true, false, false, false, false]);
    expect([...turning].map(Number.isNaN)).toEqual([true, true, false, false, false]);
    expect([...curvature].map(Number.isNaN)).toEqual([true, true, false, false, false]);
    expect([...straightness].map(Number.isNaN)).toEqual([true, true, true, false, false]);
    expect(turning[3]).toBeCloseTo(Math.PI, 12);
    expect(straightness[3]).toBeCloseTo(0.5, 12);
  });

  it("has no angle where a step has no length, and no circle where a model comes back", () => {
    const { turning, curvature } = shapeOf([[0, 0], [0, 0], [1, 0], [0, 0]]); // biome-ignore format: a list of places
    expect([turning[2], turning[3]]).toEqual([Number.NaN, Math.PI]);
    expect(curvature[3]).toBeNaN();
  });

  it("does not depend on where the walk is and how it is turned, and scales as lengths do", () => {
    fc.assert(
      fc.property(walk, place, positive(0.1, 10), (rows, shift, factor) => {
        const before = shapeOf(rows);
        // Reversing the coordinates is a rotation or a reflection.
        const after = shapeOf(rows.map((row) => row.map((x) => factor * (x + shift)).reverse()));
        rows.forEach((_, i) => {
          if (!(before.stepLength[i] > 1e-3 && before.stepLength[i - 1] > 1e-3)) return;
          expect(close(after.stepLength[i], factor * before.stepLength[i], 1e-7)).toBe(true);
          expect(close(after.turning[i], before.turning[i], 1e-5)).toBe(true);
          if (before.straightness[i] > 0) {
            expect(close(after.straightness[i], before.straightness[i], 1e-6)).toBe(true);
          }
        });
      }),
    );
  });

  it("keeps models apart and does not mind the order of rows", () => {
    const data = Float64Array.of(5, 0, 6, 1, 8, 3);
    const [even, odd] = trajectoryShapes(
      { data, rows: 6, cols: 1 },
      Int32Array.of(7, 2, 7, 2, 7, 2),
      Int32Array.of(1, 1, 2, 2, 3, 3),
    );
    expect([even.model, odd.model]).toEqual([2, 7]);
    expect([...even.stepLength.slice(1)]).toEqual([1, 2]);
    expect([...odd.stepLength.slice(1)]).toEqual([1, 2]);
  });

  it.each([0, -1, 1.5, Number.NaN])("a window of %s is refused", (window) => {
    expect(() => shapeOf([[0], [1]], window)).toThrow(/window is .*; give a positive number of steps/);
  });
});
