// The one file that reaches into tslab 1.0.22: its converter (TypeScript 5.0.4) and its executor.
import { createRequire } from "node:module";
import { getVersion } from "tslab/dist/util.js";

export { createConverter, isCompleteCode } from "tslab/dist/converter.js";
export { createExecutor, type Executor } from "tslab/dist/executor.js";
export { printQuickInfo as inspectionText } from "tslab/dist/inspect.js";

export const tslabVersion: string = getVersion();

/** The part of TypeScript's view of the file system that finding a package goes through. */
export interface TypeScriptFileSystem {
  fileExists(path: string): boolean;
  directoryExists(path: string): boolean;
  readFile(path: string, encoding?: string): string | undefined;
  realpath?(path: string): string;
}

/** The file system object of tslab's own TypeScript; its converter looks each function up when it calls it. */
export function typeScriptFileSystem(): TypeScriptFileSystem {
  const fromHere = createRequire(import.meta.url);
  const fromTslab = createRequire(fromHere.resolve("tslab/dist/converter.js"));
  const typescript = fromTslab("@tslab/typescript-for-tslab") as { sys: TypeScriptFileSystem };
  return typescript.sys;
}
