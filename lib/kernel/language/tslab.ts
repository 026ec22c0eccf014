// The one file that reaches into tslab 1.0.22: its converter (TypeScript 5.0.4) and its executor.
import { createRequire } from "node:module";
import vm from "node:vm";

export { createConverter, isCompleteCode } from "tslab/dist/converter.js";
export { createExecutor, type Executor } from "tslab/dist/executor.js";
export { printQuickInfo as inspectionText } from "tslab/dist/inspect.js";

/** Shows one piece of data: a MIME bundle and, where it has a name, its id. */
type Show = (data: Record<string, unknown>, options: { displayId?: string; update?: boolean }) => void;

/** Lets tslab's own display API (`import * as tslab from "tslab"`) show through this kernel. */
export function displayThroughTslab(show: Show): void {
  const tslab = fromTslab("./jupyter.js") as { lastWriteDisplayData: unknown };
  tslab.lastWriteDisplayData = (
    { data, transient }: { data: Record<string, unknown>; transient: { display_id?: string } },
    update?: boolean,
  ) => show(data, { displayId: transient.display_id, update: update === true });
}

/** The part of TypeScript's view of the file system that finding packages and types goes through. */
export interface TypeScriptFileSystem {
  fileExists(path: string): boolean;
  directoryExists(path: string): boolean;
  getDirectories(path: string): string[];
  readFile(path: string, encoding?: string): string | undefined;
  realpath?(path: string): string;
}

/** A node of TypeScript's syntax tree, as far as we look into it. */
export interface SyntaxNode {
  readonly kind: number;
  readonly name?: SyntaxNode;
  getStart(file: SyntaxNode): number;
  getText(file: SyntaxNode): string;
}

interface SourceFile extends SyntaxNode {
  readonly statements: readonly SyntaxNode[];
}

/** What we use of tslab's own TypeScript beyond its converter. */
interface TypeScript {
  /** The converter looks each function up when it calls it. */
  readonly sys: TypeScriptFileSystem;
  readonly ScriptTarget: { readonly Latest: number };
  readonly SyntaxKind: { readonly ShorthandPropertyAssignment: number };
  createSourceFile(name: string, source: string, target: number, setParents: boolean): SourceFile;
  forEachChild(node: SyntaxNode, visit: (child: SyntaxNode) => void): void;
  transpileModule(source: string, options: object): { outputText: string; sourceMapText?: string };
}

const fromTslab = createRequire(createRequire(import.meta.url).resolve("tslab/dist/converter.js"));

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

export const typescript = fromTslab("@tslab/typescript-for-tslab") as TypeScript;
