import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { ClusterError, checkOptions, SpecError } from "../../core/errors.js";
import { writeFileAtomic } from "../../core/files.js";
import { sha256 } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import type { LongRunOptions } from "../../core/progress.js";
import { alone } from "../../core/slurm/lock.js";
import { isInFlight, isRunning, type QueuedTask, queuedTasks } from "../../core/slurm/queue.js";
import { cancelJobs, submitScript } from "../../core/slurm/submit.js";
import { type SlurmOptions, slurm } from "../../core/slurm/target.js";
import { parseZooSpec } from "../spec/spec.js";
import { type EngineName, setUpTraining } from "../training/training.js";
import type { ZooSpec, ZooSpecInput } from "../types.js";
import { newRun, readRun, runPaths, shardsOf, writeRun } from "./run-files.js";
import { arrayScript, mergeScript, type ScriptInput } from "./scripts.js";
import { isMerge, shardsInFlight, shareOf, sharesWith } from "./shares.js";
import { storedShards } from "./stored-shards.js";

/** Options of `submitZoo`. */
export interface SubmitZooOptions extends LongRunOptions {
  /** Where and how the tasks run; `shards` is needed, the number of tasks. */
  readonly on: SlurmOptions;
  /** The zoo's folder, on a file system that all nodes see; by default as trainZoo's, in the cache. */
  readonly folder?: string;
  readonly preset?: string;
  readonly engine?: EngineName;
  /** Only says what would be submitted; neither asks Slurm nor writes anything. */
  readonly dryRun?: boolean;
}

/** What was submitted, or would be. */
export interface ZooSubmission {
  readonly name: string;
  readonly folder: string;
  /** Name of all jobs of this zoo in this folder: `scancel --name=JOB` cancels them. */
  readonly job: string;
  readonly shares: number;
  /** Shares that were submitted now; the others are done, or in the queue already. */
  readonly submitted: readonly number[];
  /** Shares that wait or run already. */
  readonly inFlight: readonly number[];
  /** Numbers of the jobs that were submitted now. */
  readonly array?: string;
  readonly merge?: string;
  /** The scripts, and the words of sbatch before them. */
  readonly script: string;
  readonly mergeScript: string;
  readonly isComplete: boolean;
}

const known = ["on", "folder", "preset", "engine", "dryRun", "signal", "onProgress"];

/**
 * Submits a zoo's training to Slurm: an array job with a task a share (`weightbook zoo train --shard i/n`), and a merge
 * that waits for it (`afterok`). Shares that are done or in the queue already are not submitted again, so that the same
 * call finishes a run of which tasks failed; shards are checked by their hashes. What it wrote is in `slurm` of the
 * zoo's folder: scripts, specification and logs.
 * @throws SpecError for options and specifications that cannot be; StoreError "zoo/another" for a folder that holds
 *   another zoo; ClusterError where Slurm is missing, silent or refuses, and "cluster/busy"; InterruptedError
 */
export async function submitZoo(input: ZooSpecInput, given: SubmitZooOptions): Promise<ZooSubmission> {
  const options = interruptible(given);
  checkOptions(options, known, "submitZoo");
  const target = slurm(withoutScheduler(options.on));
  const spec = parseZooSpec(input);
  const folder = await folderOf(spec, options);
  if (target.shards === undefined) {
    const message = "a zoo on Slurm wants the number of its tasks, e.g. slurm({ shards: 64 })";
    throw new SpecError("slurm/shards", message);
  }
  const plan = shardsOf(spec);
  // More tasks than shards would have nothing to do.
  const shares = Math.min(target.shards, plan.length);
  const job = existsSync(folder) ? (readRun(folder)?.job ?? jobName(spec, folder)) : jobName(spec, folder);
  const described = { zoo: spec.name, folder, job, shares, engine: options.engine ?? "lanes", slurm: target };
  const stop = { signal: options.signal };
  const submit = async (tasks: readonly QueuedTask[]): Promise<ZooSubmission> => {
    const stored = await storedShards(folder, spec, plan, options);
    const flying = shardsInFlight(tasks, plan.length);
    const missing = stored.missing.filter((shard) => !flying.has(shard));
    const wanted = sharesWith(missing, shares);
    const scripts: ScriptInput = { ...described, wanted };
    const submission = {
      name: spec.name,
      folder,
      job,
      shares,
      submitted: wanted,
      inFlight: sharesWith(stored.merged ? [] : flying, shares),
      script: arrayScript(scripts),
      mergeScript: mergeScript(scripts),
      isComplete: stored.merged,
    };
    if (options.dryRun || stored.merged) return submission;
    writeRun(folder, spec, newRun(spec, job, shares, plan));
    return { ...submission, ...(await submitJobs(submission, tasks)) };
  };
  if (options.dryRun) return submit([]);
  mkdirSync(folder, { recursive: true });
  return alone(runPaths(folder).lock, async () => submit(await queuedTasks(job, stop)));
}

/** Submits what is wanted and a merge after it; a merge that waits already is replaced when there is more to wait for. */
async function submitJobs(
  { folder, submitted, script, mergeScript: merging }: ZooSubmission,
  tasks: readonly QueuedTask[],
): Promise<Pick<ZooSubmission, "array" | "merge">> {
  const paths = runPaths(folder);
  const merges = tasks.filter((task) => isMerge(task) && isInFlight(task));
  if (submitted.length === 0 && merges.length > 0) return {};
  const dependencies: string[] = [];
  let array: string | undefined;
  if (submitted.length > 0) {
    writeFileAtomic(paths.script, script);
    array = await submitScript(paths.script);
    dependencies.push(`afterok:${array}`);
  }
  const others = new Set(tasks.filter((task) => isInFlight(task) && shareOf(task)).map((task) => task.job));
  // Of earlier arrays tasks may have failed that are submitted anew; what matters is that none of them runs any more.
  if (others.size > 0) dependencies.push(`afterany:${[...others].join(":")}`);
  writeFileAtomic(paths.mergeScript, merging);
  try {
    await cancelJobs(merges.filter((task) => !isRunning(task)).map((task) => task.job));
    const wait = dependencies.length === 0 ? [] : [`--dependency=${dependencies.join(",")}`];
    const merge = await submitScript(paths.mergeScript, wait);
    return { ...(array === undefined ? {} : { array }), merge };
  } catch (cause) {
    if (!(cause instanceof ClusterError) || array === undefined) throw cause;
    const message = `job ${array} is submitted but not the merge after it (${cause.message}); submit the zoo again, which adds what is missing`;
    throw new ClusterError(cause.code, message, { value: array, cause });
  }
}

function withoutScheduler(options: SlurmOptions): SlurmOptions {
  const { scheduler: _, ...rest } = options as SlurmOptions & { readonly scheduler?: string };
  return rest;
}

async function folderOf(spec: ZooSpec, options: SubmitZooOptions): Promise<string> {
  if (options.folder !== undefined) return resolve(options.folder);
  const { preset, signal, engine = "lanes" } = options;
  if (engine === "lanes") return resolve((await setUpTraining(spec, { preset, signal })).folder);
  const message = `where a zoo by the ${engine} engine is kept by default depends on the device, which only the tasks know; name a folder on the shared file system`;
  throw new SpecError("zoo/folder", message, { value: engine });
}

/** Equal for the same zoo in the same folder, and no other's: what squeue and scancel are asked for. */
function jobName({ name }: ZooSpec, folder: string): string {
  const place = existsSync(folder) ? realpathSync(folder) : folder;
  return `zoo-${name.replaceAll(/[^\w-]/g, "-").slice(0, 40)}-${sha256(join(place, name)).slice(0, 8)}`;
}
