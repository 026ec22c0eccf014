import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder, type Preset, parsePreset } from "../../core/environment.js";
import { SpecError, UsageError } from "../../core/errors.js";
import type { Progress } from "../../core/progress.js";
import { formatValue } from "../../notebook/format.js";
import {
  describeZoo,
  listNamedZoos,
  namedZoo,
  openZoo,
  parseZooSpec,
  trainZoo,
  verifyZoo,
  type ZooDescription,
  type ZooName,
  type ZooSpec,
} from "../../zoo/index.js";
import { type Command, type Context, positiveNumber, readArguments } from "../command.js";
import { zooExportCommand } from "./zoo-export.js";
import { zooImportCommand } from "./zoo-import.js";

const help = `weightbook zoo list | describe ZOO | train NAME | verify ZOO

  list             the zoos known by name, their sizes at each preset, and those that are trained here
  describe ZOO     counts and summary statistics of a trained zoo
  train NAME       trains a zoo, or finishes one that was interrupted; NAME may be a file SPEC.json
  verify ZOO       checks every file of a zoo by its hash; exit 1 when one is damaged or missing
  import FORMAT    makes a zoo of others' checkpoints; see below
  export ZOO       writes a zoo for other programs; see below

ZOO is a name (its newest training in the cache, at --preset where given) or a folder.

  --preset NAME    smoke, quick, laptop or paper (default: WEIGHTBOOK_PRESET, else quick)
  --models N       another number of models than the preset's (train)
  --epochs N       another number of epochs (train)
  --dataset NAME   another data set than the zoo's own (train)
  --folder DIR     where the zoo is kept (train; default: in the cache)
  --workers N      threads (train; default: one a core)
  --json           prints one JSON value

${zooImportCommand.help}
${zooExportCommand(findZoo).help}`;

const options = {
  preset: { type: "string" },
  models: { type: "string" },
  epochs: { type: "string" },
  dataset: { type: "string" },
  folder: { type: "string" },
  workers: { type: "string" },
  json: { type: "boolean" },
} as const;

type Flags = ReturnType<typeof readArguments<typeof options>>["values"];
type Action = (flags: Flags, name: string, context: Context) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { list, describe, train, verify };

async function run(args: readonly string[], context: Context): Promise<number> {
  if (args[0] === "import") return zooImportCommand.run(args.slice(1), context);
  if (args[0] === "export") return zooExportCommand(findZoo).run(args.slice(1), context);
  const { values, positionals } = readArguments("zoo", args, options, 2);
  const [word = "", name = ""] = positionals;
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (!action) {
    const message = `weightbook zoo knows ${Object.keys(actions).join(", ")}; see weightbook zoo --help`;
    throw new UsageError("arguments", message, { value: word });
  }
  if (word !== "list" && name === "") {
    throw new UsageError("arguments", `weightbook zoo ${word} wants a zoo, e.g. mlp-trajectory`);
  }
  return action(values, name, context);
}

function zoosFolder(): string {
  return join(cacheFolder(), "zoos");
}

/** Folders of zoos in the cache, newest first. */
function storedZoos(): string[] {
  if (!existsSync(zoosFolder())) return [];
  const folders = readdirSync(zoosFolder()).map((name) => join(zoosFolder(), name));
  const age = new Map(folders.map((folder) => [folder, statSync(folder).mtimeMs]));
  return folders.sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0));
}

/** The folder that a name or a path means. */
function findZoo(name: string, preset?: string): string {
  if (existsSync(name)) return resolve(name);
  const start = preset === undefined ? name : `${name}-${parsePreset(preset)}`;
  const found = storedZoos().find((folder) => folder.startsWith(`${join(zoosFolder(), start)}-`));
  if (found) return found;
  const at = preset === undefined ? "" : ` at preset ${preset}`;
  throw new UsageError(
    "zoo/none",
    `there is no trained zoo "${name}"${at} in ${zoosFolder()}; weightbook zoo train ${name} makes one`,
    { value: name },
  );
}

async function list({ json }: Flags, _name: string, { print }: Context): Promise<number> {
  const named = listNamedZoos();
  const trained = storedZoos();
  if (json) {
    print(`${JSON.stringify({ named, trained })}\n`);
    return 0;
  }
  for (const { name, description, source, presets } of named) {
    print(`${name}\n  ${description}; ${source}\n`);
    for (const [preset, size] of Object.entries(presets)) {
      print(
        `  ${preset.padEnd(8)}${size.models} models x ${size.epochs} epochs x ${size.trainImages} images\n`,
      );
    }
  }
  print(
    trained.length > 0 ? `\nTrained here:\n  ${trained.join("\n  ")}\n` : "\nNone is trained here yet.\n",
  );
  return 0;
}

async function describe({ preset, json }: Flags, name: string, { print }: Context): Promise<number> {
  const description = describeZoo(await openZoo(findZoo(name, preset)));
  print(json ? `${JSON.stringify(description)}\n` : descriptionText(description));
  return 0;
}

function descriptionText(zoo: ZooDescription): string {
  const data = zoo.standsInFor === null ? zoo.dataset : `${zoo.dataset}, in place of ${zoo.standsInFor}`;
  const lines = [
    `${zoo.name}: ${zoo.models} models x ${zoo.checkpointsPerModel} checkpoints of ${zoo.parameters} weights`,
    `  folder    ${zoo.folder}`,
    `  data      ${data}; ${zoo.trainImages} training and ${zoo.testImages} test images`,
    `  network   ${zoo.network}, epochs ${zoo.firstEpoch} to ${zoo.lastEpoch}, ${zoo.diverged} models diverged`,
    `  split     ${zoo.split.train} train, ${zoo.split.validation} validation, ${zoo.split.test} test`,
    `  at epoch ${zoo.lastEpoch}: least, median, mean, greatest`,
    ...Object.entries(zoo.last).map(([column, { min, median, mean, max }]) => {
      const numbers = [min, median, mean, max].map((value) => formatValue(value).padStart(9)).join("");
      return `  ${column.padEnd(20)}${numbers}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

async function train(flags: Flags, name: string, { print, signal }: Context): Promise<number> {
  const preset = parsePreset(flags.preset ?? (process.env.WEIGHTBOOK_PRESET || "quick"));
  const spec = specOf(name, preset, flags);
  const zoo = await trainZoo(spec, {
    signal,
    ...(name.endsWith(".json") ? {} : { preset }),
    ...(flags.folder === undefined ? {} : { folder: resolve(flags.folder) }),
    ...(flags.workers === undefined ? {} : { workers: count("--workers", flags.workers) }),
    ...(process.stderr.isTTY ? { onProgress: showProgress } : {}),
  });
  const description = describeZoo(zoo);
  print(flags.json ? `${JSON.stringify(description)}\n` : descriptionText(description));
  return 0;
}

function specOf(name: string, preset: Preset, flags: Flags): ZooSpec {
  const models = count("--models", flags.models);
  const epochs = count("--epochs", flags.epochs);
  const { dataset } = flags;
  const changes = { ...(models && { models }), ...(epochs && { epochs }), ...(dataset && { dataset }) };
  if (!name.endsWith(".json")) {
    const known = listNamedZoos().map((entry) => entry.name);
    if (known.includes(name as ZooName)) return namedZoo(name as ZooName, preset, changes);
    const message = `there is no zoo "${name}"; choose ${known.join(", ")}, or give a file SPEC.json`;
    throw new UsageError("zoo/unknown", message, { value: name });
  }
  if (Object.keys(changes).length > 0 || flags.preset !== undefined) {
    throw new UsageError("arguments", "a file says everything about its zoo; give it no --preset or sizes");
  }
  return parseZooSpec(readSpec(name));
}

function readSpec(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new SpecError("zoo/file", `${path} cannot be read as JSON (${(cause as Error).message})`, {
      cause,
    });
  }
}

function count(flag: string, text: string | undefined): number | undefined {
  const value = positiveNumber(flag, text);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError("arguments", `${flag} wants a whole number but got "${text}"`, { value: text });
}

/** One line on the terminal that rewrites itself. */
function showProgress({ label, done, total, unit, secondsLeft }: Progress): void {
  const left = Number.isFinite(secondsLeft) ? `, ${Math.ceil(secondsLeft)} s left` : "";
  const end = done >= total ? "\n" : "";
  process.stderr.write(`\r\u001b[K${label}: ${done} of ${total} ${unit}${left}${end}`);
}

async function verify({ preset, json }: Flags, name: string, { print }: Context): Promise<number> {
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
