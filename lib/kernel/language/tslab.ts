// The one file that reaches into tslab 1.0.22: its converter (TypeScript 5.0.4) and its executor.
import { createRequire } from "node:module";
import vm from "node:vm";
import type ts from "@tslab/typescript-for-tslab";
import type * as TslabConverter from "tslab/dist/converter.js";
import type * as TslabExecutor from "tslab/dist/executor.js";

export type { ConvertResult } from "tslab/dist/converter.js";
export type { Executor } from "tslab/dist/executor.js";

export type { ts };

type TypeScript = typeof ts;

const fromTslab = createRequire(createRequire(import.meta.url).resolve("tslab/dist/converter.js"));
const typescriptPath = fromTslab.resolve("@tslab/typescript-for-tslab");
const original = fromTslab(typescriptPath) as TypeScript;

/**
 * tslab's own TypeScript, in an object that lets single functions be replaced (TypeScript's cannot be changed). tslab
 * is loaded after it and looks every function up in it at each call.
 */
export const typescript: TypeScript = Object.create(original, { __esModule: { value: true } });
fromTslab.cache[typescriptPath]!.exports = typescript;

/** Replaces a function of TypeScript for tslab (TypeScript itself keeps calling its own). */
export function replaceInTypeScript<Name extends keyof TypeScript>(
  name: Name,
  make: (original: TypeScript[Name]) => TypeScript[Name],
): void {
  Object.defineProperty(typescript, name, { value: make(original[name]), configurable: true });
}

const converter = fromTslab("tslab/dist/converter.js") as typeof TslabConverter;
const executor = fromTslab("tslab/dist/executor.js") as typeof TslabExecutor;

export const createConverter = converter.createConverter;
export const createExecutor = executor.createExecutor;

/** Shows one piece of data: a MIME bundle and, where it has a name, its id. */
type Show = (data: Record<string, unknown>, options: { displayId?: string; update?: boolean }) => void;

/** Lets tslab's own display API (`import * as tslab from "tslab"`) show through this kernel. */
export function displayThroughTslab(show: Show): void {
  const tslab = fromTslab("tslab/dist/jupyter.js") as { lastWriteDisplayData: unknown };
  tslab.lastWriteDisplayData = (
    { data, transient }: { data: Record<string, unknown>; transient: { display_id?: string } },
    update?: boolean,
  ) => show(data, { displayId: transient.display_id, update: update === true });
}

/** How tslab's executor begins the code of a cell. */
const cellBeginning = /^\((async )?function\(exports, require\) \{ /;

/**
 * Takes SIGINT out of the executor's hands: it would stop only what a cell does before its first await, and for a
 * moment before that the signal would end the process.
 */
export function leaveSignalsAlone(): void {
  const original = vm.runInThisContext;
  vm.runInThisContext = (code, options) => {
    const isCell = typeof options === "object" && cellBeginning.test(code);
    return original(code, isCell ? { ...options, breakOnSigint: false } : options);
  };
}
