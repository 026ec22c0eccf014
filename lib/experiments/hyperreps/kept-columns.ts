import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelScores } from "../../analysis/probes/model-scores.js";
import type { ProbeCell } from "../../analysis/probes/probe-features.js";
import { type ProbeColumn, type ProbeTableOptions, probeTable } from "../../analysis/probes/probe-table.js";
import { cacheFolder } from "../../core/environment.js";
import { writeFileAtomic } from "../../core/files.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import { inParts } from "../../core/progress.js";
import type { ZooRows, ZooSplits } from "../../representations/zoo-rows.js";

/** To be raised when probes or baselines change what they find. */
const version = 1;

/** What is kept of a probe: its score, and what intervals and differences of scores are made from. */
export type KeptCell = Pick<ProbeCell, "target" | "kind" | "interval" | "scores">;

/** `cells[row][column]`. */
export interface KeptTable {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly KeptCell[])[];
}

export interface KeptColumnsOptions extends Omit<ProbeTableOptions, "caption"> {
  /** Names the table and its random numbers. */
  readonly id: string;
  /** Where columns are kept. Default: `probes` in the cache. */
  readonly folder?: string;
}

/**
 * `probeTable` of one zoo, each column kept in a file named after all that determines it: a column takes minutes where
 * softmaxes are fitted on thousands of weights, and a table that is made again, or was stopped, finds those that are done.
 * @throws as probeTable; StoreError when the folder cannot be written
 */
export async function keptColumns(
  splits: ZooSplits,
  columns: readonly ProbeColumn[],
  targets: Readonly<Record<string, string>>,
  { folder = join(cacheFolder(), "probes"), onProgress, ...options }: KeptColumnsOptions,
): Promise<KeptTable> {
  mkdirSync(folder, { recursive: true });
  const { id, probe, standardise, alphas, softmax, adam, trees } = options;
  const data = [splits.train, splits.validation, splits.test].map((rows) => contentOf(rows, targets));
  const settings = { version, id, probe, standardise, alphas, softmax, adam, trees, targets, data };
  const part = inParts(onProgress, "probe table", columns.length);
  const kept: KeptCell[][] = [];
  for (const [c, column] of columns.entries()) {
    const { name, probe: own } = column;
    const key = sha256(canonicalJson({ ...settings, column: name, own })).slice(0, 16);
    const path = join(folder, `${key}.json`);
    let cells = read(path);
    if (!cells) {
      const report = part(c);
      const listening = report ? { onProgress: report } : {};
      const found = await probeTable(splits, [column], targets, { ...options, ...listening });
      cells = found.cells.map(([{ target, kind, interval, scores }]) => ({ target, kind, interval, scores }));
      writeFileAtomic(path, JSON.stringify(cells, withLists));
    }
    part(c)?.({ label: "", done: 1, total: 1, unit: "", ratePerSecond: 0, secondsLeft: 0 });
    kept.push(cells);
  }
  const rows = Object.keys(targets);
  return {
    rows,
    columns: columns.map(({ name }) => name),
    cells: rows.map((_, t) => kept.map((cells) => cells[t])),
  };
}

/** Hash of weights, of the facts that are read, and of what representations know of the networks. */
function contentOf({ weights, facts, layout }: ZooRows, targets: Readonly<Record<string, string>>): string {
  const { data, rows, cols } = weights;
  const bytes = sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const columns = ["model", ...Object.values(targets)].map((name) => [
    name,
    Array.from(facts[name] as ArrayLike<unknown>, String),
  ]);
  return sha256(canonicalJson({ bytes, rows, cols, columns, layout: JSON.stringify(layout) }));
}

/** Undefined where there is no such file, or none that is whole: then the column is made again. */
function read(path: string): KeptCell[] | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"), withArrays) as KeptCell[];
  } catch {
    return undefined;
  }
}

/** Typed arrays as lists; what is no finite number, as its name. */
function withLists(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

const integers = ["models"];
const reals = ["counts", "sums", "squares", "residuals", "hits"];
const notFinite = ["NaN", "Infinity", "-Infinity"];

/** Lists as the typed arrays of ModelScores that they were. */
function withArrays(name: string, value: unknown): unknown {
  if (integers.includes(name)) return Int32Array.from(value as number[]) satisfies ModelScores["models"];
  if (reals.includes(name)) return Float64Array.from(value as number[]) satisfies ModelScores["counts"];
  return typeof value === "string" && notFinite.includes(value) ? Number(value) : value;
}
