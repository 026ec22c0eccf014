import { describe, expect, it } from "vitest";
import {
  mergeHeightOrders,
  ordersOf,
  scoreForks,
  scoreOrders,
  singleLinkage,
  type VersionLog,
  versionLog,
} from "#lib/analysis/index.js";
import { walkProbabilities } from "#lib/analysis/version-log/direction.js";
import { trend } from "#lib/analysis/version-log/trend.js";
import { InterruptedError } from "#lib/core/errors.js";
import { RandomStream } from "#lib/core/random.js";
import { asPoints, falling, RunMaker } from "../helpers/made-runs.js";

/** The log of shuffled checkpoints, whose rows are then places in the given list. */
async function shuffledLog(checkpoints: readonly Float64Array[], options = {}): Promise<VersionLog> {
  const order = RandomStream.fromSeed("shuffle").permutation(checkpoints.length);
  const log = await versionLog(asPoints(checkpoints, order), options);
  const back = (rows: Int32Array) => rows.map((row) => order[row]);
  return {
    ...log,
    runs: log.runs.map((run) => ({
      ...run,
      checkpoints: back(run.checkpoints),
      fork: run.fork && { ...run.fork, checkpoint: order[run.fork.checkpoint] },
    })),
    copies: log.copies.map(back),
  };
}

const runsOf = (log: VersionLog) => log.runs.map((run) => Array.from(run.checkpoints));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("runs", () => {
  it("that share nothing are told apart, and each is in order", async () => {
    const maker = new RunMaker(1);
    const made = [12, 9, 7].map((steps) => maker.run(falling(steps)));
    const log = await shuffledLog(made.flat());
    expect(runsOf(log)).toEqual([range(0, 13), range(13, 23), range(23, 31)]);
    expect(log.families).toBe(3);
    for (const run of log.runs) {
      expect(run.fork).toBeNull();
      expect(run.clearness).toBe(1);
      expect(run.direction).toBeGreaterThan(0.9);
      expect(run.separation).toBeGreaterThan(3);
      expect(run.steps).toHaveLength(run.checkpoints.length - 1);
    }
  });

  it("alone in their folder are not cut, however long their first steps", async () => {
    for (const share of [0.85, 0.5, 0.25]) {
      const log = await shuffledLog(new RunMaker(2).run(falling(8, 15, share)));
      expect(runsOf(log)).toEqual([range(0, 9)]);
      expect(log.runs[0].separation).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it("of which few checkpoints are left, far apart, stay whole", async () => {
    const whole = new RunMaker(3).run(falling(40, 3, 0.95));
    const log = await shuffledLog([0, 1, 2, 38, 39, 40].map((i) => whole[i]));
    expect(runsOf(log)).toEqual([range(0, 6)]);
  });

  it("of one checkpoint stand alone", async () => {
    const maker = new RunMaker(4);
    const log = await shuffledLog([...maker.run(falling(6)), maker.start()]);
    expect(runsOf(log)).toEqual([range(0, 7), [7]]);
    expect(log.runs[1]).toMatchObject({ direction: 1, clearness: Number.NaN, family: 1, fork: null });
  });

  it("are cut at the longest gaps where their number is given", async () => {
    const maker = new RunMaker(6);
    const made = [maker.run(falling(5)), maker.run(falling(6))];
    expect((await shuffledLog(made.flat(), { runs: 2 })).families).toBe(2);
    expect((await shuffledLog(made.flat(), { runs: 1 })).families).toBe(1);
    expect((await shuffledLog(made.flat(), { runs: 13 })).families).toBe(13);
  });

  it("with scales that start at one are unrelated once each tensor's mean is taken out", async () => {
    const maker = new RunMaker(7);
    const scaled = [1, 2].flatMap(() =>
      maker.run(falling(6)).map((row) => Float64Array.from([...row, ...new Array(400).fill(5)])),
    );
    expect((await shuffledLog(scaled)).families).toBe(1);
    expect((await shuffledLog(scaled, { tensors: [400, 400] })).families).toBe(2);
  });
});

describe("copies", () => {
  it("are found, and one stands for all", async () => {
    const run = new RunMaker(8).run(falling(6));
    const log = await versionLog(asPoints([...run, run[3], run[0], run[3]]));
    expect(runsOf(log)).toEqual([range(0, 7)]);
    expect(log.copies.map((rows) => Array.from(rows))).toEqual([
      [0, 8],
      [3, 7, 9],
    ]);
    const all = await versionLog(asPoints([run[0], run[0], run[0]]));
    expect(runsOf(all)).toEqual([[0]]);
  });
});

describe("forks", () => {
  const maker = new RunMaker(9);
  const parent = maker.run(falling(14, 3, 0.9));
  const other = maker.run(falling(10));

  it.each([
    ["of equal steps", falling(6, 1.7, 0.9)],
    ["of long steps", falling(6, 5, 0.8)],
    ["of one checkpoint", [1.5]],
    ["of one far checkpoint", [6]],
  ])("%s name their parent and its checkpoint", async (_, lengths) => {
    const child = maker.walk(parent[6], lengths);
    const log = await shuffledLog([...parent, ...other, ...child]);
    expect(runsOf(log)).toEqual([range(0, 15), range(26, 26 + lengths.length), range(15, 26)]);
    expect(log.families).toBe(2);
    const [main, fork, unrelated] = log.runs;
    expect([main.fork, unrelated.fork]).toEqual([null, null]);
    expect(fork.fork).toMatchObject({ parent: 0, checkpoint: 6 });
    const distance = Math.hypot(...child[0].map((weight, i) => weight - parent[6][i]));
    expect(fork.fork?.distance).toBeCloseTo(distance, 4);
    expect(fork.fork?.nearness).toBeGreaterThan(4);
    expect(fork.fork?.margin).toBeGreaterThan(1);
  });

  it("that share their first checkpoints with their parent depart where they differ", async () => {
    const child = maker.walk(parent[9], falling(5, 2));
    const log = await shuffledLog([...parent, ...parent.slice(0, 10), ...child]);
    expect(log.copies).toHaveLength(10);
    expect(log.runs.map((run) => run.checkpoints.length)).toEqual([15, 5]);
    const left = log.runs[1].fork?.checkpoint ?? -1;
    expect([9, 24]).toContain(left);
  });

  it("of forks, and several of one checkpoint", async () => {
    const child = maker.walk(parent[5], falling(7, 2.5));
    const grandchild = maker.walk(child[3], falling(4, 3));
    const twin = maker.walk(parent[5], falling(4, 2.8));
    const log = await shuffledLog([...parent, ...child, ...grandchild, ...twin]);
    const sorted = runsOf(log).sort((a, b) => a[0] - b[0]);
    expect(sorted).toEqual([range(0, 15), range(15, 22), range(22, 26), range(26, 30)]);
    const forkOf = (first: number) => log.runs.find(({ checkpoints }) => checkpoints[0] === first)?.fork;
    expect([15, 22, 26].map((first) => forkOf(first)?.checkpoint)).toEqual([5, 18, 5]);
  });

  it("of one base, all its own, start from it", async () => {
    const base = maker.start();
    const tuned = [1, 2, 3, 4].map(() => maker.walk(base, falling(6, 2, 0.7)));
    const log = await shuffledLog([base, ...tuned.flat()]);
    expect(log.runs).toHaveLength(4);
    expect(log.runs[0].checkpoints[0]).toBe(0);
    for (const { fork } of log.runs.slice(1)) expect(fork).toMatchObject({ parent: 0, checkpoint: 0 });
  });
});

describe("fine-tuned networks of one checkpoint each", () => {
  it("are forks of their base", async () => {
    const maker = new RunMaker(12);
    const base = maker.start();
    const tuned = [1.5, 1.7, 2, 1.6, 2.2, 1.4].flatMap((length) => maker.walk(base, [length]));
    const log = await shuffledLog([base, ...tuned]);
    expect(log.runs).toHaveLength(6);
    expect(log.runs[0].checkpoints[0]).toBe(0);
    for (const { fork } of log.runs.slice(1)) expect(fork).toMatchObject({ parent: 0, checkpoint: 0 });
  });
});

describe("what it refuses", () => {
  const points = asPoints(new RunMaker(10, 20).run(falling(4)));

  it.each([
    [{ run: 2 }, /no option "run"/],
    [{ runs: 0 }, /got 0 runs/],
    [{ runs: 1.5 }, /got 1.5 runs/],
    [{ tensors: [4, 4] }, /tensors of 4 \+ 4 weights for rows of 20/],
  ])("%j", async (options, message) => {
    await expect(versionLog(points, options as object)).rejects.toThrow(message);
  });

  it("no rows, too many, and rows that diverged", async () => {
    await expect(versionLog({ data: new Float32Array(0), rows: 0, cols: 3 })).rejects.toThrow(/1 to 5,000/);
    const many = { data: new Float32Array(5001), rows: 5001, cols: 1 };
    await expect(versionLog(many)).rejects.toThrow(/got 5001/);
    const data = points.data.slice();
    data[25] = Number.NaN;
    await expect(versionLog({ ...points, data })).rejects.toThrow(/NaN in row 1/);
  });

  it("stops at a signal", async () => {
    const signal = AbortSignal.abort();
    await expect(versionLog(points, { signal })).rejects.toBeInstanceOf(InterruptedError);
  });

  it("nothing else: one row, weights of zero, and a single weight have a log", async () => {
    expect(runsOf(await versionLog({ data: new Float32Array(3), rows: 1, cols: 3 }))).toEqual([[0]]);
    const line = { data: Float32Array.of(0, 1, 2, 3), rows: 4, cols: 1 };
    const log = await versionLog(line);
    expect(log.runs.reduce((sum, run) => sum + run.checkpoints.length, 0)).toBe(4);
  });
});

describe("scores", () => {
  const truth = { run: [0, 0, 0, 1, 1], epoch: [1, 2, 3, 1, 2] };

  it("are 1 for the truth, and fall with what is wrong", () => {
    expect(
      scoreOrders(
        [
          [0, 1, 2],
          [3, 4],
        ],
        truth,
      ),
    ).toEqual({
      groupsExact: 1,
      orderedFraction: 1,
      tau: 1,
      forwards: 1,
    });
    expect(
      scoreOrders(
        [
          [2, 1, 0],
          [3, 4],
        ],
        truth,
      ),
    ).toEqual({
      groupsExact: 1,
      orderedFraction: 0.5,
      tau: 0,
      forwards: 0.5,
    });
    const torn = scoreOrders([[0, 1], [2], [3, 4]], truth);
    expect(torn).toMatchObject({ groupsExact: 0, orderedFraction: 0.75, forwards: 1 });
    expect(torn.tau).toBeCloseTo((1 / 3 + 1) / 2, 12);
    expect(scoreOrders([[0, 1, 2, 3, 4]], truth).groupsExact).toBe(0);
    expect(() => scoreOrders([[0, 1, 2], [3]], truth)).toThrow(/row 4 is missing/);
    expect(() =>
      scoreOrders(
        [
          [0, 1, 2, 2],
          [3, 4],
        ],
        truth,
      ),
    ).toThrow(/row 2 stands twice/);
  });

  it("of merge heights are those of falling steps, and the log's copies stand beside each other", async () => {
    const run = new RunMaker(11).run(falling(5, 8, 0.5), 0);
    const [order] = mergeHeightOrders(await singleLinkage(asPoints(run)), 1);
    expect(Array.from(order)).toEqual([0, 1, 2, 3, 4, 5]);
    const log = await versionLog(asPoints([...run, run[2]]));
    expect(Array.from(ordersOf(log)[0])).toEqual([0, 1, 2, 6, 3, 4, 5]);
  });
});

describe("scores of forks", () => {
  const fork = { parent: 0, checkpoint: 1, distance: 1, nearness: 5, margin: 2 };
  const run = { steps: new Float64Array(), family: 0, fork: null, direction: 1, clearness: 1, separation: 1 };
  const log = (checkpoint: number): VersionLog => ({
    families: 1,
    copies: [],
    runs: [
      { ...run, checkpoints: Int32Array.of(0, 1, 2, 3) },
      { ...run, checkpoints: Int32Array.of(4, 5), fork: { ...fork, checkpoint } },
    ],
  });
  const truth = { run: [0, 0, 0, 0, 1, 1], epoch: [2, 4, 6, 8, 5, 7] };
  const left = { run: 1, parent: 0, epoch: 4 };

  it("count the parent, its checkpoint and those beside it", () => {
    expect(scoreForks(log(1), truth, [left])).toEqual({
      ...{ found: 1, parent: 1, checkpoint: 1, nearCheckpoint: 1, invented: 0 },
    });
    expect(scoreForks(log(2), truth, [left])).toMatchObject({ parent: 1, checkpoint: 0, nearCheckpoint: 1 });
    expect(scoreForks(log(3), truth, [left])).toMatchObject({ parent: 1, checkpoint: 0, nearCheckpoint: 0 });
  });

  it("count forks that were missed, and those that never were", () => {
    const turned = { ...truth, epoch: [2, 4, 6, 8, 7, 5] };
    expect(scoreForks(log(1), turned, [left])).toMatchObject({ found: 0, invented: 1 });
    expect(() => scoreForks(log(1), truth, [{ ...left, run: 7 }])).toThrow(/run 7 has no rows/);
  });
});

it("a trend turns its sign with the sequence, says more of many values, and nothing of two", () => {
  const noisy = [1, 2.2, 2.9, 4.1, 5, 5.8];
  expect(trend([...noisy].reverse())).toBeCloseTo(-trend(noisy), 12);
  expect(trend(noisy)).toBeGreaterThan(trend(noisy.slice(0, 3)));
  expect([trend([1, 2]), trend([3, 3, 3])]).toEqual([0, 0]);
});

describe("directions", () => {
  const walk = (steps: number, norm: number) => ({ prior: 0, arms: [{ steps, norm, tails: 0 }] });
  const bothWays = (steps: number, norm: number) => [walk(steps, norm), walk(-steps, -norm)];

  it("are learnt from other runs: norms grow or shrink in all of a folder", () => {
    const level = bothWays(0, 6);
    expect(walkProbabilities([level])[0][0]).toBeCloseTo(0.5, 12);
    const [, , grown] = walkProbabilities([bothWays(6, 6), bothWays(5, 7), level]);
    expect(grown[0]).toBeGreaterThan(0.8);
    const [, , shrunk] = walkProbabilities([bothWays(6, -6), bothWays(5, -7), level]);
    expect(shrunk[0]).toBeCloseTo(grown[1], 12);
  });

  it("are probabilities, which an unlikely root needs more evidence for", () => {
    const [odds] = walkProbabilities([[walk(3, 0), walk(-3, 0), { ...walk(3, 0), prior: -2 }]]);
    expect(odds.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(odds[2]).toBeCloseTo(odds[0] * Math.exp(-2), 12);
  });
});
