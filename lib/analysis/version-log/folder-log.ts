import { join } from "node:path";
import { checkOptions, DataError, SpecError, WeightbookError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { type Matrix, matrix, takeRows } from "../../core/matrix.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import {
  listWeightFiles,
  openWeightFile,
  type WeightFile,
  weightsOf,
} from "../../zoo/interop/weight-files.js";
import { Folding } from "./fold.js";
import type { LoggedRun, VersionLog } from "./types.js";
import { versionLog } from "./version-log.js";

export interface FolderLogOptions extends LongRunOptions {
  /** Number of unrelated runs, where it is known and all files have one layout; see VersionLogOptions. */
  readonly runs?: number;
  /** Bytes that the weights may take, 1 GiB by default. Files that need more are folded; see FolderLayout. */
  readonly memory?: number;
}

/** Files whose tensors have equal names and shapes; only these can be compared. */
export interface FolderLayout {
  /** E.g. "conv.weight [8 x 1 x 3 x 3], conv.bias [8]". */
  readonly words: string;
  /** Weights of a file. */
  readonly parameters: number;
  readonly files: number;
  /** Numbers that each file was folded to, to fit into memory; null where all weights were compared. */
  readonly foldedTo: number | null;
}

/** The version log of a folder: rows of the log are places in `files`. */
export interface FolderLog {
  readonly folder: string;
  /** Files that were read, relative to the folder. */
  readonly files: readonly string[];
  readonly log: VersionLog;
  /** By falling number of files. */
  readonly layouts: readonly FolderLayout[];
  /** Layout of each family of the log. */
  readonly layoutOfFamily: readonly number[];
  /** Files that were left out, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/** Fewest files that say anything about order. */
const fewest = 3;

/**
 * The version log of a folder of anybody's checkpoints: one .safetensors or .npy file each, in folders at any depth,
 * under any names, which are not looked at. Files of different tensors are logged apart. A file that cannot be read, or
 * holds NaN or infinity, is left out and named in `skipped`.
 * @throws DataError when the folder is not there, or fewer than three files can be read; SpecError for wrong options;
 *   InterruptedError
 */
export async function folderLog(folder: string, given: FolderLogOptions = {}): Promise<FolderLog> {
  checkOptions(given, ["runs", "memory", "signal", "onProgress"], "folderLog");
  const options = interruptible(given);
  const { signal, runs, memory = 2 ** 30 } = options;
  const skipped: { file: string; reason: string }[] = [];
  const groups = await openAll(folder, skipped, { signal });
  if (runs !== undefined && groups.length > 1) {
    throw new SpecError(
      "version-log/runs",
      `${folder} holds files of ${groups.length} layouts, for which one number of runs says nothing; log them apart`,
      { value: runs },
    );
  }
  const part = inParts(options.onProgress, "version log", 2 * groups.length);
  const files: string[] = [];
  const logs: VersionLog[] = [];
  const layouts: FolderLayout[] = [];
  for (const [index, group] of groups.entries()) {
    const reading = { signal, onProgress: part(2 * index) };
    const read = await readGroup(folder, group, memory, skipped, reading);
    if (read.files.length === 0) continue;
    const tensors = read.foldedTo === null ? group[0].tensors.map(({ length }) => length) : undefined;
    const log = await versionLog(read.weights, {
      signal,
      onProgress: part(2 * index + 1),
      ...(tensors ? { tensors } : {}),
      ...(runs === undefined ? {} : { runs }),
    });
    logs.push(moved(log, files.length));
    files.push(...read.files);
    const { foldedTo } = read;
    layouts.push({
      words: wordsOf(group[0]),
      parameters: group[0].parameters,
      files: read.files.length,
      foldedTo,
    });
  }
  checkCount(folder, files.length, skipped);
  return { folder, files, ...joined(logs), layouts, skipped };
}

/** Files by layout, the largest group first. */
async function openAll(
  folder: string,
  skipped: { file: string; reason: string }[],
  options: LongRunOptions,
): Promise<WeightFile[][]> {
  const names = listWeightFiles(folder);
  const pacer = new Pacer("opening files", names.length, "files", options);
  const groups = new Map<string, WeightFile[]>();
  for (const name of names) {
    try {
      const file = openWeightFile(join(folder, name));
      const key = `${name.endsWith(".npy")} ${JSON.stringify(file.tensors)}`;
      const group = groups.get(key);
      if (group) group.push({ ...file, path: name });
      else groups.set(key, [{ ...file, path: name }]);
    } catch (error) {
      skipped.push({ file: name, reason: reasonOf(error) });
    }
    await pacer.add(1);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

interface GroupWeights {
  readonly files: string[];
  readonly weights: Matrix;
  readonly foldedTo: number | null;
}

async function readGroup(
  folder: string,
  group: readonly WeightFile[],
  memory: number,
  skipped: { file: string; reason: string }[],
  options: LongRunOptions,
): Promise<GroupWeights> {
  const { parameters } = group[0];
  const room = Math.max(1024, Math.floor(memory / (4 * group.length)));
  const foldedTo = parameters > room ? room : null;
  const weights = matrix(group.length, foldedTo ?? parameters);
  const pacer = new Pacer("reading files", group.length, "files", options);
  const kept: number[] = [];
  for (const [row, file] of group.entries()) {
    try {
      readInto(
        { ...file, path: join(folder, file.path) },
        weights.data.subarray(row * weights.cols, (row + 1) * weights.cols),
        foldedTo !== null,
      );
      kept.push(row);
    } catch (error) {
      skipped.push({ file: file.path, reason: reasonOf(error) });
    }
    await pacer.add(1);
  }
  const isWhole = kept.length === group.length;
  return {
    files: kept.map((row) => group[row].path),
    weights: isWhole ? weights : takeRows(weights, kept),
    foldedTo,
  };
}

function readInto(file: WeightFile, target: Float32Array, isFolded: boolean): void {
  const folding = isFolded ? new Folding(target) : undefined;
  let offset = 0;
  for (const values of weightsOf(file)) {
    if (folding) folding.add(values);
    else target.set(values, offset);
    offset += values.length;
  }
  const wrong = target.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new DataError("weights/not-finite", `${file.path} holds ${wrong}: its training diverged`);
}

/** An error as the reason why a file is left out; errors of the program itself are thrown on. */
function reasonOf(error: unknown): string {
  const isOfSystem = typeof (error as NodeJS.ErrnoException).code === "string";
  if (error instanceof WeightbookError || isOfSystem) return (error as Error).message;
  throw error;
}

function checkCount(folder: string, count: number, skipped: readonly { reason: string }[]): void {
  if (count >= fewest) return;
  const first = skipped.length > 0 ? ` (${skipped.length} could not be read: ${skipped[0].reason})` : "";
  throw new DataError(
    "version-log/few",
    `${folder} holds ${count} readable files of weights${first}; a log needs at least ${fewest}`,
    { value: count },
  );
}

/** A log whose rows begin at `first`. */
function moved(log: VersionLog, first: number): VersionLog {
  const later = (rows: Int32Array) => rows.map((row) => row + first);
  const runs = log.runs.map(
    (run): LoggedRun => ({
      ...run,
      checkpoints: later(run.checkpoints),
      fork: run.fork && { ...run.fork, checkpoint: run.fork.checkpoint + first },
    }),
  );
  return { ...log, runs, copies: log.copies.map(later) };
}

/** Logs of several layouts as one: their families follow each other. */
function joined(logs: readonly VersionLog[]): Pick<FolderLog, "log" | "layoutOfFamily"> {
  const runs: LoggedRun[] = [];
  const layoutOfFamily: number[] = [];
  logs.forEach((log, layout) => {
    const [firstRun, firstFamily] = [runs.length, layoutOfFamily.length];
    for (const run of log.runs) {
      const fork = run.fork && { ...run.fork, parent: run.fork.parent + firstRun };
      runs.push({ ...run, fork, family: run.family + firstFamily });
    }
    for (let i = 0; i < log.families; i++) layoutOfFamily.push(layout);
  });
  const copies = logs.flatMap((log) => log.copies);
  return { log: { runs, families: layoutOfFamily.length, copies }, layoutOfFamily };
}

/** Tensors that a layout's words name before they say how many more there are. */
const namedTensors = 4;

function wordsOf({ tensors }: WeightFile): string {
  const words = tensors
    .slice(0, namedTensors)
    .map(({ name, shape }) => `${name} [${shape.join(" x ")}]`.trim());
  const more = tensors.length - namedTensors;
  return more > 0 ? `${words.join(", ")} and ${more} more` : words.join(", ");
}
