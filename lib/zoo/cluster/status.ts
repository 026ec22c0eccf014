import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ClusterError, checkOptions, StoreError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { StopOptions } from "../../core/progress.js";
import { isInFlight, isRunning, isWaiting, type QueuedTask, queuedTasks } from "../../core/slurm/queue.js";
import { isRepairable } from "../store/another-zoo.js";
import { identityFromShards } from "../store/folder-owner.js";
import { readManifest, type ZooManifest } from "../store/manifest.js";
import { planShards } from "../store/plan.js";
import { type TaskFailure, taskFailures } from "./failures.js";
import { type ClusterRun, newRun, readRun } from "./run-files.js";
import { isMerge, shardsInFlight, shareOf, sharesWith } from "./shares.js";
import { shardsThere } from "./stored-shards.js";

/** How far the training of a zoo is. */
export interface ZooStatus {
  readonly name: string;
  readonly folder: string;
  /** Name of its jobs on Slurm; null where it was never submitted. */
  readonly job: string | null;
  /**
   * `complete`: merged. `running` and `waiting`: Slurm has tasks of it, and one runs or none does. `stopped`: shards or
   * the merge are missing and Slurm does nothing about it. `unknown`: the same, but Slurm could not be asked.
   */
  readonly state: "complete" | "running" | "waiting" | "stopped" | "unknown";
  readonly models: { readonly done: number; readonly total: number };
  /** Shards of which the files are there; `weightbook zoo verify` checks their hashes. */
  readonly shards: { readonly done: number; readonly total: number };
  /** Tasks (shares) by what becomes of them; null where Slurm could not be asked. */
  readonly tasks: {
    readonly done: number;
    readonly running: number;
    readonly waiting: number;
    readonly failed: number;
    readonly total: number;
  } | null;
  readonly merge: "done" | "running" | "waiting" | "failed" | "missing";
  /** Models a second, over the last ten minutes; 0 when nothing runs. */
  readonly ratePerSecond: number;
  /** Estimated seconds until all models are trained; null while unknown. */
  readonly secondsLeft: number | null;
  /** Why tasks wait, in Slurm's words, and how many. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first failed tasks, and a failed merge. */
  readonly failures: readonly TaskFailure[];
  /** Why Slurm could not be asked. */
  readonly note?: string;
}

/**
 * Says how far a zoo is from one look at its folder and one at the queue, without hashing anything.
 * @throws StoreError "zoo/none" for a folder that holds no part of a zoo; InterruptedError
 */
export async function zooStatus(place: string, given: StopOptions = {}): Promise<ZooStatus> {
  checkOptions(given, ["signal"], "zooStatus");
  const stop = interruptible(given);
  const folder = resolve(place);
  const submitted = readRun(folder);
  const manifest = manifestOf(folder);
  const run = submitted ?? runOf(folder, manifest);
  const total = run.firstModels.length;
  const there = shardsThere(folder, total);
  const queue = await queueOf(submitted, manifest !== undefined, stop);
  const { tasks } = queue;
  const isDone = new Set(there);
  const inFlight = shardsInFlight(tasks, total);
  const missing = run.firstModels.map((_, shard) => shard).filter((shard) => !isDone.has(shard));
  const failed = sharesWith(
    missing.filter((shard) => !inFlight.has(shard)),
    run.shares,
  );
  const arrayTasks = tasks.filter(shareOf);
  const running = arrayTasks.filter(isRunning).length;
  const waiting = arrayTasks.filter(isWaiting).length;
  const merge = manifest ? "done" : mergeState(tasks);
  const done = manifest ? run.models : there.reduce((sum, shard) => sum + modelsOf(run, shard), 0);
  const ratePerSecond = running > 0 ? recentRate(folder, run, there) : 0;
  const isAsked = submitted !== undefined && queue.note === undefined;
  return {
    name: run.zoo,
    folder,
    job: submitted?.job ?? null,
    state: stateOf(manifest, tasks, isAsked || submitted === undefined),
    models: { done, total: run.models },
    shards: { done: manifest ? total : there.length, total },
    tasks: isAsked
      ? {
          done: manifest ? run.shares : run.shares - sharesWith(missing, run.shares).length,
          running,
          waiting,
          failed: manifest ? 0 : failed.length,
          total: run.shares,
        }
      : null,
    merge,
    ratePerSecond,
    secondsLeft: manifest ? 0 : ratePerSecond > 0 ? (run.models - done) / ratePerSecond : null,
    reasons: reasonsOf(arrayTasks),
    failures: submitted && !manifest ? taskFailures(folder, tasks, failed, merge === "failed") : [],
    ...(queue.note === undefined ? {} : { note: queue.note }),
  };
}

function manifestOf(folder: string): ZooManifest | undefined {
  try {
    return readManifest(folder);
  } catch (cause) {
    if (isRepairable(cause)) return undefined;
    throw cause;
  }
}

/** A zoo that was never submitted, as one share. */
function runOf(folder: string, manifest: ZooManifest | undefined): ClusterRun {
  if (manifest) {
    const firstModels = manifest.shards.map(({ models: [from] }) => from);
    const { models } = manifest.counts;
    return { format: 1, zoo: manifest.spec.name, job: "", shares: 1, models, firstModels };
  }
  const identity = identityFromShards(folder);
  if (identity) return newRun(identity.spec, "", 1, planShards(identity.spec, identity.layouts));
  const message = `there is no zoo in ${folder}; weightbook zoo submit or train makes one`;
  throw new StoreError("zoo/none", message, { value: folder });
}

async function queueOf(
  run: ClusterRun | undefined,
  isFinished: boolean,
  stop: StopOptions,
): Promise<{ readonly tasks: readonly QueuedTask[]; readonly note?: string }> {
  if (!run) return { tasks: [] };
  try {
    return { tasks: await queuedTasks(run.job, stop) };
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    return isFinished ? { tasks: [] } : { tasks: [], note: cause.message };
  }
}

function stateOf(
  manifest: ZooManifest | undefined,
  tasks: readonly QueuedTask[],
  isKnown: boolean,
): ZooStatus["state"] {
  if (manifest) return "complete";
  if (tasks.some(isRunning)) return "running";
  if (tasks.some(isWaiting)) return "waiting";
  return isKnown ? "stopped" : "unknown";
}

function mergeState(tasks: readonly QueuedTask[]): ZooStatus["merge"] {
  const merges = tasks.filter(isMerge);
  if (merges.some(isRunning)) return "running";
  if (merges.some(isWaiting)) return "waiting";
  const failed = ["FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE"];
  return merges.some(({ state }) => failed.includes(state)) ? "failed" : "missing";
}

function modelsOf({ firstModels, models }: ClusterRun, shard: number): number {
  return (firstModels[shard + 1] ?? models) - firstModels[shard];
}

const windowMs = 600_000;

/** Models a second since the first shard of the last ten minutes was written, that one not counted. */
function recentRate(folder: string, run: ClusterRun, there: readonly number[]): number {
  const now = Date.now();
  const recent: { readonly at: number; readonly models: number }[] = [];
  for (const shard of there) {
    const path = join(folder, "shards", `${String(shard).padStart(5, "0")}.safetensors`);
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (now - at < windowMs) recent.push({ at, models: modelsOf(run, shard) });
  }
  recent.sort((a, b) => a.at - b.at);
  const models = recent.slice(1).reduce((sum, shard) => sum + shard.models, 0);
  return models === 0 ? 0 : (1000 * models) / Math.max(1, now - recent[0].at);
}

function reasonsOf(tasks: readonly QueuedTask[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const task of tasks) {
    if (isInFlight(task) && isWaiting(task)) counts[task.reason] = (counts[task.reason] ?? 0) + 1;
  }
  return counts;
}
