import { UsageError } from "../../core/errors.js";
import { describeZoo, descriptionText, openZoo, verifyZoo, type ZooReport } from "../../zoo/index.js";
import type { Command, Context } from "../command.js";
import { zooExportCommand } from "./zoo-export.js";
import { zooImportCommand } from "./zoo-import.js";
import { list } from "./zoo-list.js";
import { merge } from "./zoo-merge.js";
import { findZoo } from "./zoo-places.js";
import { status } from "./zoo-status.js";
import { submit, submitHelp } from "./zoo-submit.js";
import { train } from "./zoo-train.js";
import { readZoo, type ZooWord } from "./zoo-word.js";

const help = `weightbook zoo list | describe ZOO | train NAME | merge ZOO | verify ZOO | submit NAME | status ZOO
               | import FORMAT | export ZOO

  list             the zoos known by name, their sizes (at --preset where given), and those that are stored here
  describe ZOO     counts and summary statistics of a zoo
  train NAME       trains a zoo, or finishes one that was interrupted; NAME may be a file SPEC.json
  merge ZOO        makes a zoo of shards that were trained with --shard (ZOO may be the file SPEC.json); exit 1 when some
                   are missing or damaged
  verify ZOO       checks every file of a zoo by its hash; exit 1 when one is damaged or missing
  submit NAME      trains a zoo as jobs of Slurm; see below
  status ZOO       how far the training of a zoo is, on Slurm or not
  import FORMAT    makes a zoo of checkpoints that others trained; see below
  export ZOO       writes a zoo for other programs; see below

ZOO is a name (its newest training in the cache, at --preset where given) or a folder.

  --preset NAME    smoke, quick, laptop or paper (default: WEIGHTBOOK_PRESET, else quick)
  --models N       another number of models than the preset's (train)
  --epochs N       another number of epochs (train)
  --dataset NAME   another data set than the zoo's own, or a changed one, e.g. mnist+rotate45 (train)
  --engine NAME    lanes (default: four models at once on each core) or stacked (all models as one tensor, for a GPU;
                   WEIGHTBOOK_BACKEND chooses which) (train; merge SPEC.json)
  --memory MIB     of tensors at once, with --engine stacked: more trains more models together (train; default: 2048 on a
                   GPU; on the CPU 512 each worker)
  --folder DIR     where the zoo is kept (train; merge SPEC.json; default: in the cache)
  --workers N      threads (train; default: one a core)
  --shard I/N      trains only the I-th of N shares (I from 1 to N: shards I, I + N, I + 2N, ... of the zoo) and merges
                   nothing; the shares are tasks that need nothing of each other but the same folder (train)
  --json           prints one JSON value

A zoo's bits depend on the kind of processor. Where a cluster has several, set WEIGHTBOOK_SIMD=plain on all of them.

${submitHelp}
${zooImportCommand.help}
${zooExportCommand.help}`;

const words: Readonly<Record<string, ZooWord>> = {
  list,
  describe,
  train,
  merge,
  verify,
  submit,
  status,
  import: zooImportCommand.run,
  export: zooExportCommand.run,
};

async function run([word = "", ...args]: readonly string[], context: Context): Promise<number> {
  const action = Object.hasOwn(words, word) ? words[word] : undefined;
  if (action) return action(args, context);
  const message = `weightbook zoo knows ${Object.keys(words).join(", ")}; see weightbook zoo --help`;
  throw new UsageError("arguments", message, { value: word });
}

const options = { preset: { type: "string" }, json: { type: "boolean" } } as const;

async function describe(args: readonly string[], { print }: Context): Promise<number> {
  const { flags, name } = readZoo("describe", args, options);
  const description = describeZoo(await openZoo(findZoo(name, flags.preset)));
  print(flags.json ? `${JSON.stringify(description)}\n` : descriptionText(description));
  return 0;
}

async function verify(args: readonly string[], { print }: Context): Promise<number> {
  const { flags, name } = readZoo("verify", args, options);
  const report = await verifyZoo(findZoo(name, flags.preset));
  print(flags.json ? `${JSON.stringify(report)}\n` : reportText(report));
  return report.ok ? 0 : 1;
}

function reportText({ name, folder, kind, ok, shards, files }: ZooReport): string {
  const faults = [...shards, ...files].filter(({ state }) => state !== "ok");
  const lines = [
    `${name} in ${folder}: ${shards.length} shards, ${ok ? "everything is whole" : `${faults.length} files are not whole`}`,
    ...faults.map(({ file, state }) => `  ${state.padEnd(12)}${file ?? "shard"}`),
  ];
  const repair = {
    trained: "weightbook zoo train makes them again",
    imported: "weightbook zoo import, from the same source, makes them again",
  };
  return `${[...lines, ...(ok ? [] : [repair[kind]])].join("\n")}\n`;
}

export const zooCommand: Command = { help, run };
