import { SpecError } from "../../core/errors.js";
import { countLabels, cutAtCount, leafHeights } from "../cut.js";
import type { Linkage } from "../types.js";
import type { VersionLog } from "./types.js";

/** What is known of the rows that were logged. */
export interface LogTruth {
  /** Run of each row. */
  readonly run: ArrayLike<number>;
  /** Epoch of each row; no run has one twice. */
  readonly epoch: ArrayLike<number>;
}

/** How well rows were sorted into runs and put in order. */
export interface OrderScores {
  /** 1 when the rows of every run stand together and with no others, else 0. */
  readonly groupsExact: number;
  /**
   * Mean over runs: share of the pairs of successive checkpoints of the run that stand one after the other, in this
   * order. Pairs that stand apart count as missed.
   */
  readonly orderedFraction: number;
  /** Mean over runs of Kendall's tau of the recovered order; pairs that stand apart count as ties. */
  readonly tau: number;
  /** Share of runs of two and more checkpoints whose tau is positive. */
  readonly forwards: number;
}

/**
 * Scores recovered runs against the truth.
 * @param orders rows of each recovered run, the first trained first
 * @throws SpecError when a row is missing or stands twice
 */
export function scoreOrders(orders: readonly ArrayLike<number>[], truth: LogTruth): OrderScores {
  const count = truth.run.length;
  const group = new Int32Array(count).fill(-1);
  const place = new Int32Array(count);
  orders.forEach((order, index) => {
    for (let i = 0; i < order.length; i++) {
      if (group[order[i]] !== -1) throw misplaced(order[i], "stands twice");
      group[order[i]] = index;
      place[order[i]] = i;
    }
  });
  if (group.includes(-1)) throw misplaced(group.indexOf(-1), "is missing");
  const runs = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    runs.set(truth.run[row], [...(runs.get(truth.run[row]) ?? []), row]);
  }
  const isWhole = [...runs.values()].every((rows) => rows.every((row) => group[row] === group[rows[0]]));
  const several = [...runs.values()]
    .filter((rows) => rows.length > 1)
    .map((rows) => rows.sort((a, b) => truth.epoch[a] - truth.epoch[b]))
    .map((rows) => scoreRun(rows, group, place));
  const mean = (of: (score: { fraction: number; tau: number }) => number) =>
    several.reduce((sum, score) => sum + of(score), 0) / several.length;
  return {
    groupsExact: isWhole && orders.length === runs.size ? 1 : 0,
    orderedFraction: mean(({ fraction }) => fraction),
    tau: mean(({ tau }) => tau),
    forwards: mean(({ tau }) => (tau > 0 ? 1 : 0)),
  };
}

/** @param rows of one run in the order of training */
function scoreRun(rows: readonly number[], group: Int32Array, place: Int32Array) {
  let pairs = 0;
  let signs = 0;
  for (let j = 1; j < rows.length; j++) {
    for (let i = 0; i < j; i++) {
      if (group[rows[i]] !== group[rows[j]]) continue;
      const apart = place[rows[j]] - place[rows[i]];
      signs += Math.sign(apart);
      if (i === j - 1 && apart === 1) pairs++;
    }
  }
  return { fraction: pairs / (rows.length - 1), tau: signs / ((rows.length * (rows.length - 1)) / 2) };
}

function misplaced(row: number, what: string): SpecError {
  return new SpecError("version-log/truth", `row ${row} ${what} among the recovered runs`, { value: row });
}

/** A run of the truth that left another. */
export interface TrueFork {
  readonly run: number;
  /** Run that it left. */
  readonly parent: number;
  /** Epoch of the parent's checkpoint with which it began. */
  readonly epoch: number;
}

/** How well forks were found: shares of the true ones, and how many were made up. */
export interface ForkScores {
  /** The run's first checkpoint stands first in a run that left another: a fork, if not the right one. */
  readonly found: number;
  /** ... which is the parent. */
  readonly parent: number;
  /** ... at the very checkpoint. */
  readonly checkpoint: number;
  /** ... or at a checkpoint beside it. */
  readonly nearCheckpoint: number;
  /** Number of logged forks that begin with another row than the first of a run that left one. */
  readonly invented: number;
}

/**
 * Scores the forks of a log. Checkpoints that a run shares with its parent belong to the parent; rows of the truth begin
 * where the run is its own.
 * @throws SpecError when a run of a fork has no rows
 */
export function scoreForks({ runs }: VersionLog, truth: LogTruth, forks: readonly TrueFork[]): ForkScores {
  const sums = { found: 0, parent: 0, checkpoint: 0, nearCheckpoint: 0 };
  const starts = new Set<number>();
  for (const { run, parent, epoch } of forks) {
    const [start] = rowsOf(truth, run);
    if (start === undefined)
      throw new SpecError("version-log/truth", `run ${run} has no rows`, { value: run });
    starts.add(start);
    const left = runs.find(({ checkpoints, fork }) => fork && checkpoints[0] === start)?.fork?.checkpoint;
    if (left === undefined) continue;
    sums.found++;
    if (truth.run[left] !== parent) continue;
    sums.parent++;
    const epochs = rowsOf(truth, parent).map((row) => truth.epoch[row]);
    const apart = Math.abs(epochs.indexOf(truth.epoch[left]) - epochs.indexOf(epoch));
    if (apart === 0) sums.checkpoint++;
    if (apart <= 1) sums.nearCheckpoint++;
  }
  const share = (sum: number) => sum / forks.length;
  return {
    found: share(sums.found),
    parent: share(sums.parent),
    checkpoint: share(sums.checkpoint),
    nearCheckpoint: share(sums.nearCheckpoint),
    invented: runs.filter(({ fork, checkpoints }) => fork && !starts.has(checkpoints[0])).length,
  };
}

/** Rows of a run by epoch. */
function rowsOf(truth: LogTruth, run: number): number[] {
  const rows = Array.from({ length: truth.run.length }, (_, row) => row).filter(
    (row) => truth.run[row] === run,
  );
  return rows.sort((a, b) => truth.epoch[a] - truth.epoch[b]);
}

/** Rows of each run of a log; copies stand beside the checkpoint that stands for them. */
export function ordersOf({ runs, copies }: VersionLog): Int32Array[] {
  const copiesOf = new Map(copies.map((rows) => [rows[0], rows]));
  return runs.map(({ checkpoints }) =>
    Int32Array.from(Array.from(checkpoints).flatMap((row) => Array.from(copiesOf.get(row) ?? [row]))),
  );
}

/**
 * Runs as the papers recover them: a linkage cut into as many clusters as there are runs, and each cluster's points by
 * falling height of their first merge. Points of equal height keep the order of the rows, so that shuffled rows tell
 * nothing.
 */
export function mergeHeightOrders(linkage: Linkage, runs: number): Int32Array[] {
  const labels = cutAtCount(linkage, runs);
  const heights = leafHeights(linkage);
  return Array.from({ length: countLabels(labels) }, (_, label) => {
    const own = Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
    return own.sort((a, b) => heights[b] - heights[a] || a - b);
  });
}
