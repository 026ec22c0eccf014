import { resolve } from "node:path";
import { UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { importCheckpoints, importMatrix, importNws, importUnterthiner } from "../../zoo/interop/index.js";
import type { ImportOptions } from "../../zoo/interop/write.js";
import type { ImportedZoo } from "../../zoo/store/zoo.js";
import { type Command, type Context, positiveNumber, readArguments } from "../command.js";

const help = `weightbook zoo import FORMAT SOURCE --folder DIR

  FORMAT           unterthiner   folder of the Small CNN Zoo: weights.npy, metrics.csv(.gz), layout.csv
                   nws           folder of the neural weight space data set: index CSVs, weights/001..020.bin
                   npy           matrix.npy, rows are checkpoints; facts.csv and layout.json beside it
                   safetensors   folder of one file a checkpoint, or one file with all; facts.csv beside them

  --folder DIR     where the zoo is written
  --name NAME      its name (default: the format's)
  --models N       only the first N models
  --json           prints one JSON value
`;

const options = {
  folder: { type: "string" },
  name: { type: "string" },
  models: { type: "string" },
  json: { type: "boolean" },
} as const;

type Importer = (source: string, options: ImportOptions & { models?: number }) => Promise<ImportedZoo>;

const importers: Readonly<Record<string, Importer>> = {
  unterthiner: importUnterthiner,
  nws: importNws,
  npy: importMatrix,
  safetensors: importCheckpoints,
};

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("zoo import", args, options, 2);
  const [format = "", source] = positionals;
  const importer = Object.hasOwn(importers, format) ? importers[format] : undefined;
  if (!importer) {
    const known = Object.keys(importers).join(", ");
    throw new UsageError("arguments", `weightbook zoo import knows the formats ${known}, not "${format}"`, {
      value: format,
    });
  }
  if (source === undefined || values.folder === undefined) {
    throw new UsageError(
      "arguments",
      `weightbook zoo import ${format} wants a source, and where to write: ${format} SOURCE --folder DIR`,
    );
  }
  const models = positiveNumber("--models", values.models);
  if (models !== undefined && !Number.isInteger(models)) {
    throw new UsageError("arguments", `--models wants a whole number but got "${values.models}"`, {
      value: values.models,
    });
  }
  const zoo = await importer(resolve(source), {
    folder: resolve(values.folder),
    signal,
    onProgress: progressBar(),
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(models === undefined ? {} : { models }),
  });
  const { diverged } = zoo.facts;
  const report = {
    folder: zoo.folder,
    format,
    models: zoo.models,
    checkpoints: diverged.length,
    divergedCheckpoints: diverged.filter(Boolean).length,
    divergedModels: zoo.diverged.length,
  };
  print(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
  return 0;
}

function reportText(report: {
  readonly folder: string;
  readonly models: number;
  readonly checkpoints: number;
  readonly divergedCheckpoints: number;
  readonly divergedModels: number;
}): string {
  const { folder, models, checkpoints, divergedCheckpoints, divergedModels } = report;
  return `imported ${checkpoints} checkpoints of ${models} models to ${folder}; ${divergedCheckpoints} checkpoints of ${divergedModels} models diverged\n`;
}

export const zooImportCommand: Command = { help, run };
