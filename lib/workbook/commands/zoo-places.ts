import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parsePreset, presets } from "../../core/environment.js";
import { UsageError } from "../../core/errors.js";
import { zoosFolder } from "../../zoo/index.js";

/** Folders of zoos in the cache, finished or not, newest first. */
export function storedZoos(): string[] {
  if (!existsSync(zoosFolder())) return [];
  const folders = readdirSync(zoosFolder()).map((name) => join(zoosFolder(), name));
  const age = new Map(folders.map((folder) => [folder, statSync(folder).mtimeMs]));
  return folders.sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0));
}

/**
 * The folder that a name or a path means.
 * @throws UsageError when there is no such zoo
 */
export function findZoo(name: string, preset?: string): string {
  if (existsSync(name)) return resolve(name);
  const sizes: readonly string[] = preset === undefined ? [...presets, "custom"] : [parsePreset(preset)];
  const found = storedZoos().find((folder) => isPlaceOf(basename(folder), name, sizes));
  if (found) return found;
  const at = preset === undefined ? "" : ` at preset ${preset}`;
  throw new UsageError(
    "zoo/none",
    `there is no trained zoo "${name}"${at} in ${zoosFolder()}; weightbook zoo train ${name} makes one`,
    { value: name },
  );
}

/** Whether a folder is NAME-SIZE-KEY (see zooFolder) of this very name: other zoos' names may begin with it. */
function isPlaceOf(folder: string, name: string, sizes: readonly string[]): boolean {
  const start = /^(.*)-[0-9a-f]{12}$/.exec(folder)?.[1];
  return sizes.some((size) => start === `${name}-${size}`);
}
