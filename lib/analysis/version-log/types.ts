import type { LongRunOptions } from "../../core/progress.js";

/** Options of `versionLog`. */
export interface VersionLogOptions extends LongRunOptions {
  /**
   * Number of unrelated runs, where it is known: the points are then cut at their longest gaps, whatever their size.
   * Forks are found within them and come on top. By default the number is found.
   */
  readonly runs?: number;
  /**
   * Lengths of the tensors that a row is made of, in order; one tensor by default. Each tensor's mean is left out of
   * the comparison with unrelated runs: scales that all start at one make any two networks alike.
   */
  readonly tensors?: readonly number[];
}

/** Where a run left another. */
export interface LoggedFork {
  /** Run that it left: index into `VersionLog.runs`. */
  readonly parent: number;
  /** Row of the parent's checkpoint from which it goes on. */
  readonly checkpoint: number;
  /** Distance from that checkpoint to the run's first own. */
  readonly distance: number;
  /**
   * How often that distance goes into the one at which unrelated weights of these norms lie, sqrt(|a|^2 + |b|^2): far
   * above 1 for a fork.
   */
  readonly nearness: number;
  /**
   * Distance to the parent's second nearest checkpoint, over `distance`: near 1, the fork could as well have left
   * there. Infinity when the parent has one checkpoint only.
   */
  readonly margin: number;
}

/** Checkpoints of one training, in the order of training. */
export interface LoggedRun {
  /** Rows, the earliest first. Of rows that are equal only the first is here; see `VersionLog.copies`. */
  readonly checkpoints: Int32Array;
  /** Distance from each checkpoint to the next: one entry fewer. */
  readonly steps: Float64Array;
  /** Runs of equal number are related by forks; those of different number share nothing. */
  readonly family: number;
  /** Null for a run that left no other one. */
  readonly fork: LoggedFork | null;
  /** Probability that the run goes forwards and not backwards: 0.5 where it cannot be told. */
  readonly direction: number;
  /**
   * Share of inner checkpoints that lie clearly between their neighbours: 1 where the run goes on and its order, but for
   * its direction, leaves no doubt; near 0 where its checkpoints scatter about one place. NaN for fewer than three.
   */
  readonly clearness: number;
  /**
   * Smallest distance from a checkpoint of the run's family to one of another family, over the longest step within the
   * family: below 1, which runs belong together is a guess. Infinity when there is nothing to compare.
   */
  readonly separation: number;
}

/** Checkpoints sorted into runs, as `git log --graph` sorts commits. */
export interface VersionLog {
  /** Families by falling size; in each, a run stands before those that left it. */
  readonly runs: readonly LoggedRun[];
  /** Number of families: runs that share nothing with each other. */
  readonly families: number;
  /** Groups of rows with equal weights, the first of which stands for all. */
  readonly copies: readonly Int32Array[];
}

/** A full table of distances, row-major [size, size]. */
export interface DistanceTable {
  readonly size: number;
  readonly data: Float64Array;
}

/** An undirected edge between two points. */
export interface Link {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}
