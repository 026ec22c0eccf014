import { describe, expect, it, test } from "vitest";
import { alarmThreshold, rocArea, rocAreaInterval, rocCurve } from "#lib/analysis/monitoring/roc.js";
import { predictionSurprise } from "#lib/analysis/monitoring/surprise.js";
import { RandomStream } from "#lib/core/random.js";

const noisy = (length: number, name: string) => {
  const rng = RandomStream.fromSeed(3).split(name);
  return Float64Array.from({ length }, (_, i) => 5 - 0.1 * i + 0.2 * rng.normal());
};

describe("the surprise of a value", () => {
  it("is the studentised prediction error of a line", () => {
    const y = [3.1, 2.7, 2.9, 2.2, 2.0, 2.1, 1.6, 1.7, 3.0];
    const x = y.slice(0, 8).map((_, i) => i);
    const [mx, my] = [3.5, y.slice(0, 8).reduce((sum, value) => sum + value, 0) / 8];
    const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
    const slope = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) / sxx;
    const noise = x.reduce((sum, value, i) => sum + (y[i] - my - slope * (value - mx)) ** 2, 0) / 6;
    const error = Math.sqrt(noise * (1 + 1 / 8 + (8 - mx) ** 2 / sxx));
    expect(predictionSurprise(y)[8]).toBeCloseTo((3 - my - slope * (8 - mx)) / error, 10);
  });

  it("has Student's t distribution where nothing happens: 5 percent lie beyond its quantile", () => {
    // t(.975) with 6 and with 13 degrees of freedom.
    for (const [window, quantile] of [
      [8, 2.4469],
      [15, 2.1604],
    ]) {
      // biome-ignore format: a table
      const found = predictionSurprise(noisy(40_000, `t ${window}`), { window }).slice(window);
      const beyond = found.filter((value) => Math.abs(value) > quantile).length / found.length;
      expect(beyond).toBeGreaterThan(0.045);
      expect(beyond).toBeLessThan(0.055);
    }
  });

  it("does not depend on the series' level, slope and scale", () => {
    const series = noisy(60, "one");
    const other = series.map((value, i) => 100 - 7 * (value + 0.3 * i));
    const [here, there] = [predictionSurprise(series), predictionSurprise(other)];
    for (let i = 8; i < 60; i++) expect(there[i]).toBeCloseTo(-here[i], 6);
  });

  it("sees a jump at once, in the direction of the jump", () => {
    const series = noisy(40, "jump").map((value, i) => (i >= 25 ? value + 3 : value));
    const found = predictionSurprise(series);
    expect(found[25]).toBeGreaterThan(6);
    expect(Math.max(...found.slice(8, 25).map(Math.abs))).toBeLessThan(5);
  });

  it("is unknown before the window is full and where a value is missing, 0 on an exact line, infinite off it", () => {
    const line = Array.from({ length: 20 }, (_, i) => 3 - 0.7 * i);
    expect([...predictionSurprise(line)].slice(0, 8).every(Number.isNaN)).toBe(true);
    expect([...predictionSurprise(line)].slice(8)).toEqual(new Array(12).fill(0));
    const bent = [...line];
    bent[15] = 9;
    expect(predictionSurprise(bent)[15]).toBe(Number.POSITIVE_INFINITY);
    const holed = [...line];
    holed[3] = Number.NaN;
    expect([...predictionSurprise(holed)].map(Number.isNaN).slice(8, 13)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([2, 0, 4.5])("needs a window that holds a line and its noise, not %s", (window) => {
    expect(() => predictionSurprise([1, 2, 3], { window })).toThrow(`window is ${window}`);
  });
});

describe("an alarm's curve", () => {
  const shifted = [5, 3, 3, 1, Number.NaN];
  const control = [4, 3, 0, 0];

  it("goes from never to always; its area is that of the trapezoids below it", () => {
    const curve = rocCurve(shifted, control);
    expect(curve[0]).toMatchObject({ falseAlarms: 0, hits: 0 });
    expect(curve.at(-1)).toMatchObject({ falseAlarms: 1, hits: 1 });
    let area = 0;
    for (let i = 1; i < curve.length; i++) {
      area += (curve[i].falseAlarms - curve[i - 1].falseAlarms) * ((curve[i].hits + curve[i - 1].hits) / 2);
    }
    expect(rocArea(shifted, control)).toBeCloseTo(area, 12);
    // Wins of 5: 4; of each 3: 2 and a tie; of 1: 2; of the unknown: none. Of 20 pairs.
    expect(area).toBeCloseTo((4 + 2.5 + 2.5 + 2 + 0) / 20, 12);
  });

  it("has area 1 where the two kinds are apart, 1/2 where they are the same, and turns about with the kinds", () => {
    expect(rocArea([2, 3], [0, 1])).toBe(1);
    expect(rocArea([1, 2, 3], [1, 2, 3])).toBe(0.5);
    expect(rocArea(control, shifted)).toBeCloseTo(1 - rocArea(shifted, control), 12);
  });

  it("has an interval that holds the area of the population", () => {
    // Normal scores one deviation apart: the area is Phi(1 / sqrt 2) = .7602.
    const rng = RandomStream.fromSeed(8);
    let covered = 0;
    for (let trial = 0; trial < 40; trial++) {
      const draw = (mean: number) => Array.from({ length: 40 }, () => mean + rng.normal());
      const { low, high } = rocAreaInterval(draw(1), draw(0), rng.split("interval", `${trial}`));
      if (low < 0.7602 && high > 0.7602) covered++;
    }
    expect(covered).toBeGreaterThan(33);
  });

  test.each([0, 0.05, 0.25, 0.5, 1])("a threshold keeps false alarms to %s of the runs", (share) => {
    const scores = Array.from({ length: 20 }, (_, i) => i % 7);
    const threshold = alarmThreshold(scores, share);
    const alarms = (at: number) => scores.filter((score) => score >= at).length / 20;
    expect(alarms(threshold)).toBeLessThanOrEqual(share);
    // A score lower and it would be too many, unless all may sound.
    const next = Math.max(...scores.filter((score) => score < threshold));
    if (share < 1) expect(alarms(next)).toBeGreaterThan(share);
  });

  it("needs runs of both kinds", () => {
    expect(() => rocCurve([], [1])).toThrow("there is no run with a shift");
    expect(() => rocArea([1], [])).toThrow("there is no run without a shift");
  });
});
