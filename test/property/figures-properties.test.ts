import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain } from "#lib/figures/figure.js";
import { formatNumber, niceTicks, tickLabels } from "#lib/figures/numbers.js";
import { PathWriter, simplify } from "#lib/figures/svg/path.js";
import { labelText, wrapText } from "#lib/figures/text.js";

const pixel = fc.integer({ min: -5000, max: 5000 }).map((value) => value / 10);
const points = fc.array(fc.record({ x: pixel, y: pixel }), { minLength: 2, maxLength: 60 });

/** Distance from a point to a polyline. */
function distance(p: { x: number; y: number }, line: readonly { x: number; y: number }[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1], line[i]];
    const squared = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const along = squared ? ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / squared : 0;
    const t = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(p.x - a.x - t * (b.x - a.x), p.y - a.y - t * (b.y - a.y)));
  }
  return least;
}

describe("paths", () => {
  test("a simplified line passes within the tolerance of every point and keeps its ends", () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0.1, max: 20, noNaN: true }), (line, tolerance) => {
        const simple = simplify(line, tolerance);
        expect(simple[0]).toEqual(line[0]);
        expect(simple[simple.length - 1]).toEqual(line[line.length - 1]);
        for (const point of line) expect(distance(point, simple)).toBeLessThanOrEqual(tolerance + 1e-9);
      }),
    );
  });

  test("relative coordinates add up to the rounded absolute ones", () => {
    fc.assert(
      fc.property(points, (line) => {
        const path = new PathWriter({ decimals: 1, tolerance: 0, cell: 0 });
        for (const point of line) path.dot(point);
        let [x, y] = [0, 0];
        const steps = path.data.split("h0").filter(Boolean);
        expect(steps.length).toBe(line.length);
        steps.forEach((step, i) => {
          const [dx, dy] = step.match(/-?(\d+\.?\d*|\.\d+)/g)?.map(Number) ?? [];
          x += dx;
          y += dy;
          expect(Math.abs(x - line[i].x)).toBeLessThan(0.051);
          expect(Math.abs(y - line[i].y)).toBeLessThan(0.051);
        });
      }),
    );
  });
});

describe("ticks", () => {
  const range = fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
    .map(([low, width]) => [low, low + width] as const)
    .filter(([low, high]) => high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)));

  test("lie inside the range, ascend evenly, and are neither too few nor too many", () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 2, max: 10 }), ([low, high], count) => {
        const ticks = niceTicks(low, high, count);
        const slack = (high - low) * 1e-6;
        expect(ticks.every((tick) => tick >= low - slack && tick <= high + slack)).toBe(true);
        for (let i = 1; i < ticks.length; i++) expect(ticks[i]).toBeGreaterThan(ticks[i - 1]);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        expect(ticks.length).toBeGreaterThanOrEqual(Math.floor(count / 2.6));
      }),
    );
  });

  test("have labels that differ and read back as the tick", () => {
    fc.assert(
      fc.property(range, ([low, high]) => {
        const ticks = niceTicks(low, high, 5);
        const labels = tickLabels(ticks);
        expect(new Set(labels).size).toBe(ticks.length);
        labels.forEach((label, i) => {
          const back = Number(label.replaceAll(",", "").replace("−", "-"));
          expect(Math.abs(back - ticks[i])).toBeLessThanOrEqual((high - low) * 1e-6);
        });
      }),
    );
  });

  test("minus signs never stand before a zero", () => {
    expect([formatNumber(-0.001, 2), formatNumber(-1234.5, 1)]).toEqual(["0.00", "−1,234.5"]);
  });
});

describe("text", () => {
  test("any plain text comes back from a plotly label", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(labelText(plain(text))).toBe(text);
      }),
    );
  });

  test("wrapping loses no word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z&<]{1,12}$/)),
        fc.integer({ min: 20, max: 400 }),
        (words, width) => {
          expect(wrapText(words.join(" "), width, 13).join(" ")).toBe(words.join(" "));
        },
      ),
    );
  });
});
