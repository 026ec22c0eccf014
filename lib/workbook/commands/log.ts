import { resolve } from "node:path";
import { type FolderLog, folderLog } from "../../analysis/index.js";
import { UsageError } from "../../core/errors.js";
import { writeFileAtomic } from "../../core/files.js";
import { renderSvg, versionGraph } from "../../figures/index.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { type Command, type Context, positiveNumber, readArguments } from "../command.js";
import { logPage } from "../log/log-page.js";
import { logText } from "../log/log-text.js";

const help = `weightbook log DIR [--runs N] [--json] [--svg FILE] [--html FILE]

Reads a folder of checkpoints of neural networks (.safetensors or .npy, one file each, in folders at any depth) and says
from the weights alone which belong to one training run, in which order they were trained, and where a run left another.
Names are not looked at. It is drawn as git log --graph does: newest on top, a branch above the checkpoint that it left.

  --runs N     number of unrelated runs, where it is known (default: found; forks come on top)
  --json       prints one JSON value
  --svg FILE   writes the graph as a picture
  --html FILE  writes a page with picture and text
`;

const options = {
  runs: { type: "string" },
  json: { type: "boolean" },
  svg: { type: "string" },
  html: { type: "string" },
} as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("log", args, options, 1);
  if (positionals[0] === undefined) {
    throw new UsageError("arguments", "weightbook log wants a folder of checkpoints: weightbook log DIR");
  }
  const runs = positiveNumber("--runs", values.runs);
  if (runs !== undefined && !Number.isInteger(runs)) {
    throw new UsageError("arguments", `--runs wants a whole number but got "${values.runs}"`, {
      value: values.runs,
    });
  }
  const found = await folderLog(resolve(positionals[0]), {
    signal,
    onProgress: progressBar(),
    ...(runs === undefined ? {} : { runs }),
  });
  if (values.svg !== undefined || values.html !== undefined) {
    const svg = renderSvg(versionGraph(found.log, { names: found.files }));
    if (values.svg !== undefined) writeFileAtomic(resolve(values.svg), svg);
    if (values.html !== undefined) writeFileAtomic(resolve(values.html), logPage(found, svg));
  }
  print(values.json ? `${JSON.stringify(report(found))}\n` : logText(found));
  return 0;
}

/** The log with files in place of rows; infinities and NaN become null. */
function report({ folder, files, log, layouts, layoutOfFamily, skipped }: FolderLog) {
  const nameOf = (row: number) => files[row];
  return {
    folder,
    files: files.length,
    families: log.families,
    runs: log.runs.map(({ checkpoints, steps, fork, family, ...sureness }) => ({
      checkpoints: Array.from(checkpoints, nameOf),
      steps: Array.from(steps),
      family,
      layout: layoutOfFamily[family],
      fork: fork && { ...fork, checkpoint: nameOf(fork.checkpoint) },
      ...sureness,
    })),
    copies: log.copies.map((rows) => Array.from(rows, nameOf)),
    layouts,
    skipped,
  };
}

export const logCommand: Command = { help, run };
