import type { VersionLog } from "../analysis/index.js";

/** A run's place in the graph. */
export interface Lane {
  /** Index into the runs of the log. */
  readonly run: number;
  /** Place from the left of each checkpoint: a branch starts one place after the checkpoint that it left. */
  readonly places: readonly number[];
  /** Number of the row, 0 on top. Runs whose places do not meet may share one. */
  readonly row: number;
}

/** Places all runs: a family starts on a row of its own, and a branch stands below what it left. */
export function lanesOf(log: VersionLog): Lane[] {
  const lanes: Lane[] = [];
  let firstRow = 0;
  // Last place taken on each row of the family at hand.
  let taken: number[] = [];
  log.runs.forEach(({ checkpoints, fork, family }, run) => {
    if (run > 0 && family !== log.runs[run - 1].family) {
      firstRow += taken.length;
      taken = [];
    }
    const parent = fork ? lanes[fork.parent] : undefined;
    const left = parent
      ? parent.places[log.runs[parent.run].checkpoints.indexOf(fork?.checkpoint ?? -1)]
      : -1;
    const from = left + 1;
    const lowest = parent ? parent.row - firstRow + 1 : 0;
    let row = lowest;
    // The link from the parent needs its place too.
    while (taken[row] !== undefined && taken[row] >= left) row++;
    taken[row] = from + checkpoints.length - 1;
    for (let i = 0; i < row; i++) taken[i] ??= -1;
    lanes.push({ run, places: Array.from(checkpoints, (_, i) => from + i), row: firstRow + row });
  });
  return lanes;
}
