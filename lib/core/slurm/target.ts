import { checkOptions, SpecError } from "../errors.js";

/** What each task of a job asks Slurm for, in Slurm's own words; what is left out, the cluster decides. */
export interface SlurmResources {
  readonly partition?: string;
  /** Longest run time of a task: minutes, or as sbatch reads it, e.g. "04:00:00" or "1-12". */
  readonly time?: number | string;
  /** Cores of a task; one by default. */
  readonly cpus?: number;
  /** GPUs of a task, e.g. 1 or "a100:1". */
  readonly gpus?: number | string;
}

/** How work is given to Slurm. */
export interface SlurmOptions extends SlurmResources {
  /** Tasks that a zoo's training is divided into. */
  readonly shards?: number;
  /** File to use in place of environment/slurm/array.sbatch. */
  readonly template?: string;
  /** Seconds between two looks at the queue while a cell waits; 5 by default. */
  readonly pollSeconds?: number;
}

/** A cluster on which long work runs: the value of an option `on`. */
export interface SlurmTarget extends SlurmOptions {
  readonly scheduler: "slurm";
}

const known = ["partition", "time", "cpus", "gpus", "shards", "template", "pollSeconds"];

/**
 * Says that long work runs as jobs of Slurm, e.g. `trainZoo(spec, { on: slurm({ shards: 64, partition: "cpu" }), folder })`.
 * What the cluster wants beyond these options (account, modules) goes into a template, or into sbatch's own environment
 * variables such as SBATCH_ACCOUNT.
 * @throws SpecError for unknown options and values that sbatch could not read
 */
export function slurm(options: SlurmOptions = {}): SlurmTarget {
  checkOptions(options, known, "slurm");
  const { partition, time, cpus, gpus, shards, pollSeconds } = options;
  check("partition", partition, /^[\w.,-]+$/, 'a name, e.g. "cpu"');
  check("time", time, /^\d+(-\d+)?(:\d+){0,2}$/, 'minutes or e.g. "04:00:00"');
  check("gpus", gpus, /^([\w.-]+:)?\d+$/, 'a number or e.g. "a100:1"');
  check("cpus", cpus, /^[1-9]\d*$/, "a positive whole number");
  check("shards", shards, /^[1-9]\d*$/, "a positive whole number");
  if (pollSeconds !== undefined && !(pollSeconds > 0)) check("pollSeconds", pollSeconds, /^$/, "seconds");
  return { ...options, scheduler: "slurm" };
}

function check(name: string, value: number | string | undefined, form: RegExp, wanted: string): void {
  if (value === undefined || form.test(String(value))) return;
  throw new SpecError("slurm/option", `slurm's ${name} wants ${wanted} but got "${value}"`, { value });
}

/** Lines of a job's script that ask for resources. */
export function resourceLines({ partition, time, cpus = 1, gpus }: SlurmResources): string {
  const flags = {
    partition,
    time,
    "cpus-per-task": cpus,
    gpus,
  };
  return Object.entries(flags)
    .flatMap(([flag, value]) => (value === undefined ? [] : [`#SBATCH --${flag}=${value}`]))
    .join("\n");
}
