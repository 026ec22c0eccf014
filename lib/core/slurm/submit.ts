import { ClusterError } from "../errors.js";
import { runSlurm } from "./programs.js";

/**
 * Submits a job's script. It cannot be stopped half way: nobody would know whether there is a job.
 * @param args of sbatch, before the script
 * @returns the job's number
 * @throws ClusterError as runSlurm
 */
export async function submitScript(script: string, args: readonly string[] = []): Promise<string> {
  const printed = await runSlurm("sbatch", ["--parsable", ...args, script]);
  // NUMBER, or NUMBER;CLUSTER.
  const job = /^(\d+)/m.exec(printed)?.[1];
  if (job !== undefined) return job;
  throw new ClusterError("slurm/refused", `sbatch told no job number but "${printed.trim()}"`, {
    value: printed,
  });
}

/** Cancels jobs; those that are over already do not matter. */
export async function cancelJobs(jobs: readonly string[]): Promise<void> {
  if (jobs.length > 0) await runSlurm("scancel", ["--quiet", ...jobs]);
}
