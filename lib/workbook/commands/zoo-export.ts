import { resolve } from "node:path";
import { UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { type ExportFormat, exportFormats, exportZoo } from "../../zoo/interop/index.js";
import { openZoo } from "../../zoo/store/zoo.js";
import { type Command, type Context, readArguments } from "../command.js";
import { findZoo } from "./zoo-places.js";

const help = `weightbook zoo export ZOO --format FORMAT --folder DIR

  ZOO              a zoo's folder, or its name (its newest training in the cache)

  --format FORMAT  npy           weights.npy [checkpoints, parameters], facts.csv, layout.json
                   safetensors   a file a checkpoint with torch's tensor names, facts.csv
                   unterthiner   weights.npy, metrics.csv.gz, layout.csv of the Small CNN Zoo
  --folder DIR     where it is written; must not be there, or be empty
  --replace        replaces an earlier export at the same place (and nothing else)
  --json           prints one JSON value
`;

const options = {
  format: { type: "string" },
  folder: { type: "string" },
  replace: { type: "boolean" },
  json: { type: "boolean" },
} as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("zoo export", args, options, 1);
  const { format = "", folder } = values;
  if (!isFormat(format)) {
    throw new UsageError("arguments", `--format wants ${exportFormats.join(", ")}, not "${format}"`, {
      value: format,
    });
  }
  if (positionals[0] === undefined || folder === undefined) {
    throw new UsageError("arguments", "weightbook zoo export wants a zoo, --format and --folder");
  }
  const zoo = await openZoo(findZoo(positionals[0]));
  const { replace = false } = values;
  const how = { signal, replace, onProgress: progressBar() };
  const report = await exportZoo(zoo, resolve(folder), format, how);
  print(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `wrote ${report.checkpoints} checkpoints as ${format} to ${report.folder}\n`,
  );
  return 0;
}

function isFormat(text: string): text is ExportFormat {
  return (exportFormats as readonly string[]).includes(text);
}

export const zooExportCommand: Command = { help, run };
