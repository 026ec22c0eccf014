import { readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { resolve } from "node:path";

/** A name that may be imported. */
interface Importable {
  readonly name: string;
  readonly kind: string;
}

/**
 * What an import may name: for a path that begins with a dot, the modules and folders of the folder that it leads to;
 * else this package and Node's own modules.
 * @param written what stands between the quotes so far
 */
export function importPaths(written: string): Importable[] {
  if (!written.startsWith(".")) {
    const own = builtinModules.filter((name) => !name.startsWith("_"));
    const names = [
      "weightbook",
      ...own.map((name) => (name.startsWith("node:") ? name : `node:${name}`)),
      ...own,
    ];
    return [...new Set(names)].map((name) => ({ name, kind: "module" }));
  }
  const folder = /^.*\//.exec(written)?.[0];
  if (folder === undefined) return ["./", "../"].map((name) => ({ name, kind: "directory" }));
  const entries = readdirSync(resolve(folder), { withFileTypes: true });
  return entries
    .filter((entry) => !entry.name.startsWith(".") && entry.name !== "node_modules")
    .filter((entry) => entry.isDirectory() || /(?<!\.d)\.([jt]sx?|json)$/.test(entry.name))
    .map((entry) => ({
      name: folder + entry.name + (entry.isDirectory() ? "/" : ""),
      kind: entry.isDirectory() ? "directory" : "module",
    }));
}
