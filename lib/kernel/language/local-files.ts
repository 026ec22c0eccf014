import { readFileSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { projectRoot } from "../../core/environment.js";
import { type ts, typescript } from "./tslab.js";

/** Files above this size (bytes) are compared by size and time instead of content. */
const contentLimit = 1_000_000;

const compilerFolder = dirname(typescript.getDefaultLibFilePath({}));
const ownTypes = join(projectRoot, "dist") + sep;

/** Whether a file is the reader's own, one that may be edited between two cells; packages and libraries are not. */
export function isLocalFile(path: string): boolean {
  return (
    !/[\\/]node_modules[\\/]/.test(path) && !path.startsWith(compilerFolder) && !path.startsWith(ownTypes)
  );
}

/** What tells one state of a file from another; undefined where there is no file. */
function stateOf(path: string): string | undefined {
  try {
    const { size, mtimeMs } = statSync(path);
    return size > contentLimit ? `${size} bytes at ${mtimeMs}` : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

interface Watched {
  readonly callbacks: Set<ts.FileWatcherCallback>;
  state: string | undefined;
}

/**
 * The local files that the compiler read. TypeScript would poll some hundred files and hear of an edit some time
 * later; we compare the few local ones right before each cell, so that an edit is seen by the next cell for certain.
 */
export class LocalFiles {
  private readonly watched = new Map<string, Watched>();

  /** Takes the place of TypeScript's `watchFile`; whatever cannot change between two cells is not watched. */
  watch(path: string, callback: ts.FileWatcherCallback): ts.FileWatcher {
    // A change of package.json concerns how modules are found, and that is asked anew for each cell.
    if (!isLocalFile(path) || /[\\/](package|tsconfig)\.json$/.test(path)) return { close: () => undefined };
    const entry = this.watched.get(path) ?? { callbacks: new Set(), state: stateOf(path) };
    entry.callbacks.add(callback);
    this.watched.set(path, entry);
    return {
      close: () => {
        entry.callbacks.delete(callback);
        if (entry.callbacks.size === 0) this.watched.delete(path);
      },
    };
  }

  /**
   * Tells the compiler which files changed since the last call, and to read again what depends on them.
   * @param dependents the files that import a file, directly or not
   * @returns the paths that changed
   */
  refresh(dependents: (path: string) => readonly string[]): string[] {
    const { Created, Changed, Deleted } = typescript.FileWatcherEventKind;
    const kinds = new Map<string, ts.FileWatcherEventKind>();
    for (const [path, entry] of this.watched) {
      const state = stateOf(path);
      if (state === entry.state) continue;
      kinds.set(path, state === undefined ? Deleted : entry.state === undefined ? Created : Changed);
      entry.state = state;
    }
    const changed = [...kinds.keys()];
    for (const path of changed.flatMap(dependents)) if (!kinds.has(path)) kinds.set(path, Changed);
    for (const [path, kind] of kinds) {
      for (const callback of [...(this.watched.get(path)?.callbacks ?? [])]) callback(path, kind);
    }
    return changed;
  }
}
