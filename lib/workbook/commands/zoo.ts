import { UsageError } from "../../core/errors.js";
import { describeZoo, descriptionText, openZoo, verifyZoo } from "../../zoo/index.js";
import { type Command, type Context, readArguments } from "../command.js";
import { zooExportCommand } from "./zoo-export.js";
import { type ZooAction, type ZooFlags, zooOptions } from "./zoo-flags.js";
import { zooImportCommand } from "./zoo-import.js";
import { list } from "./zoo-list.js";
import { findZoo } from "./zoo-places.js";
import { merge, train } from "./zoo-train.js";

const help = `weightbook zoo list | describe ZOO | train NAME | merge ZOO | verify ZOO | import FORMAT | export ZOO

  list             the zoos known by name, their sizes (at --preset where given), and those that are stored here
  describe ZOO     counts and summary statistics of a zoo
  train NAME       trains a zoo, or finishes one that was interrupted; NAME may be a file SPEC.json
  merge ZOO        makes a zoo of shards that were trained with --shard; exit 1 when some are missing or damaged
  verify ZOO       checks every file of a zoo by its hash; exit 1 when one is damaged or missing
  import FORMAT    makes a zoo of checkpoints that others trained; see below
  export ZOO       writes a zoo for other programs; see below

ZOO is a name (its newest training in the cache, at --preset where given) or a folder.

  --preset NAME    smoke, quick, laptop or paper (default: WEIGHTBOOK_PRESET, else quick)
  --models N       another number of models than the preset's (train)
  --epochs N       another number of epochs (train)
  --dataset NAME   another data set than the zoo's own (train)
  --folder DIR     where the zoo is kept (train, merge; default: in the cache)
  --workers N      threads (train; default: one a core)
  --shard I/N      trains only the I-th of N shares (I from 1 to N: shards I, I + N, I + 2N, ... of the zoo) and merges
                   nothing; the shares are tasks that need nothing of each other but the same folder (train)
  --json           prints one JSON value

A zoo's bits depend on the kind of processor. Where a cluster has several, set WEIGHTBOOK_SIMD=plain on all of them.

${zooImportCommand.help}
${zooExportCommand.help}`;

const actions: Readonly<Record<string, ZooAction>> = { list, describe, train, merge, verify };

async function run(args: readonly string[], context: Context): Promise<number> {
  if (args[0] === "import") return zooImportCommand.run(args.slice(1), context);
  if (args[0] === "export") return zooExportCommand.run(args.slice(1), context);
  const { values, positionals } = readArguments("zoo", args, zooOptions, 2);
  const [word = "", name = ""] = positionals;
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (!action) {
    const message = `weightbook zoo knows ${Object.keys(actions).join(", ")}, import, export; see weightbook zoo --help`;
    throw new UsageError("arguments", message, { value: word });
  }
  if (word !== "list" && name === "") {
    throw new UsageError("arguments", `weightbook zoo ${word} wants a zoo, e.g. mlp-trajectory`);
  }
  return action(values, name, context);
}

async function describe({ preset, json }: ZooFlags, name: string, { print }: Context): Promise<number> {
  const description = describeZoo(await openZoo(findZoo(name, preset)));
  print(json ? `${JSON.stringify(description)}\n` : descriptionText(description));
  return 0;
}

async function verify({ preset, json }: ZooFlags, name: string, { print }: Context): Promise<number> {
  const report = await verifyZoo(findZoo(name, preset));
  const faults = [...report.shards, ...report.files].filter(({ state }) => state !== "ok");
  if (json) print(`${JSON.stringify(report)}\n`);
  else {
    print(`${report.name} in ${report.folder}: ${report.shards.length} shards, `);
    print(report.ok ? "everything is whole\n" : `${faults.length} files are not whole\n`);
    for (const { file, state } of faults) print(`  ${state.padEnd(12)}${file ?? "shard"}\n`);
    if (!report.ok) print(`weightbook zoo train makes them again\n`);
  }
  return report.ok ? 0 : 1;
}

export const zooCommand: Command = { help, run };
