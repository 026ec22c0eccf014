import { execFile } from "node:child_process";
import { ClusterError, InterruptedError } from "../errors.js";
import type { StopOptions } from "../progress.js";

/** Slurm's own programs. */
export type SlurmProgram = "sbatch" | "squeue" | "sacct" | "scancel";

/** Slurm's programs retry for minutes while their controller does not answer; nobody waits so long. */
const longestMs = 30_000;

/** What may be done where there is no Slurm. */
export const withoutSlurm =
  "log in to a machine of the cluster, or do without: environment/slurm/README.md runs the same shards with GNU parallel";

/**
 * Runs one of Slurm's programs, without a shell.
 * @returns what it wrote to standard output
 * @throws ClusterError "slurm/none" where it is not installed, "slurm/unreachable" when the cluster does not answer,
 *   "slurm/refused" with Slurm's own reason; InterruptedError
 */
export function runSlurm(
  program: SlurmProgram,
  args: readonly string[],
  { signal, cwd }: StopOptions & { readonly cwd?: string } = {},
): Promise<string> {
  const options = { signal, cwd, encoding: "utf8", maxBuffer: 2 ** 28, timeout: longestMs } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (cause, stdout, stderr) => {
      if (!cause) resolve(stdout);
      else if (signal?.aborted) reject(new InterruptedError(program));
      else reject(slurmError(program, cause, stderr));
    });
  });
}

function slurmError(
  program: SlurmProgram,
  cause: Error & { readonly code?: unknown; readonly killed?: boolean },
  stderr: string,
): ClusterError {
  if (cause.code === "ENOENT") {
    const message = `Slurm is missing on this machine (there is no ${program} on the PATH); ${withoutSlurm}`;
    return new ClusterError("slurm/none", message, { value: program, cause });
  }
  const reason = reasonOf(program, stderr);
  const isSilent = /unable to contact|unable to process config|configuration source|connection|timed out/i;
  if (cause.killed || isSilent.test(stderr)) {
    const message = `Slurm does not answer here (${reason || "no answer within 30 s"}); try again when sinfo works, or ${withoutSlurm}`;
    return new ClusterError("slurm/unreachable", message, { value: program, cause });
  }
  return new ClusterError("slurm/refused", `${program} refused: ${reason}${hint(reason)}`, {
    value: reason,
    cause,
  });
}

/** The last thing that a program of Slurm complained of, without its own name and level before it. */
function reasonOf(program: SlurmProgram, stderr: string): string {
  const lines = stderr.trim().split("\n");
  const last = lines[lines.length - 1] ?? "";
  return last
    .replace(new RegExp(`^${program}: (error|fatal): `), "")
    .replace("Batch job submission failed: ", "");
}

function hint(reason: string): string {
  if (!reason.includes("array specification")) return "";
  return "; the cluster allows no more tasks in an array than MaxArraySize - 1 (scontrol show config), so divide into fewer shards";
}
