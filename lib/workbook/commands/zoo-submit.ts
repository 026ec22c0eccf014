import { resolve } from "node:path";
import { parsePreset } from "../../core/environment.js";
import { UsageError } from "../../core/errors.js";
import { rangesText } from "../../core/ranges.js";
import { slurm } from "../../core/slurm/target.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { submitZoo, type ZooSubmission } from "../../zoo/index.js";
import { type Context, wholeNumber } from "../command.js";
import { isSpecFile, namedSpec, parseEngine } from "./zoo-spec.js";
import { readZoo } from "./zoo-word.js";

/** Help of `zoo submit`, behind that of `zoo`. */
export const submitHelp = `weightbook zoo submit NAME --shards N --store DIR

  Submits the training of a zoo to Slurm: an array job of N tasks, each of which runs zoo train --shard, and a merge when
  all of them are done. Again, with the same words: submits what is missing, and only that. NAME may be a file SPEC.json.

  --shards N         tasks
  --store DIR        the zoo's folder, on a file system that all nodes see (or --folder; default: in the cache)
  --partition NAME   as sbatch's; so are
  --time TIME        of a task: minutes, or e.g. 04:00:00
  --cpus N           cores of a task (default 1)
  --gpus N           GPUs of a task; wants --engine stacked
  --engine NAME      lanes or stacked
  --template FILE    in place of environment/slurm/array.sbatch: a copy with what your cluster wants (account, modules)
  --dry-run          prints the two scripts; neither asks Slurm nor writes anything
  --preset --models --epochs --dataset   as for zoo train
  --json             prints one JSON value

weightbook zoo status ZOO      how far it is: models, tasks that run, wait and failed, rate, time left (--json); exit 1 when
                               tasks failed and nothing goes on

sbatch reads more from its own environment variables, e.g. SBATCH_ACCOUNT. Recipes for GNU parallel and Kubernetes, and
what a zoo of a million models takes: environment/slurm/README.md.
`;

const options = {
  shards: { type: "string" },
  store: { type: "string" },
  folder: { type: "string" },
  partition: { type: "string" },
  time: { type: "string" },
  cpus: { type: "string" },
  gpus: { type: "string" },
  engine: { type: "string" },
  template: { type: "string" },
  "dry-run": { type: "boolean" },
  preset: { type: "string" },
  models: { type: "string" },
  epochs: { type: "string" },
  dataset: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Submits a zoo's training to Slurm. */
export async function submit(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { flags, name } = readZoo("submit", args, options);
  const preset = parsePreset(flags.preset ?? (process.env.WEIGHTBOOK_PRESET || "quick"));
  const shards = wholeNumber("--shards", flags.shards);
  if (shards === undefined) {
    throw new UsageError("arguments", "weightbook zoo submit wants the number of tasks, e.g. --shards 64");
  }
  if (flags.store !== undefined && flags.folder !== undefined) {
    throw new UsageError("arguments", "--store and --folder mean the same; give one of them");
  }
  if (flags.gpus !== undefined && flags.engine !== "stacked") {
    const message = "the default engine has no use for GPUs; give --gpus with --engine stacked";
    throw new UsageError("arguments", message, { value: flags.gpus });
  }
  const place = flags.store ?? flags.folder;
  const cpus = wholeNumber("--cpus", flags.cpus);
  const { partition, time, gpus } = flags;
  const submission = await submitZoo(namedSpec(name, preset, flags), {
    signal,
    onProgress: progressBar(),
    on: slurm({
      shards,
      ...(partition && { partition }),
      ...(time && { time }),
      ...(cpus && { cpus }),
      ...(gpus && { gpus }),
      ...(flags.template && { template: resolve(flags.template) }),
    }),
    ...(isSpecFile(name) ? {} : { preset }),
    ...(place === undefined ? {} : { folder: resolve(place) }),
    ...(flags.engine === undefined ? {} : { engine: parseEngine(flags.engine) }),
    dryRun: flags["dry-run"] ?? false,
  });
  if (flags.json) print(`${JSON.stringify(submission)}\n`);
  else print(flags["dry-run"] ? scripts(submission) : reportText(submission));
  return 0;
}

function scripts({ script, mergeScript, submitted, isComplete, folder }: ZooSubmission): string {
  if (isComplete) return `${folder} holds the whole zoo; nothing would be submitted\n`;
  const merge = `# ---- and after it (sbatch --dependency=afterok:JOB):\n${mergeScript}`;
  return submitted.length === 0 ? mergeScript : `${script}\n${merge}`;
}

function reportText(submission: ZooSubmission): string {
  const { name, folder, job, shares, submitted, inFlight, array, merge, isComplete } = submission;
  if (isComplete) return `${name} is trained and merged in ${folder}; there is nothing to submit\n`;
  const did = [
    array ? `job ${array}: ${submitted.length} of ${shares} shares (${rangesText(submitted)})` : undefined,
    merge ? `job ${merge}: the merge after them` : undefined,
    inFlight.length > 0 ? `${inFlight.length} shares are in the queue already` : undefined,
  ].filter(Boolean);
  const what = did.length === 0 ? "everything is in the queue already" : did.join("; ");
  return `${name} in ${folder}: ${what}\nweightbook zoo status ${folder} tells how far it is; scancel --name=${job} cancels it\n`;
}
