import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { DataError, UsageError } from "../core/errors.js";
import { readNotebook } from "./runner/notebook.js";
import { injectParameters, type ParameterValue, parameterNames } from "./runner/parameters.js";

/** A notebook of the series: `04-clusters-and-order.ipynb` has number 04. */
export interface SeriesEntry {
  readonly path: string;
  /** File name without `.ipynb`. */
  readonly name: string;
  readonly number: string;
}

/**
 * The notebooks of a folder, in order of their numbers.
 * @param only numbers to choose, e.g. ["01", "4"]; all when left out
 * @throws UsageError naming the known numbers; DataError when the folder has none
 */
export function listSeries(folder: string, only?: readonly string[]): SeriesEntry[] {
  const entries = filesOf(folder)
    .flatMap((file) => {
      const number = /^(\d+)-.*\.ipynb$/.exec(file)?.[1];
      return number ? [{ path: join(folder, file), name: basename(file, ".ipynb"), number }] : [];
    })
    .sort((a, b) => Number(a.number) - Number(b.number) || (a.name < b.name ? -1 : 1));
  if (entries.length === 0) {
    throw new DataError("series/empty", `there is no notebook like 01-name.ipynb in ${folder}`, {
      value: folder,
    });
  }
  if (!only) return entries;
  for (const wanted of only) {
    if (entries.some(({ number }) => Number(number) === Number(wanted) && /^\d+$/.test(wanted))) continue;
    const known = entries.map(({ number }) => number).join(", ");
    throw new UsageError("series/unknown", `there is no notebook "${wanted}"; choose from ${known}`, {
      value: wanted,
    });
  }
  const numbers = only.map(Number);
  return entries.filter(({ number }) => numbers.includes(Number(number)));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new DataError("series/missing", `there is no folder ${folder}`, { value: folder, cause });
  }
}

export type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * Gives each notebook those parameters that it declares.
 * @throws UsageError when none of them declares a parameter, or a value has the wrong type
 */
export function shareParameters(
  entries: readonly SeriesEntry[],
  values: Parameters,
): Map<SeriesEntry, Parameters> {
  const shares = new Map<SeriesEntry, Parameters>();
  const declared = new Set<string>();
  for (const entry of entries) {
    const notebook = readNotebook(entry.path);
    const names = parameterNames(notebook);
    for (const name of names) declared.add(name);
    const share = Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
    injectParameters(notebook, share, basename(entry.path));
    shares.set(entry, share);
  }
  const unknown = Object.keys(values).find((name) => !declared.has(name));
  if (unknown !== undefined) {
    const known = [...declared].sort().join(", ") || "none";
    const message = `none of the chosen notebooks has a parameter "${unknown}"; they know ${known}`;
    throw new UsageError("parameter/unknown", message, { value: unknown });
  }
  return shares;
}
