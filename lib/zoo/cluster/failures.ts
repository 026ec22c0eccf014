import { readdirSync } from "node:fs";
import { join } from "node:path";
import { lastLine } from "../../core/slurm/logs.js";
import { isInFlight, type QueuedTask } from "../../core/slurm/queue.js";
import { runPaths } from "./run-files.js";
import { isMerge, shareOf } from "./shares.js";

/** A task that ended without its work done. */
export interface TaskFailure {
  /** The share, or the merge. */
  readonly task: number | "merge";
  /** Slurm's word for its end, e.g. FAILED, TIMEOUT, NODE_FAIL; null when Slurm has forgotten it. */
  readonly state: string | null;
  readonly log: string | null;
  /** The last line of its log. */
  readonly says: string | null;
}

/** More are not looked into: they failed for the same reasons. */
const most = 5;

/** What is known of tasks that failed, from the queue and the logs. */
export function taskFailures(
  folder: string,
  tasks: readonly QueuedTask[],
  shares: readonly number[],
  mergeFailed: boolean,
): TaskFailure[] {
  const { logs } = runPaths(folder);
  const names = namesIn(logs);
  const ofShare = (share: number): TaskFailure => {
    const ended = newest(tasks.filter((task) => !isInFlight(task) && shareOf(task)?.index === share));
    return {
      task: share,
      state: ended?.state ?? null,
      ...lastWords(logs, names, (log) => log.task === share),
    };
  };
  const failures = shares.slice(0, most).map(ofShare);
  if (!mergeFailed) return failures;
  const merge = newest(tasks.filter(isMerge));
  const words = lastWords(logs, names, (log) => log.task === "merge");
  return [...failures, { task: "merge", state: merge?.state ?? null, ...words }];
}

function newest(tasks: readonly QueuedTask[]): QueuedTask | undefined {
  return [...tasks].sort((a, b) => Number(b.job) - Number(a.job))[0];
}

interface LogName {
  readonly name: string;
  readonly job: number;
  readonly task: number | "merge";
}

/** JOB_TASK.log and merge-JOB.log. */
function namesIn(logs: string): LogName[] {
  let names: string[];
  try {
    names = readdirSync(logs);
  } catch {
    return [];
  }
  return names.flatMap((name): LogName[] => {
    const [, job, task] = /^(\d+)_(\d+)\.log$/.exec(name) ?? [];
    if (job) return [{ name, job: Number(job), task: Number(task) }];
    const merge = /^merge-(\d+)\.log$/.exec(name)?.[1];
    return merge ? [{ name, job: Number(merge), task: "merge" }] : [];
  });
}

function lastWords(
  logs: string,
  names: readonly LogName[],
  isWanted: (log: LogName) => boolean,
): Pick<TaskFailure, "log" | "says"> {
  const log = names.filter(isWanted).sort((a, b) => b.job - a.job)[0];
  if (!log) return { log: null, says: null };
  const path = join(logs, log.name);
  return { log: path, says: lastLine(path) };
}
