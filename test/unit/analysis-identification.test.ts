import { describe, expect, it } from "vitest";
import { identifyCheckpoints } from "#lib/analysis/identification.js";

/** Two models on parallel lines 10 apart: model m's epoch e is at (e * e, 10 m). */
const rows = [4, 7].flatMap((model) =>
  [1, 2, 4, 5].map((epoch) => ({ model, epoch, at: [epoch * epoch, 10 * model] })),
);
const known = {
  points: { data: Float64Array.from(rows.flatMap(({ at }) => at)), rows: rows.length, cols: 2 },
  models: Int32Array.from(rows, ({ model }) => model),
  epochs: Int32Array.from(rows, ({ epoch }) => epoch),
};
const asked = (...places: [number, number][]) => ({
  data: Float64Array.from(places.flat()),
  rows: places.length,
  cols: 2,
});

describe("whose checkpoint is this", () => {
  it("is told with the place on the trajectory, between its known checkpoints", async () => {
    // The segment from epoch 2 (x = 4) to 4 (x = 16): x = 9 lies 5/12 along, at 2 + 2 * 5/12.
    const found = await identifyCheckpoints(known, asked([9, 40], [9, 72]));
    expect([...found.model]).toEqual([4, 7]);
    expect(found.epoch[0]).toBeCloseTo(2 + 10 / 12, 12);
    expect(found.epoch[1]).toBeCloseTo(2 + 10 / 12, 12);
    expect([...found.distance]).toEqual([0, 2]);
    // Nearest known: (4, 70), of another model: (4, 40).
    expect(found.margin[1]).toBeCloseTo(Math.hypot(5, 32) / Math.hypot(5, 2), 12);
  });

  it("ends with the trajectory: beyond its ends the epoch is that of the end", async () => {
    const found = await identifyCheckpoints(known, asked([-50, 40], [400, 71]));
    expect([...found.epoch]).toEqual([1, 5]);
    expect([...found.distance]).toEqual([51, Math.hypot(375, 1)]);
  });

  it("is sure of a copy, and of the only model", async () => {
    expect((await identifyCheckpoints(known, asked([16, 70]))).margin[0]).toBe(Number.POSITIVE_INFINITY);
    const only = {
      ...known,
      models: new Int32Array(rows.length),
      epochs: Int32Array.from(rows, (_, i) => i),
    };
    expect((await identifyCheckpoints(only, asked([17, 71]))).margin[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it("needs something to compare with, and as many numbers a row", async () => {
    const none = {
      points: { data: new Float64Array(0), rows: 0, cols: 2 },
      models: new Int32Array(0),
      epochs: new Int32Array(0),
    };
    await expect(identifyCheckpoints(none, asked([1, 2]))).rejects.toThrow("there are no known checkpoints");
    const narrow = { data: Float64Array.of(1), rows: 1, cols: 1 };
    await expect(identifyCheckpoints(known, narrow)).rejects.toMatchObject({ name: "SpecError" });
  });
});
