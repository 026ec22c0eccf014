import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError } from "../../../core/errors.js";
import { writeFileAtomic } from "../../../core/files.js";
import { sha256 } from "../../../core/hash.js";
import type { StopOptions } from "../../../core/progress.js";
import { rangesText } from "../../../core/ranges.js";
import { alone } from "../../../core/slurm/lock.js";
import { lastLine } from "../../../core/slurm/logs.js";
import { isInFlight, type QueuedTask, queuedTasks } from "../../../core/slurm/queue.js";
import {
  environmentLines,
  fillTemplate,
  sbatchPath,
  shellLine,
  templateFile,
  weightbookWords,
} from "../../../core/slurm/script.js";
import { submitScript } from "../../../core/slurm/submit.js";
import { resourceLines, type SlurmTarget } from "../../../core/slurm/target.js";
import { defaultPollSeconds, jobsGoOn } from "../../../core/slurm/waiting.js";
import { checkpointSteps } from "../files.js";
import { checkpointFile, modelFile } from "../training.js";
import { type ClusterTraining, readTaskList, writeTask, writeTaskList } from "./task-files.js";

/** A training that is missing, and who hears of its steps. */
export interface MissingOnCluster {
  readonly job: ClusterTraining;
  readonly report: (report: { readonly step: number }) => void;
}

export interface OnSlurmOptions extends StopOptions {
  readonly on: SlurmTarget;
}

/**
 * Has trainings done as tasks of an array job and waits for their models. Those that are in the queue already, of an
 * earlier call, are waited for and not submitted again.
 * @throws ClusterError as runSlurm, and "slurm/failed" naming the trainings that ended without a model and what they
 *   said last; InterruptedError, which leaves the jobs running
 */
export async function trainOnSlurm(
  missing: readonly MissingOnCluster[],
  { on, signal }: OnSlurmOptions,
): Promise<void> {
  const root = dirname(missing[0].job.folder);
  const jobName = `trainings-${sha256(root).slice(0, 8)}`;
  await alone(join(root, "slurm", "submitting"), async () => {
    const flying = foldersInFlight(root, await queuedTasks(jobName, { signal }));
    const wanted = missing.map(({ job }) => job).filter(({ folder }) => !flying.has(folder));
    if (wanted.length === 0) return;
    for (const training of wanted) writeTask(training);
    const list = writeTaskList(
      root,
      wanted.map(({ folder }) => basename(folder)),
    );
    const script = join(dirname(list), "array.sbatch");
    writeFileAtomic(script, arrayScript(list, jobName, wanted.length, on));
    await submitScript(script);
  });
  await untilTrained(missing, root, jobName, { on, signal });
}

const commentOf = (list: string) => `weightbook-trainings=${basename(dirname(list))}`;

function arrayScript(list: string, job: string, count: number, on: SlurmTarget): string {
  const template = on.template ?? templateFile("array");
  const train = shellLine([...weightbookWords(), "hyper", "train", list]);
  return fillTemplate(template, {
    what: `Trains ${count} hyper-representations; task i is the i-th of tasks.json, goes on from its checkpoint, and may run twice.`,
    template,
    job,
    comment: commentOf(list),
    array: rangesText(
      Array.from({ length: count }, (_, i) => i + 1),
      ",",
    ),
    log: sbatchPath(join(dirname(list), "logs"), "%A_%a.log"),
    resources: resourceLines(on),
    environment: environmentLines(),
    // The one thing that the shell is to fill in: which task it is.
    command: `${train} --task "$SLURM_ARRAY_TASK_ID"`,
  });
}

/** The list of trainings that a task's comment names; undefined for a task that is none of ours. */
function listOf(root: string, { comment }: QueuedTask): string | undefined {
  const name = /^weightbook-trainings=(\w+)$/.exec(comment)?.[1];
  const list = name && join(root, "slurm", name, "tasks.json");
  return list && existsSync(list) ? list : undefined;
}

/** Folders of the trainings that tasks in the queue do or will do. */
function foldersInFlight(root: string, tasks: readonly QueuedTask[]): Set<string> {
  const lists = new Map<string, string[]>();
  const folders = new Set<string>();
  for (const task of tasks.filter(isInFlight)) {
    const list = listOf(root, task);
    if (list === undefined || task.task === undefined) continue;
    const known = lists.get(list) ?? readTaskList(list);
    lists.set(list, known);
    const folder = known[task.task - 1];
    if (folder !== undefined) folders.add(folder);
  }
  return folders;
}

async function untilTrained(
  missing: readonly MissingOnCluster[],
  root: string,
  jobName: string,
  { on, signal }: OnSlurmOptions,
): Promise<void> {
  // A file that another machine wrote may show late: one look that finds a training gone is not believed.
  let gone = 0;
  for (;;) {
    let tasks: QueuedTask[];
    try {
      tasks = await queuedTasks(jobName, { signal });
    } catch (cause) {
      if (signal?.aborted) throw jobsGoOn(jobName);
      if (!(cause instanceof ClusterError && cause.code === "slurm/unreachable")) throw cause;
      tasks = [];
      gone = 0;
    }
    const open = missing.filter(({ job: { folder, setup }, report }) => {
      const isTrained = existsSync(modelFile(folder));
      report({ step: isTrained ? setup.config.steps : checkpointSteps(checkpointFile(folder)) });
      return !isTrained;
    });
    if (open.length === 0) return;
    const flying = foldersInFlight(root, tasks);
    gone = open.some(({ job }) => flying.has(job.folder)) ? 0 : gone + 1;
    if (gone > 2) throw failed(open, root, tasks);
    try {
      await sleep(1000 * (on.pollSeconds ?? defaultPollSeconds), undefined, { signal });
    } catch {
      throw jobsGoOn(jobName);
    }
  }
}

/** More are not named: they failed for the same reasons. */
const mostNamed = 3;

function failed(open: readonly MissingOnCluster[], root: string, tasks: readonly QueuedTask[]): ClusterError {
  const newestFirst = [...tasks].sort((a, b) => Number(b.job) - Number(a.job));
  const words = open.slice(0, mostNamed).map(({ job: { label, folder } }) => {
    const ended = newestFirst.find((task) => {
      const list = listOf(root, task);
      return list !== undefined && readTaskList(list)[(task.task ?? 0) - 1] === folder;
    });
    const list = ended && listOf(root, ended);
    const log = list && join(dirname(list), "logs", `${ended.job}_${ended.task}.log`);
    return [label, ended?.state, log && lastLine(log)].filter(Boolean).join(": ");
  });
  const message = `${open.length} trainings failed on Slurm (${words.join("; ")}); the same call again submits what is missing`;
  return new ClusterError("slurm/failed", message, { value: open.map(({ job }) => job.folder) });
}
