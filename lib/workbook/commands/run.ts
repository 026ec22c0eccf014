import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Preset, parsePreset, projectRoot, siteFolder } from "../../core/environment.js";
import { InterruptedError, WeightbookError } from "../../core/errors.js";
import { type Command, type Context, positiveNumber, readArguments } from "../command.js";
import { type Notebook, readNotebook, writeNotebook } from "../runner/notebook.js";
import { hasTag, injectedTag, parseParameter } from "../runner/parameters.js";
import { type CellFailure, runNotebook } from "../runner/run.js";
import { type BoardRow, scoreboardText, scoreRows } from "../scoreboard.js";
import { listSeries, type Parameters, type SeriesEntry, shareParameters } from "../series.js";
import { writeSite } from "../site/write.js";
import { LiveOutput } from "../terminal.js";

const help = `weightbook run [--only 01,04] [--preset NAME] [--param name=value]... [--zoo-dir DIR] [--write] [--timeout S] [--json]

Runs the notebooks in order, writes the site and prints the scoreboard.

  --only 01,04         only these notebooks
  --preset NAME        smoke, quick, laptop or paper (default: WEIGHTBOOK_PRESET, else quick)
  --param name=value   sets a variable of the cells tagged "parameters" (repeatable; value is JSON or text)
  --zoo-dir DIR        published zoos in place of ours, for the notebooks that can use them (sets their zooDir)
  --write              puts the outputs into the notebooks themselves; else executed copies go to site/notebooks
  --timeout S          limit for each cell in seconds (default: none)
  --notebooks DIR      folder of the notebooks (default: the project's)
  --out DIR            folder of the site (default: the project's site)
  --json               prints one JSON report instead of live output

Exit 0 when every notebook ran, 1 when one failed, 2 for wrong usage, 130 when interrupted.
`;

const options = {
  only: { type: "string" },
  preset: { type: "string" },
  param: { type: "string", multiple: true },
  "zoo-dir": { type: "string" },
  write: { type: "boolean" },
  timeout: { type: "string" },
  notebooks: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
} as const;

interface Settings {
  readonly entries: readonly SeriesEntry[];
  readonly shares: Map<SeriesEntry, Parameters>;
  readonly preset: Preset;
  readonly write: boolean;
  readonly timeoutSeconds?: number;
  readonly folder: string;
  readonly out: string;
  readonly json: boolean;
}

/** What became of one notebook. */
interface Outcome {
  readonly notebook: string;
  readonly seconds: number;
  readonly cells: number;
  readonly error?: CellFailure | { readonly evalue: string };
}

function readSettings(args: readonly string[]): Settings {
  const { values } = readArguments("run", args, options);
  const folder = resolve(values.notebooks ?? join(projectRoot, "notebooks"));
  const preset = parsePreset(values.preset ?? (process.env.WEIGHTBOOK_PRESET || "quick"));
  const timeoutSeconds = positiveNumber("--timeout", values.timeout);
  const parameters = Object.fromEntries((values.param ?? []).map(parseParameter));
  // Notebooks run in their own folder.
  if (values["zoo-dir"]) parameters.zooDir = resolve(values["zoo-dir"]);
  const entries = listSeries(
    folder,
    values.only?.split(",").map((number) => number.trim()),
  );
  const shares = shareParameters(entries, parameters);
  const out = resolve(values.out ?? siteFolder());
  const [write, json] = [values.write ?? false, values.json ?? false];
  return { entries, shares, preset, write, timeoutSeconds, folder, out, json };
}

async function run(args: readonly string[], context: Context): Promise<number> {
  const settings = readSettings(args);
  const outcomes: Outcome[] = [];
  const board: BoardRow[] = [];
  for (const [index, entry] of settings.entries.entries()) {
    if (!settings.json) {
      context.print(
        `\n=== ${entry.name} (${index + 1} of ${settings.entries.length}, ${settings.preset}) ===\n`,
      );
    }
    const { outcome, notebook } = await runOne(entry, settings, context);
    outcomes.push(outcome);
    if (notebook) board.push(...scoreRows(notebook, entry.name));
    if (!settings.json) context.print(outcomeText(outcome));
  }
  const index = writeSite({ notebooks: sitePages(settings), out: settings.out });
  report(outcomes, board, index, settings, context);
  return outcomes.some(({ error }) => error) ? 1 : 0;
}

/** Runs one notebook and stores it; a failure becomes part of the outcome, an interrupt is thrown on. */
async function runOne(
  entry: SeriesEntry,
  settings: Settings,
  context: Context,
): Promise<{ outcome: Outcome; notebook?: Notebook }> {
  const live = new LiveOutput(context.print, process.stdout.isTTY ?? false);
  try {
    const { notebook, report } = await runNotebook(entry.path, {
      parameters: settings.shares.get(entry),
      preset: settings.preset,
      env: { WEIGHTBOOK_SITE: settings.out },
      timeoutSeconds: settings.timeoutSeconds,
      signal: context.signal,
      onOutput: settings.json ? undefined : (output, _cell, update) => live.show(output, update),
    });
    live.freshLine();
    store(entry, notebook, settings, report.error !== undefined);
    return { outcome: { notebook: entry.name, ...report }, notebook };
  } catch (error) {
    live.freshLine();
    if (error instanceof InterruptedError || !(error instanceof WeightbookError)) throw error;
    return { outcome: { notebook: entry.name, seconds: 0, cells: 0, error: { evalue: error.message } } };
  }
}

/** Executed copies go beside the site; with --write the outputs go into the notebook, whose sources stay as they are. */
function store(entry: SeriesEntry, notebook: Notebook, settings: Settings, failed: boolean): void {
  const metadata = { ...notebook.metadata, weightbook: { preset: settings.preset } };
  const executed = { ...notebook, metadata };
  writeNotebook(join(settings.out, "notebooks", basename(entry.path)), executed);
  // A committed notebook never shows an error.
  if (!settings.write || failed) return;
  const cells = notebook.cells.filter((cell) => !hasTag(cell, injectedTag));
  writeNotebook(entry.path, { cells, metadata });
}

/** The series with executed copies where there are some. */
function sitePages({ folder, out }: Settings): string[] {
  return listSeries(folder).map(({ path }) => {
    const executed = join(out, "notebooks", basename(path));
    try {
      readNotebook(executed);
      return executed;
    } catch {
      return path;
    }
  });
}

function outcomeText({ notebook, seconds, cells, error }: Outcome): string {
  if (!error) return `--- ${notebook}: ${cells} cells in ${seconds.toFixed(1)} s\n`;
  return `--- ${notebook} FAILED${failurePlace(error)}: ${error.evalue.split("\n")[0]}\n`;
}

function failurePlace(error: NonNullable<Outcome["error"]>): string {
  if (!("cell" in error)) return "";
  const line = error.line === undefined ? "" : `, line ${error.line}`;
  return ` in cell [${error.codeCell}]${line} \`${error.source.trim()}\`: ${error.ename}`;
}

function report(
  outcomes: readonly Outcome[],
  board: readonly BoardRow[],
  index: string,
  settings: Settings,
  { print }: Context,
): void {
  const failed = outcomes.filter(({ error }) => error);
  if (settings.json) {
    print(
      `${JSON.stringify({ preset: settings.preset, notebooks: outcomes, scoreboard: board, site: index })}\n`,
    );
    return;
  }
  print(`\nScoreboard (${settings.preset})\n\n${scoreboardText(board)}`);
  if (failed.length > 0) print(`\n${failed.length} of ${outcomes.length} notebooks failed:\n`);
  for (const outcome of failed) print(outcomeText(outcome));
  print(`\nThe site is ready: open ${index}\n  ${pathToFileURL(index).href}\n`);
}

export const runCommand: Command = { help, run };
