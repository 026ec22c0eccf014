import type { StopOptions } from "../progress.js";
import { runSlurm } from "./programs.js";

/** One task of an array job, or a job of one task, as Slurm knows it. */
export interface QueuedTask {
  /** Number of the job; of an array, that of all its tasks. */
  readonly job: string;
  /** Place in the array; undefined for a job that is none. */
  readonly task?: number;
  /** Slurm's word, e.g. RUNNING, PENDING, FAILED, TIMEOUT. */
  readonly state: string;
  /** Why it waits or ended, in Slurm's word. */
  readonly reason: string;
  /** What the job's script says in --comment. */
  readonly comment: string;
}

const format = "%F|%K|%T|%r|%k";

const waitingStates = ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"];
const runningStates = ["RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"];

/**
 * Tasks of all jobs of a name that Slurm has or has had until some minutes ago, each task of an array by itself.
 * @throws ClusterError as runSlurm
 */
export async function queuedTasks(jobName: string, stop: StopOptions = {}): Promise<QueuedTask[]> {
  const args = ["--noheader", "--array", "--states=all", `--name=${jobName}`, `--format=${format}`];
  return parseQueue(await runSlurm("squeue", args, stop));
}

/** Reads what squeue prints for `queuedTasks`. Lines that are not of its form are left out. */
export function parseQueue(text: string): QueuedTask[] {
  return text.split("\n").flatMap((line): QueuedTask[] => {
    const [job, task, state, reason, ...rest] = line.trim().split("|");
    if (rest.length === 0 || !/^\d+$/.test(job)) return [];
    const place = /^\d+$/.test(task) ? { task: Number(task) } : {};
    return [{ job, ...place, state, reason, comment: rest.join("|") }];
  });
}

/** Whether a task waits to be started. One that waits for what can never be has ended. */
export function isWaiting({ state, reason }: QueuedTask): boolean {
  return waitingStates.includes(state) && reason !== "DependencyNeverSatisfied";
}

/** Whether a task runs. */
export function isRunning({ state }: QueuedTask): boolean {
  return runningStates.includes(state);
}

/** Whether Slurm will still do something for a task. */
export function isInFlight(task: QueuedTask): boolean {
  return isWaiting(task) || isRunning(task);
}
