import { resolve } from "node:path";
import { UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { runHyperTask } from "../../representations/hyper/cluster/run-task.js";
import { type Command, type Context, readArguments, wholeNumber } from "../command.js";

const help = `weightbook hyper train LIST --task I

Does one training of hyper-representations that a notebook gave to a cluster (trainHyperRepresentations with
on: slurm(...)): the I-th, from 1, of the file LIST (tasks.json). One that is done is left alone, one that was stopped
goes on from its checkpoint.

  --task I   which one; on Slurm "$SLURM_ARRAY_TASK_ID"
`;

const options = { task: { type: "string" } } as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("hyper", args, options, 2);
  const [word, list] = positionals;
  const task = wholeNumber("--task", values.task);
  if (word !== "train" || list === undefined || task === undefined) {
    const message = "weightbook hyper knows one word, train: weightbook hyper train LIST --task I";
    throw new UsageError("arguments", message, { value: word });
  }
  const folder = await runHyperTask(resolve(list), task, { signal, onProgress: progressBar() });
  print(`trained in ${folder}\n`);
  return 0;
}

export const hyperCommand: Command = { help, run };
