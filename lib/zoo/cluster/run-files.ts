import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../core/errors.js";
import { writeFileAtomic } from "../../core/files.js";
import { specLayouts } from "../store/layouts.js";
import { planShards, type ShardPlan } from "../store/plan.js";
import type { ZooSpec } from "../types.js";

/**
 * What a zoo's folder keeps of its run on Slurm, in `slurm/run.json`. Which tasks wait and run only Slurm knows, and
 * what is done only the shards say: nothing here has to be kept up to date.
 */
export interface ClusterRun {
  readonly format: 1;
  /** Name of the zoo. */
  readonly zoo: string;
  /** Name of all its jobs. */
  readonly job: string;
  /** Shares of the latest submission. */
  readonly shares: number;
  /** Models and first models of the zoo's shards, so that a look at a zoo of a million models need not expand it. */
  readonly models: number;
  readonly firstModels: readonly number[];
}

/** Where the files of a run are within a zoo's folder. */
export function runPaths(folder: string) {
  const place = join(folder, "slurm");
  return {
    place,
    run: join(place, "run.json"),
    spec: join(place, "spec.json"),
    script: join(place, "array.sbatch"),
    mergeScript: join(place, "merge.sbatch"),
    logs: join(place, "logs"),
    lock: join(place, "submitting"),
  };
}

/** Writes what a run needs but its scripts. */
export function writeRun(folder: string, spec: ZooSpec, run: ClusterRun): void {
  const paths = runPaths(folder);
  mkdirSync(paths.logs, { recursive: true });
  writeFileAtomic(paths.spec, `${JSON.stringify(spec, null, 2)}\n`);
  writeFileAtomic(paths.run, `${JSON.stringify(run)}\n`);
}

/**
 * The run of a folder; undefined where none was submitted.
 * @throws StoreError "cluster/run" for a file that is no run of this version
 */
export function readRun(folder: string): ClusterRun | undefined {
  const path = runPaths(folder).run;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    const run = JSON.parse(text) as ClusterRun;
    if (run.format === 1 && Array.isArray(run.firstModels)) return run;
  } catch {
    // Told below.
  }
  const message = `${path} is not of this version or was altered; remove it and submit the zoo again`;
  throw new StoreError("cluster/run", message, { value: path });
}

/** A run of a specification in shares. */
export function newRun(spec: ZooSpec, job: string, shares: number, plan: readonly ShardPlan[]): ClusterRun {
  return {
    format: 1,
    zoo: spec.name,
    job,
    shares,
    models: spec.models,
    firstModels: plan.map(({ from }) => from),
  };
}

/** The shards of a specification; a convenience for what has no layouts at hand. */
export function shardsOf(spec: ZooSpec): ShardPlan[] {
  return planShards(spec, specLayouts(spec));
}
