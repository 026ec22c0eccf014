import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type VersionLog, versionLog } from "#lib/analysis/index.js";
import { RandomStream } from "#lib/core/random.js";
import { asPoints, falling, type MadeRuns, RunMaker } from "../helpers/made-runs.js";

/** Some runs, and a fork of the first. */
function made(seed: number, runs: number, steps: number): Float64Array[] {
  const maker = new RunMaker(seed, 200);
  const all = Array.from({ length: runs }, (_, run) => maker.run(falling(steps + run, 2.5)));
  return [...all.flat(), ...maker.walk(all[0][2], falling(3, 2.5))];
}

/** A log whose rows are renamed, in a form that does not depend on the order of the rows. */
function renamed(log: VersionLog, name: (row: number) => number) {
  return log.runs
    .map((run) => ({
      checkpoints: Array.from(run.checkpoints, name),
      left: run.fork && name(run.fork.checkpoint),
      direction: Math.round(run.direction * 1e6),
      clearness: run.clearness,
      separation: run.separation,
    }))
    .sort((a, b) => a.checkpoints[0] - b.checkpoints[0]);
}

const same = (row: number) => row;
const changed = (points: MadeRuns, of: (entry: number) => number): MadeRuns => ({
  ...points,
  data: points.data.map(of),
});

const cases = {
  seed: fc.integer(),
  runs: fc.integer({ min: 1, max: 4 }),
  steps: fc.integer({ min: 4, max: 10 }),
};

describe("a version log", () => {
  it("does not depend on the order of the files", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(cases), async ({ seed, runs, steps }) => {
        const checkpoints = made(seed, runs, steps);
        const order = RandomStream.fromSeed(seed).permutation(checkpoints.length);
        const sorted = await versionLog(asPoints(checkpoints));
        const shuffled = await versionLog(asPoints(checkpoints, order));
        expect(renamed(shuffled, (row) => order[row])).toEqual(renamed(sorted, same));
      }),
      { numRuns: 60 },
    );
  });

  it("does not depend on the scale of the weights: a power of two changes no bit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...cases, power: fc.integer({ min: -20, max: 20 }), sign: fc.constantFrom(-1, 1) }),
        async ({ seed, runs, steps, power, sign }) => {
          const points = asPoints(made(seed, runs, steps));
          const scaled = changed(points, (weight) => sign * weight * 2 ** power);
          expect(renamed(await versionLog(scaled), same)).toEqual(renamed(await versionLog(points), same));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("does not depend on the order of the weights", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(cases), async ({ seed, runs, steps }) => {
        const points = asPoints(made(seed, runs, steps));
        const { cols } = points;
        const order = RandomStream.fromSeed(seed).permutation(cols);
        const data = points.data.map((_, at) => points.data[at - (at % cols) + order[at % cols]]);
        const [plain, permuted] = [await versionLog(points), await versionLog({ ...points, data })];
        const runsOf = (log: VersionLog) =>
          renamed(log, same).map(({ checkpoints, left }) => ({ checkpoints, left }));
        expect(runsOf(permuted)).toEqual(runsOf(plain));
      }),
      { numRuns: 40 },
    );
  });

  it("ends where moving points along a line gains nothing but rounding", async () => {
    // Such rows kept the moving of pieces going round for ever. Weights from -2 to 2, as digits from 0 to 4.
    const digits = "140133042234232222403344231414243444442240221314240423311230333143203";
    const rows = (digits.match(/.../g) ?? []).map((row) =>
      Float64Array.from(row, (digit) => Number(digit) - 2),
    );
    const log = await versionLog(asPoints(rows));
    expect(log.runs.reduce((sum, { checkpoints }) => sum + checkpoints.length, 0)).toBe(22);
  });

  it("holds every row once, be it the only one of its weights or a copy", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 25,
        }),
        async (rows) => {
          const points = asPoints(rows.map((row) => Float64Array.from(row)));
          const log = await versionLog(points);
          const copies = log.copies.flatMap((group) => Array.from(group.subarray(1)));
          const shown = log.runs.flatMap((run) => Array.from(run.checkpoints));
          expect([...shown, ...copies].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
          for (const { fork, direction, family } of log.runs) {
            expect(direction).toBeGreaterThan(0);
            expect(direction).toBeLessThanOrEqual(1);
            if (!fork) continue;
            const parent = log.runs[fork.parent];
            expect(parent.family).toBe(family);
            expect(parent.checkpoints).toContain(fork.checkpoint);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
