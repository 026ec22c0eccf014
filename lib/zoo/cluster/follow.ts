import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, InterruptedError } from "../../core/errors.js";
import type { LongRunOptions, OnProgress, StopOptions } from "../../core/progress.js";
import { defaultPollSeconds, jobsGoOn } from "../../core/slurm/waiting.js";
import { openZoo, type TrainedZoo } from "../store/zoo.js";
import type { ZooSpecInput } from "../types.js";
import { type ZooStatus, zooStatus } from "./status.js";
import { type SubmitZooOptions, submitZoo } from "./submit.js";

/**
 * Trains a zoo on Slurm and waits for it: submits what is missing, or finds the run of an earlier call, of another cell,
 * kernel or machine, and follows it. An interrupt ends the waiting only: the jobs go on.
 * @throws as submitZoo; ClusterError "slurm/failed" when tasks failed, naming them and their last words;
 *   InterruptedError, whose message says how to cancel the jobs
 */
export async function trainZooOnSlurm(input: ZooSpecInput, options: SubmitZooOptions): Promise<TrainedZoo> {
  const { folder, job } = await submitZoo(input, options);
  await untilComplete(folder, job, (options.on.pollSeconds ?? defaultPollSeconds) * 1000, options);
  return (await openZoo(folder, { signal: options.signal })) as TrainedZoo;
}

async function untilComplete(
  folder: string,
  job: string,
  everyMs: number,
  { signal, onProgress }: LongRunOptions,
): Promise<void> {
  const report = reporter(onProgress);
  // A file that another machine wrote may show late: one look that finds nothing going on is not believed.
  let stopped = 0;
  for (;;) {
    const status = await asked(folder, job, { signal });
    report(status);
    if (status.state === "complete") return;
    stopped = status.state === "stopped" ? stopped + 1 : 0;
    if (stopped > 1) throw failed(status);
    try {
      await sleep(everyMs, undefined, { signal });
    } catch {
      throw jobsGoOn(job);
    }
  }
}

async function asked(folder: string, job: string, stop: StopOptions): Promise<ZooStatus> {
  try {
    return await zooStatus(folder, stop);
  } catch (cause) {
    throw cause instanceof InterruptedError ? jobsGoOn(job) : cause;
  }
}

function failed({ name, tasks, shards, merge, failures }: ZooStatus): ClusterError {
  const what =
    shards.done < shards.total
      ? `${tasks?.failed ?? 0} of ${tasks?.total ?? 0} tasks`
      : `the merge (${merge})`;
  const words = failures.map(({ task, state, says }) =>
    [typeof task === "number" ? `share ${task}` : "merge", state, says].filter(Boolean).join(": "),
  );
  const told = words.length === 0 ? "" : ` (${words.join("; ")})`;
  const message = `${what} of ${name} failed on Slurm${told}; the same call again submits what is missing`;
  return new ClusterError("slurm/failed", message, { value: failures });
}

/** Passes on how many models are trained, and what the queue does. */
function reporter(onProgress: OnProgress | undefined): (status: ZooStatus) => void {
  return ({ name, models, tasks, merge, state, ratePerSecond, secondsLeft }) => {
    // Only the merged zoo is done.
    const done = state === "complete" ? models.total : Math.min(models.done, models.total - 1);
    const queue = tasks ? `tasks: ${tasks.running} running, ${tasks.waiting} waiting` : "Slurm is silent";
    const doing = merge === "running" ? "merging" : queue;
    onProgress?.({
      label: `training ${name} on Slurm`,
      done,
      total: models.total,
      unit: state === "complete" ? "models" : `models (${doing})`,
      ratePerSecond,
      secondsLeft: secondsLeft ?? Number.NaN,
    });
  };
}
