import { basename, dirname, resolve } from "node:path";
import type { Preset } from "../../core/environment.js";
import { CellError, checkOptions, InterruptedError } from "../../core/errors.js";
import { languageInfo } from "../../kernel/protocol/kernel-info.js";
import type { Message } from "../../kernel/protocol/wire.js";
import { kernelspec } from "../kernelspec.js";
import { KernelClient } from "./client.js";
import type { Cell, ErrorOutput, Notebook, Output } from "./notebook.js";
import { readNotebook } from "./notebook.js";
import { OutputCollector, settleOutputs } from "./outputs.js";
import { hasTag, injectParameters, type ParameterValue } from "./parameters.js";

/** Where and why a notebook stopped. */
export interface CellFailure {
  /** Index among all cells of the executed notebook, from 0. */
  readonly cell: number;
  /** Position among its code cells, from 1, as Jupyter's brackets show it. */
  readonly codeCell: number;
  /** Line in the cell, from 1, where the kernel could tell. */
  readonly line?: number;
  /** That line of the cell, or its first one. */
  readonly source: string;
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export interface RunReport {
  /** Code cells that were run. */
  readonly cells: number;
  readonly seconds: number;
  readonly error?: CellFailure;
}

export interface RunOptions {
  /** New values for variables of the cell tagged `parameters`. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** What the kernel finds in WEIGHTBOOK_PRESET. */
  readonly preset?: Preset;
  /** Limit for each cell; none when left out. */
  readonly timeoutSeconds?: number;
  /** Called with each output as it arrives; `update` when it replaces what an earlier display showed. */
  readonly onOutput?: (output: Output, cell: Cell, update: boolean) => void;
  readonly onCell?: (cell: Cell, index: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The kernel's folder; the notebook's own by default, as in Jupyter. */
  readonly cwd?: string;
  /** More environment variables for the kernel. */
  readonly env?: NodeJS.ProcessEnv;
}

const knownOptions = ["parameters", "preset", "timeoutSeconds", "onOutput", "onCell", "signal", "cwd", "env"];

/** How long (ms) an interrupted cell has to end before its kernel is killed. */
const interruptLimitMs = 3000;

/**
 * Runs a notebook from its first code cell to its last in a fresh kernel and returns it with its outputs. A cell that
 * fails ends the run and is described in the report (unless it is tagged `raises-exception`). The file is not touched.
 * @throws UsageError when a parameter is unknown or of the wrong type; DataError when the file is not a notebook;
 *   InterruptedError when `signal` is aborted; CellError "kernel/start" when no kernel comes up
 */
export async function runNotebook(
  path: string,
  options: RunOptions = {},
): Promise<{ notebook: Notebook; report: RunReport }> {
  checkOptions(options, knownOptions, "runNotebook");
  const name = basename(path);
  const notebook = injectParameters(readNotebook(path), options.parameters ?? {}, name);
  if (options.signal?.aborted) throw new InterruptedError(name);
  const started = performance.now();
  const collector = new OutputCollector();
  for (const cell of notebook.cells) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  const client = await KernelClient.start({
    cwd: options.cwd ?? dirname(resolve(path)),
    env: { ...(options.preset ? { WEIGHTBOOK_PRESET: options.preset } : {}), ...options.env },
    onPublished: (message) => {
      const added = collector.add(message);
      if (added) options.onOutput?.(added.output, added.cell, added.update);
    },
  });
  try {
    const { cells, error } = await runCells(client, notebook, collector, options);
    if (options.signal?.aborted) throw new InterruptedError(name);
    const seconds = (performance.now() - started) / 1000;
    notebook.metadata = { kernelspec, language_info: languageInfo };
    return { notebook, report: { cells, seconds, ...(error ? { error } : {}) } };
  } finally {
    await client.shutdown();
    notebook.cells.forEach(settleOutputs);
  }
}

async function runCells(
  client: KernelClient,
  notebook: Notebook,
  collector: OutputCollector,
  options: RunOptions,
): Promise<{ cells: number; error?: CellFailure }> {
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "");
  let count = 0;
  for (const cell of codeCells) {
    if (options.signal?.aborted) break;
    options.onCell?.(cell, count, codeCells.length);
    cell.execution_count = ++count;
    const failure = await runCell(client, cell, collector, options);
    if (!failure) continue;
    if (hasTag(cell, "raises-exception") && !(failure instanceof CellError)) continue;
    return { cells: count, error: describe(failure, notebook.cells.indexOf(cell), count, cell) };
  }
  return { cells: count };
}

type Failure = Pick<ErrorOutput, "ename" | "evalue" | "traceback">;

/** Runs one cell; returns why it failed, if it did. A CellError means that the kernel is of no use any more. */
async function runCell(
  client: KernelClient,
  cell: Cell,
  collector: OutputCollector,
  options: RunOptions,
): Promise<Failure | CellError | undefined> {
  const finished = client.execute(cell.source, (id) => collector.begin(id, cell));
  const gone = client.gone.then((how) => new CellError("kernel/died", `${how} while this cell ran`));
  let reply = await firstOf(finished, gone, options.timeoutSeconds, options.signal);
  if (reply === "late" || reply === "aborted") {
    const why = reply;
    client.interrupt();
    reply = await firstOf(finished, gone, (why === "aborted" ? 1000 : interruptLimitMs) / 1000, undefined);
    if (reply === "late") client.kill();
    if (why === "aborted") return undefined;
    const stubborn = reply === "late" ? " and had to be killed" : "";
    const message = `the cell ran longer than ${options.timeoutSeconds} s${stubborn}; raise --timeout or choose a smaller preset`;
    return new CellError("cell/timeout", message);
  }
  if (reply instanceof CellError) return reply;
  return failureOf(reply);
}

/** The reply, the kernel's end, or why to stop waiting, whichever comes first. */
async function firstOf(
  reply: Promise<Message>,
  gone: Promise<CellError>,
  seconds: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Message | CellError | "late" | "aborted"> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const late = new Promise<"late">((resolve) => {
    if (seconds !== undefined) timer = setTimeout(resolve, seconds * 1000, "late");
  });
  const aborted = new Promise<"aborted">((resolve) => {
    stop = () => resolve("aborted");
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([reply, gone, late, aborted]);
  } finally {
    clearTimeout(timer);
    if (stop) signal?.removeEventListener("abort", stop);
  }
}

function failureOf(reply: Message): Failure | undefined {
  const { status, ename, evalue, traceback } = reply.content;
  if (status === "ok") return undefined;
  return {
    ename: String(ename ?? status),
    evalue: String(evalue ?? "the kernel did not say why"),
    traceback: Array.isArray(traceback) ? traceback.map(String) : [],
  };
}

function describe(
  failure: Failure | CellError,
  cell: number,
  codeCell: number,
  { source }: Cell,
): CellFailure {
  const lines = source.split("\n");
  if (failure instanceof CellError) {
    const { code, message } = failure;
    const ename = code === "cell/timeout" ? "CellTimeout" : "KernelDied";
    return { cell, codeCell, source: lines[0], ename, evalue: message, traceback: [`${ename}: ${message}`] };
  }
  const line = failureLine(failure, codeCell);
  const { ename, evalue, traceback } = failure;
  return { cell, codeCell, line, source: lines[(line ?? 1) - 1] ?? lines[0], ename, evalue, traceback };
}

/** Compile errors start with "line:column"; stack frames name the cell by its number and the line. */
function failureLine({ ename, evalue, traceback }: Failure, codeCell: number): number | undefined {
  const compile = ename === "TypeScriptError" ? /^(\d+):\d+ - /.exec(evalue) : null;
  const match = compile ?? new RegExp(`cell\\[${codeCell}\\]:(\\d+)`).exec(traceback.join("\n"));
  return match ? Number(match[1]) : undefined;
}
