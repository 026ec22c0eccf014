import { rangesText } from "../../core/ranges.js";
import {
  environmentLines,
  fillTemplate,
  sbatchPath,
  shellLine,
  shellWord,
  templateFile,
  weightbookWords,
} from "../../core/slurm/script.js";
import { resourceLines, type SlurmOptions } from "../../core/slurm/target.js";
import type { EngineName } from "../training/training.js";
import { runPaths } from "./run-files.js";
import { mergeComment, shareComment } from "./shares.js";

/** What the scripts of a run depend on. */
export interface ScriptInput {
  readonly zoo: string;
  readonly folder: string;
  readonly job: string;
  readonly shares: number;
  /** Shares to be trained. */
  readonly wanted: readonly number[];
  readonly engine: EngineName;
  readonly slurm: SlurmOptions;
}

/**
 * The script of the array job: task i trains share i.
 * @throws SpecError as fillTemplate and sbatchPath
 */
export function arrayScript({ zoo, folder, job, shares, wanted, engine, slurm }: ScriptInput): string {
  const { spec, logs } = runPaths(folder);
  const template = slurm.template ?? templateFile("array");
  // The one thing that the shell is to fill in: which task it is.
  const share = `--shard "$SLURM_ARRAY_TASK_ID/${shares}" --workers "\${SLURM_CPUS_PER_TASK:-1}"`;
  const train = shellLine([...weightbookWords(), "zoo", "train", spec, "--folder", folder]);
  return fillTemplate(template, {
    what: `Trains the zoo ${zoo} in ${shares} shares; task i trains share i, keeps shards that are whole, and may run twice.`,
    template,
    job,
    comment: shareComment(shares),
    array: rangesText(wanted, ","),
    log: sbatchPath(logs, "%A_%a.log"),
    resources: resourceLines(slurm),
    environment: environmentLines(),
    command: `${train} ${share}${engine === "lanes" ? "" : ` --engine ${shellWord(engine)}`}`,
  });
}

/** The script of the merge, which asks for one core and no GPU: it reads, hashes and writes. */
export function mergeScript({ zoo, folder, job, slurm }: ScriptInput): string {
  const { logs } = runPaths(folder);
  const { partition, time } = slurm;
  return fillTemplate(templateFile("after"), {
    what: `Makes one zoo of the shards of ${zoo}, when all of them are trained.`,
    job,
    comment: mergeComment,
    log: sbatchPath(logs, "merge-%j.log"),
    resources: resourceLines({ partition, time }),
    environment: environmentLines(),
    command: shellLine([...weightbookWords(), "zoo", "merge", folder]),
  });
}
